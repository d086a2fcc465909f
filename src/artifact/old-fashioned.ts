import type { BundleInspection, InspectedCertificate } from "../domain/inspection.ts"
import type { Custom } from "../domain/live/diagnosis.ts"
import { inspectBundle } from "./inspect.ts"

const DAY = 86_400_000
const LONG_DAYS = 825

/** What bundles used to be like, Astra's still are, and why drivers take them. */
export function oldFashioned(bundle: Uint8Array): readonly Custom[] {
  const inspection = inspectBundle(bundle)
  return CUSTOMS.flatMap(custom => custom(inspection) ?? [])
}

const CUSTOMS: readonly ((bundle: BundleInspection) => Custom | undefined)[] = [
  ({ certificate }) => {
    const days = certificate === undefined ? 0 : Math.round((certificate.notAfter - certificate.notBefore) / DAY)
    if (days <= LONG_DAYS) return undefined
    return {
      what: `the certificate is valid for ${days} days`,
      why: "drivers and servers only look whether it has expired; a stolen bundle stays good as long, and Cassandra can refuse it (max_certificate_validity_period)",
    }
  },
  ({ certificate }) =>
    certificate === undefined || certificate.alternativeNames.length > 0
      ? undefined
      : {
          what: `the certificate has a common name alone (${certificate.subject})`,
          why: "servers verify a client's chain and not its name; only Cassandra's MutualTlsAuthenticator needs a SPIFFE ID as alternative name",
        },
  ({ certificate, trusted }) => {
    const root = trusted.find(each => certificate !== undefined && isServerToo(certificate) && each.isCa)
    return root === undefined
      ? undefined
      : {
          what: "the certificate is good for servers too",
          why: "a client's needs clientAuth and may have more; a thief could play the server with it to whoever trusts the same CA and compares no names",
        }
  },
  ({ pfx }) =>
    pfx?.encryptions.some(each => /RC2/i.test(each)) === true
      ? {
          what: "cert.pfx is encrypted with RC2-40",
          why: "Windows, macOS and OpenSSL with its legacy provider open it; .NET on Linux with OpenSSL 3 may not, and only C# reads this file",
        }
      : undefined,
  ({ key }) =>
    key?.encoding === "PKCS#1"
      ? { what: "the key is in PKCS#1", why: "every driver reads it; Cassandra's own PEM files want PKCS#8" }
      : undefined,
]

function isServerToo({ extendedKeyUsage }: InspectedCertificate): boolean {
  return extendedKeyUsage.includes("serverAuth")
}
