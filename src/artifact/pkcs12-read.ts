import { createDecipheriv, createHmac, timingSafeEqual } from "node:crypto"
import { createRequire } from "node:module"
import type * as Forge from "node-forge"
import { ScbError } from "../domain/errors.ts"
import { contentOf, type Der, explicit, implicit, members, parseDer, readNumber, readOid, TAG } from "./der.ts"
import { PKCS12 } from "./pkcs12.ts"
import { bmpPassword, type KeyDerivation, keyDerivation, type Pkcs12Derivation, PURPOSE } from "./pkcs12-kdf.ts"

export interface Pkcs12Store {
  /** DER PKCS#8. */
  readonly keys: readonly Uint8Array[]
  /** DER, in the order of the file. */
  readonly certificates: readonly Uint8Array[]
  /** What each part is encrypted with, e.g. `PBES2 aes-256-cbc`, {@link RC2_40}. */
  readonly encryptions: readonly string[]
  /** Of the integrity check; undefined when there is none. */
  readonly macHash: string | undefined
  /** Without it Java sees no trust anchor in a store of certificates. */
  readonly hasJavaTrustAttribute: boolean
}

export const RC2_40 = "pbeWithSHAAnd40BitRC2-CBC"
const JAVA_TRUSTED = "2.16.840.1.113894.746875.1.1"

/** Of all derivations of one file together, some seconds at most: the numbers come from whoever made the file. */
export const ITERATIONS_MAXIMUM = 1_000_000

const DIGESTS: Readonly<Record<string, { readonly hash: Pkcs12Derivation["hash"]; readonly length: number }>> = {
  "1.3.14.3.2.26": { hash: "sha1", length: 20 },
  "2.16.840.1.101.3.4.2.1": { hash: "sha256", length: 32 },
  "2.16.840.1.101.3.4.2.2": { hash: "sha384", length: 48 },
  "2.16.840.1.101.3.4.2.3": { hash: "sha512", length: 64 },
}
/** Pseudo-random functions of PBKDF2 (RFC 8018 appendix B.1). */
const HMACS: Readonly<Record<string, string>> = {
  "1.2.840.113549.2.7": "sha1",
  "1.2.840.113549.2.9": "sha256",
  "1.2.840.113549.2.10": "sha384",
  "1.2.840.113549.2.11": "sha512",
}
const CIPHERS: Readonly<Record<string, { readonly name: string; readonly keyLength: number }>> = {
  "1.2.840.113549.3.7": { name: "des-ede3-cbc", keyLength: 24 },
  "2.16.840.1.101.3.4.1.2": { name: "aes-128-cbc", keyLength: 16 },
  "2.16.840.1.101.3.4.1.22": { name: "aes-192-cbc", keyLength: 24 },
  "2.16.840.1.101.3.4.1.42": { name: "aes-256-cbc", keyLength: 32 },
}
/** RFC 7292 appendix C. */
const OLD_SCHEMES: Readonly<Record<string, { readonly name: string; readonly keyLength: number }>> = {
  "1.2.840.113549.1.12.1.3": { name: "pbeWithSHAAnd3-KeyTripleDES-CBC", keyLength: 24 },
  "1.2.840.113549.1.12.1.4": { name: "pbeWithSHAAnd2-KeyTripleDES-CBC", keyLength: 16 },
  "1.2.840.113549.1.12.1.5": { name: "pbeWithSHAAnd128BitRC2-CBC", keyLength: 16 },
  "1.2.840.113549.1.12.1.6": { name: RC2_40, keyLength: 5 },
}

/** How a file's parts are opened. */
interface Opener {
  readonly password: string
  /** As the old key derivation wants it. */
  readonly bmp: Uint8Array
  /** Parts often share a key. */
  readonly derivation: KeyDerivation
  readonly encryptions: string[]
}

/**
 * Reads a PKCS#12 file under password integrity, old (RC2, 3DES, SHA-1) or new, DER or BER. Throws
 * `key-wrong-passphrase`, or `key-unreadable` for anything else, {@link ITERATIONS_MAXIMUM} exceeded included. A
 * `derivation` is given only for a file of our own making, whose keys it knows.
 */
export function readPkcs12(
  bytes: Uint8Array,
  password: string,
  derivation: KeyDerivation = keyDerivation(limited(ITERATIONS_MAXIMUM)),
): Pkcs12Store {
  const [version, authSafe, mac] = members(parse(bytes))
  if (readNumber(version) !== 3) throw unreadable("expected version 3")
  const content = contentInfo(authSafe)
  if (content.type !== PKCS12.data) throw unreadable("expected integrity by a password")
  const safe = octets(content.value)
  const opener: Opener = { password, bmp: bmpPassword(password), derivation, encryptions: [] }
  const macHash = mac === undefined ? undefined : verifyMac(mac, safe, opener)
  const bags = members(parse(safe))
    .flatMap(part => safeBags(part, opener))
    .map(readBag)
  const of = (type: string): readonly Bag[] => bags.filter(bag => bag.type === type)
  return {
    keys: [
      ...of(PKCS12.keyBag).map(bag => Uint8Array.from(bag.value.raw)),
      ...of(PKCS12.shroudedKeyBag).map(bag => openKey(bag.value, opener)),
    ],
    certificates: of(PKCS12.certBag).map(bag => certificateOf(bag.value)),
    encryptions: opener.encryptions,
    macHash,
    hasJavaTrustAttribute: of(PKCS12.certBag).some(bag => bag.attributes.includes(JAVA_TRUSTED)),
  }
}

/** Accounts for derivations; throws when the file asks for too many. */
function limited(maximum: number): (iterations: number) => void {
  let left = maximum
  return iterations => {
    left -= iterations
    if (iterations < 1 || left < 0) throw unreadable(`expected at most ${maximum} iterations in all`)
  }
}

function verifyMac(mac: Der, safe: Uint8Array, opener: Opener): string {
  const [info, salt, iterations] = members(mac)
  const [algorithm, digest] = members(info)
  const name = readOid(members(algorithm)[0])
  const known = DIGESTS[name]
  if (known === undefined) throw unreadable(`its integrity check ${name} is not known here`)
  const key = opener.derivation.pkcs12({
    ...known,
    password: opener.bmp,
    salt: octets(salt),
    iterations: iterations === undefined ? 1 : readNumber(iterations),
    purpose: PURPOSE.mac,
  })
  const expected = octets(digest)
  if (expected.length !== known.length) throw unreadable("its integrity check has an odd length")
  if (!timingSafeEqual(createHmac(known.hash, key).update(safe).digest(), expected)) throw wrongPassword()
  return known.hash
}

function safeBags(part: Der, opener: Opener): readonly Der[] {
  const { type, value } = contentInfo(part)
  if (type === PKCS12.data) return members(parse(octets(value)))
  if (type !== PKCS12.encryptedData) throw unreadable(`a part of kind ${type} is not known here`)
  const [, info] = members(value)
  const [, algorithm, ciphertext] = members(info)
  return members(parsePlaintext(decrypt(algorithm, implicitOctets(ciphertext), opener)))
}

interface Bag {
  readonly type: string
  readonly value: Der
  /** OIDs. */
  readonly attributes: readonly string[]
}

function readBag(bag: Der): Bag {
  const [type, value, attributes] = members(bag)
  return {
    type: readOid(type),
    value: parseDer(contentOf(value, explicit(0))),
    attributes: attributes === undefined ? [] : members(attributes, TAG.SET).map(each => readOid(members(each)[0])),
  }
}

function openKey(value: Der, opener: Opener): Uint8Array {
  const [algorithm, ciphertext] = members(value)
  return Uint8Array.from(parsePlaintext(decrypt(algorithm, octets(ciphertext), opener)).raw)
}

function certificateOf(value: Der): Uint8Array {
  const [type, wrapped] = members(value)
  if (readOid(type) !== PKCS12.x509Certificate) throw unreadable("it holds a certificate that is not X.509")
  return Uint8Array.from(octets(parseDer(contentOf(wrapped, explicit(0)))))
}

function decrypt(algorithm: Der | undefined, ciphertext: Uint8Array, opener: Opener): Uint8Array {
  const [scheme, parameters] = members(algorithm)
  const name = readOid(scheme)
  if (name === PKCS12.pbes2) return decryptPbes2(parameters, ciphertext, opener)
  const old = OLD_SCHEMES[name]
  if (old === undefined) throw unreadable(`its encryption ${name} is not known here`)
  opener.encryptions.push(old.name)
  return decryptOld(old, parameters, ciphertext, opener)
}

/** RFC 8018 §6.2. */
function decryptPbes2(parameters: Der | undefined, ciphertext: Uint8Array, opener: Opener): Uint8Array {
  const [derivation, encryption] = members(parameters)
  const [kdf, kdfParameters] = members(derivation)
  const [cipherName, iv] = members(encryption)
  const [salt, iterations, ...optional] = members(kdfParameters)
  const prf = optional.find(field => field.tag === TAG.SEQUENCE)
  const hash = prf === undefined ? "sha1" : HMACS[readOid(members(prf)[0])]
  const cipher = CIPHERS[readOid(cipherName)]
  if (readOid(kdf) !== PKCS12.pbkdf2 || hash === undefined || cipher === undefined) {
    throw unreadable("its encryption is a PBES2 of unknown parts")
  }
  opener.encryptions.push(`PBES2 ${cipher.name}`)
  const key = opener.derivation.pbkdf2({
    hash,
    password: opener.password,
    salt: octets(salt),
    iterations: readNumber(iterations),
    length: cipher.keyLength,
  })
  return decryptNative(cipher.name, key, octets(iv), ciphertext)
}

/** RFC 7292 appendix C: key and initialisation vector both come from the password. */
function decryptOld(
  scheme: { readonly name: string; readonly keyLength: number },
  parameters: Der | undefined,
  ciphertext: Uint8Array,
  opener: Opener,
): Uint8Array {
  const [salt, iterations] = members(parameters)
  const common = { hash: "sha1", password: opener.bmp, salt: octets(salt), iterations: readNumber(iterations) } as const
  const derive = (purpose: 1 | 2, length: number): Uint8Array =>
    opener.derivation.pkcs12({ ...common, purpose, length })
  const [key, iv] = [derive(PURPOSE.key, scheme.keyLength), derive(PURPOSE.iv, 8)]
  if (scheme.name.includes("RC2")) return decryptRc2(key, iv, ciphertext)
  const threeKeys = key.length === 24 ? key : Buffer.concat([key, key.subarray(0, 8)])
  return decryptNative("des-ede3-cbc", threeKeys, iv, ciphertext)
}

function decryptNative(cipher: string, key: Uint8Array, iv: Uint8Array, ciphertext: Uint8Array): Uint8Array {
  try {
    const decipher = createDecipheriv(cipher, key, iv)
    return Buffer.concat([decipher.update(ciphertext), decipher.final()])
  } catch {
    throw wrongPassword() // padding that does not fit; OpenSSL's own text may quote input
  }
}

/**
 * What OpenSSL 3 has no more: RC2. node-forge is loaded only when a file needs it, for few are that old and every start
 * of the program would pay 25 ms.
 */
function decryptRc2(key: Uint8Array, iv: Uint8Array, ciphertext: Uint8Array): Uint8Array {
  const { rc2, util } = forgeWith("rc2")
  const decipher = rc2.createDecryptionCipher(binary(key), key.length * 8)
  decipher.start(binary(iv))
  decipher.update(util.createBuffer(binary(ciphertext)))
  if (!decipher.finish()) throw wrongPassword()
  return Buffer.from(decipher.output.getBytes(), "latin1")
}

/** Each module of node-forge adds itself to the one object. */
function forgeWith(module: "rc2" | "asn1"): typeof Forge {
  const require = createRequire(import.meta.url)
  require(`node-forge/lib/${module}.js`)
  return require("node-forge/lib/forge.js")
}

/** DER as it is; BER, as BouncyCastle and NSS write it, brought to definite lengths first. */
function parse(bytes: Uint8Array): Der {
  return parseDer(bytes[1] === 0x80 || bytes[0] === 0x24 ? definiteLengths(bytes) : bytes)
}

function definiteLengths(bytes: Uint8Array): Uint8Array {
  const { asn1 } = forgeWith("asn1")
  try {
    return Buffer.from(asn1.toDer(asn1.fromDer(binary(bytes), true)).getBytes(), "latin1")
  } catch {
    throw unreadable("it is neither DER nor BER")
  }
}

function contentInfo(der: Der | undefined): { readonly type: string; readonly value: Der } {
  const [type, value] = members(der)
  return { type: readOid(type), value: parseDer(contentOf(value, explicit(0))) }
}

/** An OCTET STRING, also one in segments (X.690 §8.7.3). */
function octets(der: Der | undefined): Uint8Array {
  return der?.tag === (TAG.OCTET_STRING | 0x20) ? joined(der) : contentOf(der, TAG.OCTET_STRING)
}

/** `[0] IMPLICIT OCTET STRING`, also one in segments. */
function implicitOctets(der: Der | undefined): Uint8Array {
  return der?.tag === explicit(0) ? joined(der) : contentOf(der, implicit(0))
}

function joined(der: Der): Uint8Array {
  return Buffer.concat(members(der, der.tag).map(segment => contentOf(segment, TAG.OCTET_STRING)))
}

/** Without an integrity check only the plaintext tells whether the password was right. */
function parsePlaintext(plaintext: Uint8Array): Der {
  try {
    return parse(plaintext)
  } catch {
    throw wrongPassword()
  }
}

const binary = (bytes: Uint8Array): string => Buffer.from(bytes).toString("latin1")

function wrongPassword(): ScbError {
  return new ScbError("key-wrong-passphrase", "PKCS#12 file: its password is another one")
}

function unreadable(what: string): ScbError {
  return new ScbError("key-unreadable", `PKCS#12 file: ${what}`)
}
