import { type Finding, finding } from "../../domain/findings.ts"
import { isJks, openKeyEntry, readJks } from "../jks.ts"
import type { PrivateKey } from "../keys.ts"
import { readPkcs12 } from "../pkcs12-read.ts"
import { type Certificate, readCertificate } from "../x509-read.ts"
import { attempt } from "./attempt.ts"
import { CERTIFICATES_MAXIMUM } from "./certificate-file.ts"
import { JAVA } from "./readers.ts"
import { readIdentity, type StoredIdentity } from "./stored-identity.ts"

export interface CheckedKeyStore {
  readonly findings: readonly Finding[]
  readonly identity: StoredIdentity | undefined
}

/** J1 and J3 of identity.jks; `known` is the key of the PEM files. Without a password, which then has a finding of its own, nothing can be said. */
export function checkKeyStore(
  bytes: Uint8Array,
  password: string | undefined,
  known: PrivateKey | undefined,
): CheckedKeyStore {
  if (password === undefined) return { findings: [], identity: undefined }
  const format = checkFormat("identity.jks", bytes)
  const identity = isJks(bytes) ? openJks(bytes, password, known) : openPkcs12(bytes, password, known)
  if (typeof identity !== "string") return { findings: format, identity }
  const message = `identity.jks ${identity}: expected one private key under keyStorePassword`
  // Of several, Java takes one that fits what the server asks for.
  const breaks = SEVERAL.test(identity) ? [] : JAVA
  return { findings: [finding("J1", "identity.jks", message, { breaks })], identity: undefined }
}

const SEVERAL = /^holds \d+ private keys$/

/** J2 and J3 of trustStore.jks. `anchors` are those of ca.crt, undefined when it cannot be read. */
export function checkTrustStore(
  bytes: Uint8Array,
  password: string | undefined,
  anchors: readonly Certificate[] | undefined,
): { readonly findings: readonly Finding[] } {
  if (password === undefined) return { findings: [] }
  const trusted = isJks(bytes) ? trustedInJks(bytes, password) : trustedInPkcs12(bytes, password)
  if (typeof trusted === "string") {
    const message = `trustStore.jks ${trusted}: expected the certificates of ca.crt under trustStorePassword`
    return { findings: [finding("J2", "trustStore.jks", message, { breaks: JAVA })] }
  }
  const difference = anchors === undefined ? [] : compare(trusted, anchors)
  return { findings: [...checkFormat("trustStore.jks", bytes), ...difference] }
}

function checkFormat(entry: "identity.jks" | "trustStore.jks", bytes: Uint8Array): readonly Finding[] {
  if (isJks(bytes)) return []
  return [
    finding("J3", entry, `${entry} is a PKCS#12 file: expected JKS, which begins with FEEDFEED`, { breaks: JAVA }),
  ]
}

/** The identity, or what is wrong in words that follow the entry's name. */
function openJks(bytes: Uint8Array, password: string, known: PrivateKey | undefined): StoredIdentity | string {
  const store = attempt(() => readJks(bytes, password))
  if (!store.ok) return unopened(store, "keyStorePassword")
  const [entry, ...more] = store.value.filter(each => each.kind === "key")
  if (entry === undefined) return "holds no private key"
  if (more.length > 0) return `holds ${more.length + 1} private keys`
  const key = attempt(() => openKeyEntry(entry, password))
  if (!key.ok) {
    return key.code === "key-wrong-passphrase"
      ? "protects its key by another password than itself"
      : `holds a private key that cannot be read (${key.problem})`
  }
  const identity = readIdentity([key.value], entry.chain, known)
  return typeof identity === "string" ? `holds ${identity}` : identity
}

function openPkcs12(bytes: Uint8Array, password: string, known: PrivateKey | undefined): StoredIdentity | string {
  const store = attempt(() => readPkcs12(bytes, password))
  if (!store.ok) return unopened(store, "keyStorePassword")
  const identity = readIdentity(store.value.keys, store.value.certificates, known)
  return typeof identity === "string" ? `holds ${identity}` : identity
}

function trustedInJks(bytes: Uint8Array, password: string): readonly Certificate[] | string {
  const store = attempt(() => readJks(bytes, password))
  if (!store.ok) return unopened(store, "trustStorePassword")
  return readTrusted(store.value.flatMap(entry => (entry.kind === "certificate" ? [entry.certificate] : [])))
}

/** Java takes a certificate of a PKCS#12 file for trusted by an attribute of its own, which OpenSSL does not write. */
function trustedInPkcs12(bytes: Uint8Array, password: string): readonly Certificate[] | string {
  const store = attempt(() => readPkcs12(bytes, password))
  if (!store.ok) return unopened(store, "trustStorePassword")
  const { certificates, hasJavaTrustAttribute } = store.value
  if (certificates.length > 0 && !hasJavaTrustAttribute) return "was not made by Java and trusts nothing in its eyes"
  return readTrusted(certificates)
}

function readTrusted(certificates: readonly Uint8Array[]): readonly Certificate[] | string {
  if (certificates.length === 0) return "trusts no certificate"
  if (certificates.length > CERTIFICATES_MAXIMUM) return `trusts ${certificates.length} certificates`
  const read = attempt(() => certificates.map(readCertificate))
  return read.ok ? read.value : `holds a certificate that cannot be read (${read.problem})`
}

function unopened(failed: { readonly code: string | undefined }, passwordName: string): string {
  return failed.code === "key-wrong-passphrase"
    ? `does not open with ${passwordName} or was changed`
    : "is neither JKS nor PKCS#12"
}

/**
 * What Java misses is an error: it breaks Java for certain when nothing is left in common. What only Java trusts breaks
 * nobody, but two drivers then trust two sets of servers.
 */
function compare(trusted: readonly Certificate[], anchors: readonly Certificate[]): readonly Finding[] {
  const lacking = without(anchors, trusted)
  const surplus = without(trusted, anchors)
  const breaks = lacking.length === anchors.length ? JAVA : []
  return [
    ...lacking.map(({ facts }) =>
      finding("J2", "trustStore.jks", `trustStore.jks lacks ${facts.subject}, which is in ca.crt`, { breaks }),
    ),
    ...surplus.map(({ facts }) =>
      finding("J2", "trustStore.jks", `trustStore.jks also trusts ${facts.subject}, which is not in ca.crt`, {
        breaks: [],
        severity: "warning",
      }),
    ),
  ]
}

function without(these: readonly Certificate[], those: readonly Certificate[]): readonly Certificate[] {
  return these.filter(each => !those.some(other => other.facts.sha256 === each.facts.sha256))
}
