import { ScbError } from "../domain/errors.ts"
import type { CertificateFacts, FileFacts } from "../domain/repository.ts"
import {
  contentOf,
  type Der,
  explicit,
  implicit,
  members,
  parseDer,
  readBitString,
  readBoolean,
  readNumber,
  readOid,
  readText,
  readTime,
  TAG,
} from "./der.ts"
import { sha256 } from "./digest.ts"
import { algorithmOf } from "./keys.ts"
import { decodeCertificates } from "./pem.ts"
import { remembering } from "./remembering.ts"
import { readSignatureScheme, type SignatureScheme, verifySignature } from "./signature.ts"
import { EXTENSION, type Extension, KEY_USAGES, type KeyUsage } from "./x509.ts"

/** A GeneralName (RFC 5280 §4.2.1.6); those that we do not judge are `other`, an empty value standing for their bytes. */
export interface GeneralName {
  readonly kind: "uri" | "dns" | "email" | "ip" | "directory" | "other"
  readonly value: string
}

/** RFC 5280 §4.2.1.10. */
export interface NameConstraints {
  readonly permitted: readonly GeneralName[]
  readonly excluded: readonly GeneralName[]
}

export interface Certificate {
  readonly der: Uint8Array
  readonly facts: CertificateFacts
  /** DER Name, as it stands in the certificate. */
  readonly subject: Uint8Array
  readonly issuer: Uint8Array
  /** DER SubjectPublicKeyInfo. */
  readonly publicKey: Uint8Array
  /** Undefined for a signature algorithm that we do not know. */
  readonly scheme: SignatureScheme | undefined
  readonly toBeSigned: Uint8Array
  readonly signature: Uint8Array
  readonly basicConstraints: { readonly ca: boolean; readonly pathLength: number | undefined } | undefined
  readonly keyUsage: ReadonlySet<KeyUsage> | undefined
  /** Dotted OIDs. */
  readonly extendedKeyUsage: readonly string[] | undefined
  /** In the order written. */
  readonly alternativeNames: readonly GeneralName[]
  /** Lower-case hex. */
  readonly subjectKeyId: string | undefined
  readonly authorityKeyId: string | undefined
  readonly nameConstraints: NameConstraints | undefined
  readonly extensions: readonly Extension[]
  /** Critical extensions that are not understood here: such a certificate must not be used (RFC 5280 §4.2). */
  readonly unknownCritical: readonly string[]
}

/** Certificate policies are understood too: with any policy acceptable they demand nothing (RFC 5280 §6.1.1 (c)). */
const UNDERSTOOD: ReadonlySet<string> = new Set([...Object.values(EXTENSION), "2.5.29.32"])

/** One certificate of ours stands in four entries of its bundle, and its issuers in every bundle of the cluster. */
const REMEMBERED_CERTIFICATES = 256

/** Throws `key-unreadable` for anything but one DER certificate. Nothing is verified, but for `facts.selfSigned`. */
export const readCertificate = remembering(REMEMBERED_CERTIFICATES, sha256, parseCertificate)

function parseCertificate(der: Uint8Array): Certificate {
  const [body, outerAlgorithm, signatureBits] = members(parseDer(der))
  const fields = [...members(body)]
  if (fields[0]?.tag === explicit(0)) fields.shift()
  const [serial, innerAlgorithm, issuer, validity, subject, publicKey, ...optional] = fields
  if (!body || !issuer || !subject || !publicKey) throw unreadable("fields are missing")
  // Otherwise the algorithm that is named under the signature could be exchanged (RFC 5280 §4.1.1.2).
  if (!sameBytes(innerAlgorithm?.raw, outerAlgorithm?.raw)) throw unreadable("it names two signature algorithms")
  const [notBefore, notAfter] = members(validity)
  const extensions = readExtensions(optional.find(field => field.tag === explicit(3)))
  const known = readKnownExtensions(extensions)
  const signed = {
    subject: subject.raw,
    issuer: issuer.raw,
    publicKey: publicKey.raw,
    scheme: readSignatureScheme(outerAlgorithm),
    toBeSigned: body.raw,
    signature: readBitString(signatureBits),
  }
  const key = algorithmOf(publicKey.raw)
  return {
    der,
    ...signed,
    ...known,
    extensions,
    unknownCritical: extensions.filter(each => each.critical && !UNDERSTOOD.has(each.oid)).map(each => each.oid),
    facts: {
      subject: nameText(subject),
      issuer: nameText(issuer),
      serial: hex(contentOf(serial, TAG.INTEGER)).replace(/^(00)+(?=..)/, ""),
      notBefore: readTime(notBefore),
      notAfter: readTime(notAfter),
      isCa: known.basicConstraints?.ca ?? false,
      selfSigned: isIssued(signed, signed),
      keyAlgorithm: key.algorithm,
      keyBits: key.bits,
      sha256: sha256(der),
      spkiSha256: sha256(publicKey.raw),
      ...(known.subjectKeyId === undefined ? {} : { subjectKeyId: known.subjectKeyId }),
    },
  }
}

/** All certificates of a PEM file. Throws `key-unreadable` when it holds none, or anything else. */
export function readCertificates(pem: Uint8Array): readonly Certificate[] {
  return decodeCertificates(Buffer.from(pem).toString("latin1")).map(readCertificate)
}

export function certificateFacts(der: Uint8Array): CertificateFacts {
  return readCertificate(der).facts
}

/** What a PEM file turned out to be, never throwing for what its author can mend. */
export function readCertificateFacts(pem: Uint8Array): FileFacts<readonly CertificateFacts[]> {
  try {
    return { ok: true, value: readCertificates(pem).map(certificate => certificate.facts) }
  } catch (error) {
    if (error instanceof ScbError) return { ok: false, problem: error.message }
    throw error
  }
}

type Signed = Pick<Certificate, "subject" | "issuer" | "publicKey" | "scheme" | "toBeSigned" | "signature">

/** Each signature is looked at from several sides: its order, its path, its end. */
const REMEMBERED_VERDICTS = 1024

const verdict = remembering(
  REMEMBERED_VERDICTS,
  ({ child, issuer }: { readonly child: Certificate; readonly issuer: Certificate }) =>
    `${child.facts.sha256} ${issuer.facts.sha256}`,
  ({ child, issuer }) => isIssued(child, issuer),
)

/** The issuer's name stands in the child, and its key verifies the child's signature. Says nothing of what the issuer may do. */
export function verifyIssued(child: Certificate, issuer: Certificate): boolean {
  return verdict({ child, issuer })
}

function isIssued(child: Signed, issuer: Signed): boolean {
  return (
    sameBytes(child.issuer, issuer.subject) &&
    verifySignature(child.scheme, child.toBeSigned, child.signature, issuer.publicKey)
  )
}

type KnownExtensions = Pick<
  Certificate,
  | "basicConstraints"
  | "keyUsage"
  | "extendedKeyUsage"
  | "alternativeNames"
  | "subjectKeyId"
  | "authorityKeyId"
  | "nameConstraints"
>

function readExtensions(field: Der | undefined): readonly Extension[] {
  if (field === undefined) return []
  const extensions = members(parseDer(field.content)).map(readExtension)
  const names = new Set(extensions.map(extension => extension.oid))
  if (names.size < extensions.length) throw unreadable("an extension stands twice")
  return extensions
}

export function readExtension(der: Der): Extension {
  const [name, second, third] = members(der)
  const critical = second?.tag === TAG.BOOLEAN
  return {
    oid: readOid(name),
    critical: critical && readBoolean(second),
    value: contentOf(critical ? third : second, TAG.OCTET_STRING),
  }
}

function readKnownExtensions(extensions: readonly Extension[]): KnownExtensions {
  const find = <T>(oid: string, read: (value: Der) => T): T | undefined => {
    const found = extensions.find(extension => extension.oid === oid)
    return found === undefined ? undefined : read(parseDer(found.value))
  }
  return {
    basicConstraints: find(EXTENSION.basicConstraints, readBasicConstraints),
    keyUsage: find(EXTENSION.keyUsage, readKeyUsage),
    extendedKeyUsage: find(EXTENSION.extendedKeyUsage, value => members(value).map(readOid)),
    alternativeNames: find(EXTENSION.subjectAltName, value => members(value).map(readGeneralName)) ?? [],
    subjectKeyId: find(EXTENSION.subjectKeyIdentifier, value => hex(contentOf(value, TAG.OCTET_STRING))),
    authorityKeyId: find(EXTENSION.authorityKeyIdentifier, readAuthorityKeyId),
    nameConstraints: find(EXTENSION.nameConstraints, readNameConstraints),
  }
}

function readBasicConstraints(value: Der): Certificate["basicConstraints"] {
  const [first, second] = members(value)
  const ca = first?.tag === TAG.BOOLEAN && readBoolean(first)
  const length = first?.tag === TAG.BOOLEAN ? second : first
  return { ca, pathLength: length === undefined ? undefined : readNumber(length) }
}

function readKeyUsage(value: Der): ReadonlySet<KeyUsage> {
  const bits = contentOf(value, TAG.BIT_STRING).subarray(1)
  return new Set(KEY_USAGES.filter((_, bit) => ((bits[bit >> 3] ?? 0) >> (7 - (bit & 7))) & 1))
}

export function readAuthorityKeyId(value: Der): string | undefined {
  const keyId = members(value).find(field => field.tag === implicit(0))
  return keyId === undefined ? undefined : hex(keyId.content)
}

function readNameConstraints(value: Der): NameConstraints {
  const subtrees = (number: number): readonly GeneralName[] => {
    const field = members(value).find(each => each.tag === explicit(number))
    if (field === undefined) return []
    return members(field, explicit(number)).map(subtree => {
      const [base] = members(subtree)
      if (base === undefined) throw unreadable("an empty name constraint")
      return readGeneralName(base)
    })
  }
  return { permitted: subtrees(0), excluded: subtrees(1) }
}

function readGeneralName(name: Der): GeneralName {
  const value = visible(Buffer.from(name.content).toString("latin1"))
  if (name.tag === implicit(1)) return { kind: "email", value }
  if (name.tag === implicit(2)) return { kind: "dns", value }
  if (name.tag === implicit(6)) return { kind: "uri", value }
  if (name.tag === implicit(7)) return { kind: "ip", value: hex(name.content) }
  return { kind: name.tag === explicit(4) ? "directory" : "other", value: "" }
}

const ATTRIBUTES: Readonly<Record<string, string>> = {
  "2.5.4.3": "CN",
  "2.5.4.6": "C",
  "2.5.4.7": "L",
  "2.5.4.8": "ST",
  "2.5.4.10": "O",
  "2.5.4.11": "OU",
  "0.9.2342.19200300.100.1.25": "DC",
  "1.2.840.113549.1.9.1": "emailAddress",
}

/** `O=Example, CN=checkout`: in the order of the certificate, escaped as RFC 4514 §2.4 has it. */
function nameText(name: Der): string {
  return members(name)
    .map(relative => members(relative, TAG.SET).map(attributeText).join("+"))
    .join(", ")
}

function attributeText(attribute: Der): string {
  const [type, value] = members(attribute)
  if (value === undefined) throw unreadable("an empty name")
  const dotted = readOid(type)
  return `${ATTRIBUTES[dotted] ?? dotted}=${visible(readText(value).replace(/[\\,+"<>;=]/g, "\\$&"))}`
}

/** Names come from strangers and end on terminals: no control or direction characters. */
function visible(text: string): string {
  return text.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, character => `\\${Buffer.from(character).toString("hex")}`)
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex")
/** False when either is absent. */
export const sameBytes = (a: Uint8Array | undefined, b: Uint8Array | undefined): boolean =>
  a !== undefined && b !== undefined && Buffer.compare(a, b) === 0

function unreadable(what: string): ScbError {
  return new ScbError("key-unreadable", `malformed certificate: ${what}`)
}
