import { describe, expect, it } from "vitest"
import { provesName } from "../../../src/artifact/checks/live/names.ts"
import { encode, implicit, sequence } from "../../../src/artifact/der.ts"
import { generateKeyPair } from "../../../src/artifact/keys.ts"
import { type AlternativeName, commonName } from "../../../src/artifact/x509.ts"
import { readCertificate } from "../../../src/artifact/x509-read.ts"
import type { NameRule } from "../../../src/domain/live/client-habits.ts"
import { certify, makePki } from "../../support/pki.ts"

const RULES: readonly NameRule[] = ["java", "nodejs", "nodejs-driver", "python", "go", "cpp", "csharp"]
const { now } = await makePki()
const key = await generateKeyPair("P-256")

interface Names {
  readonly cn: string
  readonly dns?: readonly string[]
  readonly uri?: string
  readonly ip?: readonly number[]
}

function certificateOf({ cn, dns = [], uri, ip }: Names) {
  const names: AlternativeName[] = dns.map(value => ({ kind: "dns", value }))
  if (uri !== undefined) names.push({ kind: "uri", value: uri })
  const common = { subject: commonName(cn), notBefore: now, notAfter: now, keyUsage: ["digitalSignature"] } as const
  const address = ip === undefined ? [] : [sequence(encode(implicit(7), Uint8Array.from(ip)))]
  const [san] = address
  const more =
    san === undefined
      ? names.length === 0
        ? {}
        : { alternativeNames: names }
      : { extraExtensions: [{ oid: "2.5.29.17", critical: false, value: san }] }
  return readCertificate(certify(key, { ...common, ...more }).certificate)
}

/** Who takes the certificate for one of `host`. */
function takenBy(host: string, names: Names): readonly NameRule[] {
  const certificate = certificateOf(names)
  return RULES.filter(rule => provesName(certificate, host, rule))
}

const HOST = "cass.example.com"
const but = (...spared: readonly NameRule[]) => RULES.filter(rule => !spared.includes(rule))

describe("a name in a certificate", () => {
  it.each<readonly [string, string, Names, readonly NameRule[]]>([
    ["as alternative name", HOST, { cn: "x", dns: ["a.example", HOST] }, RULES],
    ["as common name alone", HOST, { cn: HOST }, but("go")],
    [
      "as common name beside another alternative name",
      HOST,
      { cn: HOST, dns: ["a.example"] },
      ["nodejs-driver", "csharp"],
    ],
    ["as common name beside a URI", HOST, { cn: HOST, uri: "spiffe://example.com/x" }, but("go", "cpp")],
    ["as the host of a URI", HOST, { cn: "x", uri: `https://${HOST}/` }, ["nodejs-driver"]],
    ["in capitals", HOST, { cn: "x", dns: [HOST.toUpperCase()] }, but("nodejs-driver")],
    ["that is looked for in capitals", HOST.toUpperCase(), { cn: "x", dns: [HOST] }, but("nodejs-driver")],
    ["as wildcard", HOST, { cn: "x", dns: ["*.example.com"] }, RULES],
    ["as wildcard in the common name", HOST, { cn: "*.example.com" }, but("go")],
    ["as part of a wildcard", HOST, { cn: "x", dns: ["c*s.example.com"] }, but("go", "python", "csharp")],
    ["as wildcard for two labels", "a.b.example.com", { cn: "x", dns: ["*.example.com"] }, ["csharp"]],
    ["as wildcard for a domain", "example.com", { cn: "x", dns: ["*.com"] }, ["csharp"]],
    ["that is an address", "10.0.0.5", { cn: "x", ip: [10, 0, 0, 5] }, ["java", "nodejs", "python", "go"]],
    ["that is another address", "10.0.0.6", { cn: "x", ip: [10, 0, 0, 5] }, []],
    [
      "that is an address of IPv6",
      "fd00::5",
      { cn: "x", ip: [0xfd, ...Array(14).fill(0), 5] },
      ["java", "nodejs", "python", "go"],
    ],
    ["that is an address as common name", "10.0.0.5", { cn: "10.0.0.5" }, ["nodejs-driver", "csharp"]],
    ["of somebody else", HOST, { cn: "x", dns: ["cass.example.org"] }, []],
  ])("%s", (_, host, names, expected) => {
    expect(takenBy(host, names)).toEqual(expected)
  })
})
