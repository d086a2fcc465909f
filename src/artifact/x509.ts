import { createHash, type KeyObject } from "node:crypto"
import type { Instant } from "../domain/instant.ts"
import type { CertificateRequest } from "../domain/issuing.ts"
import {
  bitString,
  boolean,
  encode,
  explicit,
  implicit,
  integer,
  members,
  octetString,
  oid,
  parseDer,
  readBitString,
  sequence,
  setOf,
  TAG,
  text,
  time,
} from "./der.ts"
import { signingScheme } from "./signature.ts"

/** RFC 5280 §4.2.1; where a certificate says what its key may do. */
export const EXTENSION = {
  subjectKeyIdentifier: "2.5.29.14",
  keyUsage: "2.5.29.15",
  subjectAltName: "2.5.29.17",
  basicConstraints: "2.5.29.19",
  nameConstraints: "2.5.29.30",
  authorityKeyIdentifier: "2.5.29.35",
  extendedKeyUsage: "2.5.29.37",
} as const

/** In the order of their bits (RFC 5280 §4.2.1.3). */
export const KEY_USAGES = [
  "digitalSignature",
  "nonRepudiation",
  "keyEncipherment",
  "dataEncipherment",
  "keyAgreement",
  "keyCertSign",
  "cRLSign",
  "encipherOnly",
  "decipherOnly",
] as const
export type KeyUsage = (typeof KEY_USAGES)[number]

/** RFC 5280 §4.2.1.12. */
export const EXTENDED_KEY_USAGE = { serverAuth: "1.3.6.1.5.5.7.3.1", clientAuth: "1.3.6.1.5.5.7.3.2" } as const

/** GeneralName choices that we write (RFC 5280 §4.2.1.6). */
export type AlternativeName =
  | { readonly kind: "uri"; readonly value: string }
  | { readonly kind: "dns"; readonly value: string }

export interface Extension {
  readonly oid: string
  readonly critical: boolean
  /** DER inside the extension's OCTET STRING. */
  readonly value: Uint8Array
}

/** Who signs. */
export interface CertificateSigner {
  /** DER Name: the subject of the signer's certificate, byte for byte, because verifiers may compare bytes. */
  readonly name: Uint8Array
  readonly subjectKeyId: Uint8Array
  readonly key: KeyObject
}

export interface CertificateProfile {
  /** DER Name; see {@link commonName}. */
  readonly subject: Uint8Array
  /** DER SubjectPublicKeyInfo. */
  readonly publicKey: Uint8Array
  /** At most 20 bytes, not all zero. */
  readonly serial: Uint8Array
  readonly notBefore: Instant
  readonly notAfter: Instant
  /** Absent for an end entity. */
  readonly ca?: { readonly pathLength?: number }
  readonly keyUsage: readonly KeyUsage[]
  readonly extendedKeyUsage?: readonly string[]
  readonly alternativeNames?: readonly AlternativeName[]
  readonly extraExtensions?: readonly Extension[]
}

/** RFC 5280 appendix A.1, ub-common-name. */
const COMMON_NAME_MAXIMUM = 64

/** A Name of one attribute. Throws when the text is empty or longer than {@link COMMON_NAME_MAXIMUM}. */
export function commonName(name: string): Uint8Array {
  if (name.length === 0 || [...name].length > COMMON_NAME_MAXIMUM) {
    throw new Error(`common name: expected 1 to ${COMMON_NAME_MAXIMUM} characters, got ${[...name].length}`)
  }
  return sequence(setOf(sequence(oid("2.5.4.3"), text(TAG.UTF8_STRING, name))))
}

/** The first 160 bits of the key's SHA-256 (RFC 7093 §2, method 1). */
export function keyIdentifier(publicKey: Uint8Array): Uint8Array {
  const [, key] = members(parseDer(publicKey))
  return new Uint8Array(createHash("sha256").update(readBitString(key)).digest().subarray(0, 20))
}

/**
 * The certificate that Cassandra and every driver accept: no CA, digitalSignature, clientAuth, and the SPIFFE ID as the
 * first alternative name, where Cassandra's SpiffeCertificateValidator looks for it.
 */
export function buildClientCertificate(request: CertificateRequest, signer: CertificateSigner): Uint8Array {
  return buildCertificate(
    {
      subject: commonName(request.commonName),
      publicKey: request.publicKey,
      serial: request.serial,
      notBefore: request.notBefore,
      notAfter: request.notAfter,
      keyUsage: ["digitalSignature"],
      extendedKeyUsage: [EXTENDED_KEY_USAGE.clientAuth],
      alternativeNames: [{ kind: "uri", value: request.identity }],
    },
    signer,
  )
}

/** A DER version 3 certificate (RFC 5280 §4.1). Throws for a signing key that is neither RSA nor of a NIST curve. */
export function buildCertificate(profile: CertificateProfile, signer: CertificateSigner): Uint8Array {
  const signature = signingScheme(signer.key)
  if (signature === undefined) throw new Error("signing key: expected P-256, P-384, P-521 or RSA")
  const toBeSigned = sequence(
    encode(explicit(0), integer(2)),
    serialNumber(profile.serial),
    signature.algorithm,
    signer.name,
    sequence(time(profile.notBefore), time(profile.notAfter)),
    profile.subject,
    profile.publicKey,
    encode(explicit(3), sequence(...extensions(profile, signer).map(encodeExtension))),
  )
  return sequence(toBeSigned, signature.algorithm, bitString(signature.sign(toBeSigned)))
}

/** Non-negative by a leading zero byte where the first bit is set; zero is no serial number (RFC 5280 §4.1.2.2). */
function serialNumber(serial: Uint8Array): Uint8Array {
  const encoded = integer(serial)
  if (serial.every(byte => byte === 0) || encoded.length > 2 + 20) {
    throw new Error(`serial number: expected at most 159 bits that are not all zero, got ${serial.length} bytes`)
  }
  return encoded
}

function extensions(profile: CertificateProfile, signer: CertificateSigner): readonly Extension[] {
  const subjectKeyId = keyIdentifier(profile.publicKey)
  const selfSigned = Buffer.compare(subjectKeyId, signer.subjectKeyId) === 0
  return [
    { oid: EXTENSION.basicConstraints, critical: true, value: basicConstraints(profile.ca) },
    { oid: EXTENSION.keyUsage, critical: true, value: keyUsage(profile.keyUsage) },
    ...(profile.extendedKeyUsage === undefined
      ? []
      : [{ oid: EXTENSION.extendedKeyUsage, critical: false, value: sequence(...profile.extendedKeyUsage.map(oid)) }]),
    ...(profile.alternativeNames === undefined
      ? []
      : [
          {
            oid: EXTENSION.subjectAltName,
            critical: false,
            value: sequence(...profile.alternativeNames.map(generalName)),
          },
        ]),
    { oid: EXTENSION.subjectKeyIdentifier, critical: false, value: octetString(subjectKeyId) },
    ...(selfSigned
      ? []
      : [
          {
            oid: EXTENSION.authorityKeyIdentifier,
            critical: false,
            value: sequence(encode(implicit(0), signer.subjectKeyId)),
          },
        ]),
    ...(profile.extraExtensions ?? []),
  ]
}

/** RFC 5280 §4.1: `critical` is left out where it is false. */
export function encodeExtension({ oid: name, critical, value }: Extension): Uint8Array {
  return critical ? sequence(oid(name), boolean(true), octetString(value)) : sequence(oid(name), octetString(value))
}

function basicConstraints(ca: CertificateProfile["ca"]): Uint8Array {
  if (ca === undefined) return sequence()
  return ca.pathLength === undefined ? sequence(boolean(true)) : sequence(boolean(true), integer(ca.pathLength))
}

/** A named bit list: trailing zero bits are left out (X.690 §11.2.2). */
function keyUsage(usages: readonly KeyUsage[]): Uint8Array {
  const bits = usages.map(usage => KEY_USAGES.indexOf(usage))
  const last = Math.max(...bits)
  const bytes = new Uint8Array((last >> 3) + 1)
  for (const bit of bits) bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) | (0x80 >> (bit & 7))
  return bitString(bytes, 7 - (last & 7))
}

function generalName(name: AlternativeName): Uint8Array {
  return name.kind === "uri" ? text(implicit(6), name.value) : text(implicit(2), name.value)
}
