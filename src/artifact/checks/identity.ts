import { type Finding, finding } from "../../domain/findings.ts"
import type { FindingCode } from "../../domain/rules/finding-rules.ts"
import type { PrivateKey } from "../keys.ts"
import type { RootEntry } from "../layout.ts"
import { type Certificate, sameBytes } from "../x509-read.ts"
import { READERS } from "./readers.ts"
import { isPair, type StoredIdentity } from "./stored-identity.ts"

/** Every place that holds the client's identity. What is undefined has a finding of its own, or is not there. */
export interface Identities {
  readonly chain: readonly [Certificate, ...Certificate[]] | undefined
  readonly key: PrivateKey | undefined
  readonly keyStore: StoredIdentity | undefined
  readonly pfx: StoredIdentity | undefined
}

/** K4, measured by `cert`; then that both stores bring the chain along that `cert` does (J1, P1). */
export function checkIdentities({ chain, key, keyStore, pfx }: Identities): readonly Finding[] {
  return [
    ...(chain === undefined || key === undefined ? [] : checkPair("key", key, "cert", chain[0])),
    ...(keyStore === undefined ? [] : checkStore("identity.jks", "J1", keyStore, chain)),
    ...(pfx === undefined ? [] : checkStore("cert.pfx", "P1", pfx, chain)),
  ]
}

function checkStore(
  entry: "identity.jks" | "cert.pfx",
  row: FindingCode,
  { key, chain: stored }: StoredIdentity,
  chain: Identities["chain"],
): readonly Finding[] {
  const breaks = READERS[entry]
  const pair = checkPair(entry, key, entry, stored[0])
  if (pair.length > 0 || chain === undefined) return pair
  if (!sameBytes(stored[0].der, chain[0].der)) {
    const [got, expected] = [describe(stored[0]), describe(chain[0])]
    // Who reads it gets in all the same, as somebody else.
    return [finding("K4", entry, `${entry} holds ${got}: expected ${expected} as in cert`, { breaks: [] })]
  }
  const held = new Set(stored.map(certificate => certificate.facts.sha256))
  const absent = chain.filter(({ facts }) => !facts.selfSigned && !held.has(facts.sha256))
  return absent.map(({ facts }) =>
    finding(row, entry, `${entry} lacks ${facts.subject}: expected the chain of cert`, { breaks }),
  )
}

function checkPair(
  entry: "key" | "identity.jks" | "cert.pfx",
  key: PrivateKey,
  place: RootEntry,
  certificate: Certificate,
): readonly Finding[] {
  if (isPair(key, certificate)) return []
  const [got, expected] = [key.algorithm, certificate.facts.keyAlgorithm]
  const how = got === expected ? "it is another one" : `it is ${got} and the certificate is for ${expected}`
  const message = `the key in ${entry} does not fit the certificate in ${place}: ${how}`
  return [finding("K4", entry, message, { breaks: READERS[entry] })]
}

function describe({ facts }: Certificate): string {
  return `${facts.subject} with serial ${facts.serial}`
}
