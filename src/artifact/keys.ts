import { createPrivateKey, createPublicKey, generateKeyPair as generateNative, type KeyObject } from "node:crypto"
import { promisify } from "node:util"
import type { KeyAlgorithm } from "../domain/bundle.ts"
import { ScbError } from "../domain/errors.ts"
import type { KeyPair } from "../domain/issuing.ts"
import type { PublicKeyAlgorithm } from "../domain/repository.ts"
import {
  bitString,
  encode,
  explicit,
  integer,
  members,
  nul,
  octetString,
  oid,
  parseDer,
  readBitString,
  readOid,
  readUnsigned,
  sequence,
  TAG,
} from "./der.ts"
import { decodePem } from "./pem.ts"

/** RFC 5480 §2.1.1, RFC 8017 appendix C. */
const EC_PUBLIC_KEY = "1.2.840.10045.2.1"
const RSA_ENCRYPTION = "1.2.840.113549.1.1.1"
const RSA_PSS = "1.2.840.113549.1.1.10"
const CURVES = {
  "P-256": { oid: "1.2.840.10045.3.1.7", name: "prime256v1", bytes: 32 },
  "P-384": { oid: "1.3.132.0.34", name: "secp384r1", bytes: 48 },
} as const
type Curve = keyof typeof CURVES
const CURVE_NAMES: readonly Curve[] = ["P-256", "P-384"]

/** A private key that was read from outside, ready to sign. */
export interface PrivateKey {
  readonly key: KeyObject
  /** Unencrypted DER PKCS#8. */
  readonly pkcs8: Uint8Array
  /** DER SubjectPublicKeyInfo. */
  readonly publicKey: Uint8Array
  readonly algorithm: PublicKeyAlgorithm
}

/** Bits are those of the RSA modulus or of the curve. */
export interface PublicKeyKind {
  readonly algorithm: PublicKeyAlgorithm
  readonly family: "ec" | "rsa" | "other"
  readonly bits: number
}

const generateAsync = promisify(generateNative)

/**
 * A fresh key from the system's randomness, made on libuv's thread pool: RSA several at once on several cores. Never by
 * generateKeyPairSync: the collector may destroy its job while the key is being exported as JWK, both take the key's lock,
 * and the thread stands still for ever (seen on Node 20 once in some thousand keys, with small heaps).
 */
export async function generateKeyPair(algorithm: KeyAlgorithm): Promise<KeyPair> {
  if (algorithm === "P-256" || algorithm === "P-384") return generateEc(algorithm)
  const pair = await generateAsync("rsa", {
    modulusLength: Number(algorithm.slice("RSA-".length)),
    publicKeyEncoding: { type: "spki", format: "der" },
    privateKeyEncoding: { type: "pkcs8", format: "der" },
  })
  return { privateKey: new Uint8Array(pair.privateKey), publicKey: new Uint8Array(pair.publicKey) }
}

async function generateEc(algorithm: Curve): Promise<KeyPair> {
  const { privateKey } = await generateAsync("ec", { namedCurve: algorithm })
  const { d, x, y } = privateKey.export({ format: "jwk" })
  const point = Buffer.concat([fromBase64(x), fromBase64(y)])
  return { privateKey: ecPrivateKey(algorithm, fromBase64(d), point), publicKey: ecPublicKey(algorithm, point) }
}

/** PKCS#8 of RFC 5915 with the public key, as OpenSSL writes it. `point` is both coordinates. */
function ecPrivateKey(curve: Curve, secret: Uint8Array, point: Uint8Array): Uint8Array {
  const key = sequence(integer(1), octetString(secret), encode(explicit(1), uncompressed(point)))
  return sequence(integer(0), ecIdentifier(curve), octetString(key))
}

function ecPublicKey(curve: Curve, point: Uint8Array): Uint8Array {
  return sequence(ecIdentifier(curve), uncompressed(point))
}

function ecIdentifier(curve: Curve): Uint8Array {
  return sequence(oid(EC_PUBLIC_KEY), oid(CURVES[curve].oid))
}

function uncompressed(point: Uint8Array): Uint8Array {
  return bitString(Buffer.concat([Uint8Array.of(4), point]))
}

/**
 * DER SubjectPublicKeyInfo (RFC 5480 §2, RFC 3279 §2.3.1) of a public or private key. Through JWK where that can be:
 * OpenSSL 3.0 takes thirty times longer to write the same bytes.
 */
function encodePublicKey(key: KeyObject): Uint8Array {
  const curve = CURVE_NAMES.find(each => CURVES[each].name === key.asymmetricKeyDetails?.namedCurve)
  if (curve !== undefined) {
    const { x, y } = key.export({ format: "jwk" })
    return ecPublicKey(curve, Buffer.concat([fromBase64(x), fromBase64(y)]))
  }
  if (key.asymmetricKeyType === "rsa") {
    const { n, e } = key.export({ format: "jwk" })
    const numbers = sequence(integer(fromBase64(n)), integer(fromBase64(e)))
    return sequence(sequence(oid(RSA_ENCRYPTION), nul()), bitString(numbers))
  }
  return new Uint8Array(createPublicKey(key).export({ type: "spki", format: "der" }))
}

/**
 * Reads PKCS#8, encrypted PKCS#8, PKCS#1 or SEC1, as PEM or DER. Throws `key-unreadable`, or `key-wrong-passphrase`
 * when the key is encrypted and the passphrase is missing or does not open it. Errors never carry OpenSSL's own, which may quote input.
 */
export function readPrivateKey(source: string | Uint8Array, passphrase?: string): PrivateKey {
  const { der, type, pem } = locatePrivateKey(source)
  const encrypted = type === "encrypted"
  if (encrypted && passphrase === undefined) {
    throw new ScbError("key-wrong-passphrase", "private key is encrypted: expected a passphrase, got none")
  }
  try {
    const key =
      pem === undefined
        ? importDer(der, type, passphrase)
        : createPrivateKey({ key: pem, format: "pem", ...(passphrase === undefined ? {} : { passphrase }) })
    return describePrivateKey(key, type === "pkcs8" ? der : undefined)
  } catch (error) {
    throw encrypted && !isUnsupported(error)
      ? new ScbError("key-wrong-passphrase", "private key is encrypted: its passphrase does not open it")
      : new ScbError("key-unreadable", "private key cannot be read: expected PKCS#8, PKCS#1 or SEC1")
  }
}

function importDer(der: Uint8Array, type: KeyEncoding, passphrase: string | undefined): KeyObject {
  const key = Buffer.from(der)
  if (type !== "encrypted") {
    const known = type === "pkcs8" ? importEc(der) : undefined
    return known ?? createPrivateKey({ key, format: "der", type })
  }
  return createPrivateKey({ key, format: "der", type: "pkcs8", ...(passphrase === undefined ? {} : { passphrase }) })
}

/**
 * A key in exactly the form of {@link ecPrivateKey}; undefined for any other, which OpenSSL shall judge. Over JWK,
 * because OpenSSL 3.0 takes 0.9 ms to find its way through these bytes, and 0.1 ms where it is told what they mean.
 */
function importEc(der: Uint8Array): KeyObject | undefined {
  for (const curve of CURVE_NAMES) {
    const { bytes } = CURVES[curve]
    const point = der.subarray(-2 * bytes)
    const secret = der.subarray(-3 * bytes - BEFORE_POINT, -2 * bytes - BEFORE_POINT)
    if (Buffer.compare(ecPrivateKey(curve, secret, point), der) !== 0) continue
    const [x, y] = [toBase64(point.subarray(0, bytes)), toBase64(point.subarray(bytes))]
    return createPrivateKey({ key: { kty: "EC", crv: curve, d: toBase64(secret), x, y }, format: "jwk" })
  }
  return undefined
}

/** Headers of `[1]` and of the BIT STRING, its count of unused bits, and the mark of an uncompressed point. */
const BEFORE_POINT = 2 + 2 + 1 + 1

/** What kind of key a DER SubjectPublicKeyInfo holds. `other` is any that we would not issue for, odd encodings and exponents included. */
export function algorithmOf(spki: Uint8Array): PublicKeyKind {
  const [identifier, key] = members(parseDer(spki))
  const [kind, parameters] = members(identifier)
  const name = readOid(kind)
  if (name === EC_PUBLIC_KEY) return curveOf(parameters?.tag === TAG.OID ? readOid(parameters) : "", readBitString(key))
  if (name === RSA_ENCRYPTION || name === RSA_PSS) {
    const [modulus, exponent] = members(parseDer(readBitString(key))).map(readUnsigned)
    const bits = bitLength(modulus ?? new Uint8Array())
    const sound = name === RSA_ENCRYPTION && bitLength(exponent ?? new Uint8Array()) >= 17
    return { algorithm: sound ? rsaName(bits) : "other", family: "rsa", bits }
  }
  return { algorithm: "other", family: "other", bits: readBitString(key).length * 8 }
}

function curveOf(curve: string, point: Uint8Array): PublicKeyKind {
  for (const name of CURVE_NAMES) {
    const { oid: known, bytes } = CURVES[name]
    const whole = point[0] === 4 && point.length === 1 + 2 * bytes
    if (curve === known && whole) return { algorithm: name, family: "ec", bits: bytes * 8 }
  }
  return { algorithm: "other", family: "ec", bits: ((point.length - 1) / (point[0] === 4 ? 2 : 1)) * 8 }
}

function rsaName(bits: number): PublicKeyAlgorithm {
  return bits === 2048 || bits === 3072 || bits === 4096 ? `RSA-${bits}` : "other"
}

function bitLength(number: Uint8Array): number {
  return number.length === 0 ? 0 : (number.length - 1) * 8 + (32 - Math.clz32(number[0] ?? 0))
}

type KeyEncoding = "pkcs8" | "pkcs1" | "sec1" | "encrypted"
const PEM_LABELS: Readonly<Record<string, KeyEncoding>> = {
  "PRIVATE KEY": "pkcs8",
  "ENCRYPTED PRIVATE KEY": "encrypted",
  "RSA PRIVATE KEY": "pkcs1",
  "EC PRIVATE KEY": "sec1",
}

function locatePrivateKey(source: string | Uint8Array): { der: Uint8Array; type: KeyEncoding; pem?: string } {
  if (typeof source !== "string" && source[0] === TAG.SEQUENCE) return { der: source, type: encodingOf(source) }
  const text = typeof source === "string" ? source : Buffer.from(source).toString("latin1")
  const block = decodePem(text).find(each => PEM_LABELS[each.label] !== undefined)
  const type = PEM_LABELS[block?.label ?? ""]
  if (block === undefined || type === undefined) {
    throw new ScbError("key-unreadable", "private key is missing: expected a PEM or DER private key, got none")
  }
  // Only OpenSSL knows the key derivation of RFC 1421 headers, and it wants the text itself.
  if (block.headers["DEK-Info"] !== undefined) return { der: block.der, type: "encrypted", pem: text }
  return { der: block.der, type }
}

function encodingOf(der: Uint8Array): KeyEncoding {
  const [first, second, third] = members(parseDer(der))
  if (first?.tag === TAG.SEQUENCE) return "encrypted"
  if (third?.tag === TAG.OCTET_STRING) return "pkcs8"
  return second?.tag === TAG.OCTET_STRING ? "sec1" : "pkcs1"
}

function describePrivateKey(key: KeyObject, pkcs8: Uint8Array | undefined): PrivateKey {
  const publicKey = encodePublicKey(key)
  return {
    key,
    pkcs8: pkcs8 ?? new Uint8Array(key.export({ type: "pkcs8", format: "der" })),
    publicKey,
    algorithm: algorithmOf(publicKey).algorithm,
  }
}

const fromBase64 = (text = ""): Uint8Array => Buffer.from(text, "base64url")
const toBase64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString("base64url")

function isUnsupported(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ERR_OSSL_EVP_UNSUPPORTED"
}
