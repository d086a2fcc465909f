import { X509Certificate } from "node:crypto"
import { type PrivateKey, readPrivateKey } from "../keys.ts"
import { type Certificate, readCertificate, sameBytes } from "../x509-read.ts"
import { attempt } from "./attempt.ts"
import { CERTIFICATES_MAXIMUM } from "./certificate-file.ts"

/** The private key of a store with its certificates, leaf first. */
export interface StoredIdentity {
  readonly key: PrivateKey
  readonly chain: readonly [Certificate, ...Certificate[]]
}

/**
 * From the contents of a store, or what is wrong with them in words that follow "holds". `known` is the key that is
 * expected there: to parse one a second time takes OpenSSL milliseconds.
 */
export function readIdentity(
  keys: readonly Uint8Array[],
  certificates: readonly Uint8Array[],
  known: PrivateKey | undefined,
): StoredIdentity | string {
  const [pkcs8, ...more] = keys
  if (pkcs8 === undefined) return "no private key"
  if (more.length > 0) return `${keys.length} private keys`
  if (certificates.length > CERTIFICATES_MAXIMUM) return `${certificates.length} certificates`
  const key = attempt(() => (known && sameBytes(known.pkcs8, pkcs8) ? known : readPrivateKey(pkcs8)))
  const read = attempt(() => certificates.map(readCertificate))
  if (!key.ok) return "a private key that cannot be read"
  if (!read.ok) return `a certificate that cannot be read (${read.problem})`
  // PKCS#12 files have no order: the leaf is the one that the key is for, or else the one that is no CA.
  const leaf = read.value.find(each => isPair(key.value, each)) ?? read.value.find(each => !each.facts.isCa)
  if (leaf === undefined) return "no certificate for its key"
  return { key: key.value, chain: [leaf, ...read.value.filter(each => each !== leaf)] }
}

/** Whether the certificate is for this key. One key can be encoded in several ways, which only OpenSSL tells apart. */
export function isPair(key: PrivateKey, certificate: Certificate): boolean {
  if (sameBytes(key.publicKey, certificate.publicKey)) return true
  const fits = attempt(() => new X509Certificate(certificate.der).checkPrivateKey(key.key))
  return fits.ok && fits.value
}
