import { loadPlatforms } from "../../src/adapters/platform-catalogue.ts"
import type { BundleContents } from "../../src/artifact/bundle.ts"
import { certificateFacts } from "../../src/artifact/x509-read.ts"
import type { KeyAlgorithm } from "../../src/domain/bundle.ts"
import type { Instant } from "../../src/domain/instant.ts"
import { seededEntropy } from "./entropy.ts"
import { type CertifiedLeaf, makePki } from "./pki.ts"

export const IDENTITY = "spiffe://example.com/payments/checkout"

export interface SampleBundle {
  readonly contents: BundleContents
  readonly client: CertifiedLeaf
}

/** Contents of a good bundle with a fresh client key, for all platforms. Its random bytes repeat for each `contents`. */
export async function sampleBundle(
  options: {
    readonly algorithm?: KeyAlgorithm
    readonly keySource?: "generated" | "csr"
    readonly seed?: string
    readonly now?: Instant
  } = {},
): Promise<SampleBundle> {
  const { algorithm = "P-256", keySource = "generated", seed = "bundle", now } = options
  const pki = await makePki({ algorithm, ...(now === undefined ? {} : { now }) })
  const client = await pki.client({ commonName: "checkout", identity: IDENTITY, algorithm })
  const platforms = loadPlatforms()
  const { serial, subject, notBefore, notAfter, sha256, spkiSha256 } = certificateFacts(client.certificate)
  const contents: BundleContents = {
    fullName: "payments-prod/checkout",
    version: "1.0.0",
    cluster: {
      name: "payments-prod",
      environment: "production",
      region: "eu-west-1",
      host: "cass.example.com",
      metadataPort: 29080,
      cqlPort: 29042,
      datacenter: "dc1",
      authentication: "mutual-tls",
    },
    keyspace: "payments",
    application: "checkout",
    owner: "payments-team",
    identity: IDENTITY,
    role: "checkout_rw",
    drivers: [...platforms.keys()],
    compatibility: Object.fromEntries([...platforms.values()].map(each => [each.name, `>=${each.minimumVersion}`])),
    keySource,
    certificate: {
      serial,
      subject,
      identity: IDENTITY,
      keyAlgorithm: algorithm,
      notBefore,
      notAfter,
      sha256,
      spkiSha256,
    },
    chain: client.chain,
    trust: [pki.root.certificate],
    ...(keySource === "generated" ? { privateKey: client.privateKey } : {}),
    createdAt: pki.now,
    platforms,
    get random() {
      const entropy = seededEntropy(seed)
      return (length: number) => entropy.bytes(length)
    },
  }
  return { contents, client }
}
