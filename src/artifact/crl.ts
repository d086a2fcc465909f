import { ScbError } from "../domain/errors.ts"
import type { RevocationList, RevokedCertificate } from "../domain/revocation/revocation-list.ts"
import {
  bitString,
  contentOf,
  type Der,
  encode,
  explicit,
  implicit,
  integer,
  members,
  octetString,
  oid,
  parseDer,
  readBitString,
  readTime,
  readUnsigned,
  sequence,
  TAG,
  time,
} from "./der.ts"
import { readSignatureScheme, signingScheme, verifySignature } from "./signature.ts"
import { type CertificateSigner, EXTENSION, type Extension, encodeExtension } from "./x509.ts"
import { type Certificate, readAuthorityKeyId, readExtension, sameBytes } from "./x509-read.ts"

/** RFC 5280 §5.2 and §5.3. */
const CRL_EXTENSION = {
  cRLNumber: "2.5.29.20",
  reasonCode: "2.5.29.21",
  deltaCRLIndicator: "2.5.29.27",
} as const

/** RFC 5280 §5.3.1. */
const REASON_CODES: Readonly<Record<RevokedCertificate["reason"], number>> = {
  unspecified: 0,
  keyCompromise: 1,
  affiliationChanged: 3,
  superseded: 4,
  cessationOfOperation: 5,
  removeFromCRL: 8,
  privilegeWithdrawn: 9,
}

/** A DER CertificateList of version 2 (RFC 5280 §5.1). Throws for a signing key that is neither RSA nor of a NIST curve. */
export function buildRevocationList(list: RevocationList, signer: CertificateSigner): Uint8Array {
  const signature = signingScheme(signer.key)
  if (signature === undefined) throw new Error("signing key: expected P-256, P-384, P-521 or RSA")
  const toBeSigned = sequence(
    integer(1),
    signature.algorithm,
    signer.name,
    time(list.thisUpdate),
    time(list.nextUpdate),
    // absent where it would be empty (§5.1.2.6)
    ...(list.revoked.length === 0 ? [] : [sequence(...list.revoked.map(entry))]),
    encode(explicit(0), sequence(...extensions(list, signer).map(encodeExtension))),
  )
  return sequence(toBeSigned, signature.algorithm, bitString(signature.sign(toBeSigned)))
}

export interface ReadRevocationList extends RevocationList {
  /** DER Name. */
  readonly issuer: Uint8Array
  /** Lower-case hex. */
  readonly authorityKeyId: string | undefined
  /** Whether the key of this certificate has signed it, under its name. */
  isSignedBy(issuer: Pick<Certificate, "subject" | "publicKey">): boolean
}

/** Throws `key-unreadable` for anything but a list with the extensions that we write; what is not understood is not skipped. */
export function readRevocationList(der: Uint8Array): ReadRevocationList {
  const [body, outerAlgorithm, signatureBits] = members(parseDer(der))
  const [version, innerAlgorithm, issuer, thisUpdate, nextUpdate, ...rest] = members(body)
  if (body === undefined || issuer === undefined) throw unreadable("fields are missing")
  if (Buffer.from(readUnsigned(version)).toString("hex") !== "01") throw unreadable("it is not of version 2")
  if (!sameBytes(innerAlgorithm?.raw, outerAlgorithm?.raw)) throw unreadable("it names two signature algorithms")
  const entries = rest.find(field => field.tag === TAG.SEQUENCE)
  const known = readExtensions(rest.find(field => field.tag === explicit(0)))
  const number = known.get(CRL_EXTENSION.cRLNumber)
  const base = known.get(CRL_EXTENSION.deltaCRLIndicator)
  const keyId = known.get(EXTENSION.authorityKeyIdentifier)
  if (number === undefined) throw unreadable("it has no number")
  const scheme = readSignatureScheme(outerAlgorithm)
  const signature = readBitString(signatureBits)
  return {
    issuer: issuer.raw,
    thisUpdate: readTime(thisUpdate),
    nextUpdate: readTime(nextUpdate),
    number: hex(readUnsigned(number)),
    ...(base === undefined ? {} : { base: hex(readUnsigned(base)) }),
    revoked: entries === undefined ? [] : members(entries).map(readEntry),
    authorityKeyId: keyId && readAuthorityKeyId(keyId),
    isSignedBy: ({ subject, publicKey }) =>
      sameBytes(issuer.raw, subject) && verifySignature(scheme, body.raw, signature, publicKey),
  }
}

function extensions({ number, base }: RevocationList, signer: CertificateSigner): readonly Extension[] {
  return [
    {
      oid: EXTENSION.authorityKeyIdentifier,
      critical: false,
      value: sequence(encode(implicit(0), signer.subjectKeyId)),
    },
    { oid: CRL_EXTENSION.cRLNumber, critical: false, value: integer(fromHex(number)) },
    ...(base === undefined
      ? []
      : [{ oid: CRL_EXTENSION.deltaCRLIndicator, critical: true, value: integer(fromHex(base)) }]),
  ]
}

/** The reason is left out where there is none (§5.3.1). */
function entry({ serial, revokedAt, reason }: RevokedCertificate): Uint8Array {
  const code = encode(TAG.ENUMERATED, Uint8Array.of(REASON_CODES[reason]))
  const known = reason === "unspecified" ? [] : [sequence(sequence(oid(CRL_EXTENSION.reasonCode), octetString(code)))]
  return sequence(integer(fromHex(serial)), time(revokedAt), ...known)
}

function readEntry(der: Der): RevokedCertificate {
  const [serial, revokedAt, extras] = members(der)
  const code = (extras === undefined ? [] : members(extras))
    .map(readExtension)
    .find(each => each.oid === CRL_EXTENSION.reasonCode)
  return {
    serial: hex(readUnsigned(serial)),
    revokedAt: readTime(revokedAt),
    reason: code === undefined ? "unspecified" : reasonOf(contentOf(parseDer(code.value), TAG.ENUMERATED)),
  }
}

function reasonOf([code]: Uint8Array): RevokedCertificate["reason"] {
  const reasons = Object.keys(REASON_CODES) as readonly RevokedCertificate["reason"][]
  const reason = reasons.find(each => REASON_CODES[each] === code)
  if (reason === undefined) throw unreadable(`it gives the reason ${code}`)
  return reason
}

function readExtensions(field: Der | undefined): ReadonlyMap<string, Der> {
  const extensions = field === undefined ? [] : members(parseDer(field.content)).map(readExtension)
  const stranger = extensions.find(each => each.critical && each.oid !== CRL_EXTENSION.deltaCRLIndicator)
  if (stranger !== undefined) throw unreadable(`its critical extension ${stranger.oid} is not understood`)
  return new Map(extensions.map(each => [each.oid, parseDer(each.value)]))
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex")
const fromHex = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, "hex"))

function unreadable(what: string): ScbError {
  return new ScbError("key-unreadable", `malformed revocation list: ${what}`)
}
