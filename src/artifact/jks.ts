import { createHash, timingSafeEqual } from "node:crypto"
import { ScbError } from "../domain/errors.ts"
import { type Instant, instantFromMillis } from "../domain/instant.ts"
import { contentOf, members, nul, octetString, oid, parseDer, readOid, sequence, TAG } from "./der.ts"

/*
 * Java KeyStore, version 2, as sun.security.provider.JavaKeyStore writes it; all numbers are big-endian. Its protection
 * is weak by any measure (a SHA-1 key stream): the bundle around it is the secret.
 */
const MAGIC = 0xfeedfeed
const VERSION = 2
const KEY_ENTRY = 1
const CERTIFICATE_ENTRY = 2
const DIGEST_LENGTH = 20
const KEY_PROTECTOR = "1.3.6.1.4.1.42.2.17.1.1"

export type JksEntry =
  | {
      readonly kind: "key"
      readonly alias: string
      readonly createdAt: Instant
      /** DER EncryptedPrivateKeyInfo, for {@link openKeyEntry}. */
      readonly protectedKey: Uint8Array
      /** DER, leaf first. */
      readonly chain: readonly Uint8Array[]
    }
  | {
      readonly kind: "certificate"
      readonly alias: string
      readonly createdAt: Instant
      readonly certificate: Uint8Array
    }

export interface IdentityStore {
  /** DER PKCS#8. */
  readonly privateKey: Uint8Array
  /** DER, leaf first. */
  readonly chain: readonly Uint8Array[]
  /** Lower case, as Java compares it. */
  readonly alias: string
  /** Of the store and of the key in it: drivers have only one. */
  readonly password: string
  readonly createdAt: Instant
  /** 20 random bytes. */
  readonly salt: Uint8Array
}

export interface TrustStore {
  /** DER, root first. Their aliases are `remote`, `remote-2`, … */
  readonly certificates: readonly Uint8Array[]
  readonly password: string
  readonly createdAt: Instant
}

export function isJks(bytes: Uint8Array): boolean {
  return bytes.length >= 4 && Buffer.from(bytes.buffer, bytes.byteOffset, 4).readUInt32BE() === MAGIC
}

export function writeIdentityStore(store: IdentityStore): Uint8Array {
  const protectedKey = protectKey(store.privateKey, store.password, store.salt)
  const entry = [
    u4(KEY_ENTRY),
    utf(store.alias),
    u8(store.createdAt),
    u4(protectedKey.length),
    protectedKey,
    u4(store.chain.length),
    ...store.chain.flatMap(certificate),
  ]
  return seal([entry], store.password)
}

export function writeTrustStore(store: TrustStore): Uint8Array {
  const entries = store.certificates.map((der, index) => [
    u4(CERTIFICATE_ENTRY),
    utf(index === 0 ? "remote" : `remote-${index + 1}`),
    u8(store.createdAt),
    ...certificate(der),
  ])
  return seal(entries, store.password)
}

/** Sun's KeyProtector: the PKCS#8 bytes XORed with a chain of SHA-1 digests, and a digest to recognise the password by. */
export function protectKey(pkcs8: Uint8Array, password: string, salt: Uint8Array): Uint8Array {
  if (salt.length !== DIGEST_LENGTH) throw new Error(`salt: expected ${DIGEST_LENGTH} bytes, got ${salt.length}`)
  const secret = utf16(password)
  const body = Buffer.concat([salt, xorStream(pkcs8, secret, salt), sha1(secret, pkcs8)])
  return sequence(sequence(oid(KEY_PROTECTOR), nul()), octetString(body))
}

/** Throws `key-unreadable` when it is no JKS, and `key-wrong-passphrase` when its digest is not that of the password and the content. */
export function readJks(bytes: Uint8Array, password: string): readonly JksEntry[] {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
  const [content, digest] = [buffer.subarray(0, -DIGEST_LENGTH), buffer.subarray(-DIGEST_LENGTH)]
  if (!isJks(bytes) || content.length < 12) throw unreadable("it does not begin as a Java KeyStore does")
  if (!timingSafeEqual(sealOf(content, password), digest)) {
    throw new ScbError("key-wrong-passphrase", "keystore: its password is another one, or it was changed")
  }
  try {
    return readEntries(content)
  } catch (error) {
    throw error instanceof RangeError ? unreadable("it is cut off") : error
  }
}

/** DER PKCS#8. Throws `key-wrong-passphrase`, or `key-unreadable` for a key that something else than the JDK protected. */
export function openKeyEntry(entry: Extract<JksEntry, { kind: "key" }>, keyPassword: string): Uint8Array {
  const [algorithm, encrypted] = members(parseDer(entry.protectedKey))
  if (readOid(members(algorithm)[0]) !== KEY_PROTECTOR) throw unreadable("its key is protected in an unknown way")
  const body = contentOf(encrypted, TAG.OCTET_STRING)
  if (body.length < 2 * DIGEST_LENGTH) throw unreadable("its key is cut off")
  const secret = utf16(keyPassword)
  const pkcs8 = xorStream(body.subarray(DIGEST_LENGTH, -DIGEST_LENGTH), secret, body.subarray(0, DIGEST_LENGTH))
  if (!timingSafeEqual(sha1(secret, pkcs8), body.subarray(-DIGEST_LENGTH))) {
    throw new ScbError("key-wrong-passphrase", "keystore: the password of its key is another one")
  }
  return pkcs8
}

function readEntries(content: Buffer): readonly JksEntry[] {
  let offset = 4
  const take = (length: number): Buffer => {
    if (offset + length > content.length) throw new RangeError("end of content")
    offset += length
    return content.subarray(offset - length, offset)
  }
  const takeU4 = (): number => take(4).readUInt32BE()
  const takeUtf = (): string => take(take(2).readUInt16BE()).toString("utf8")
  const takeCertificate = (): Uint8Array => {
    const type = version === 1 ? "X.509" : takeUtf()
    if (type !== "X.509") throw unreadable("it holds a certificate that is not X.509")
    return Uint8Array.from(take(takeU4()))
  }
  const version = takeU4()
  if (version !== 1 && version !== VERSION) throw unreadable(`expected version 1 or 2, got ${version}`)
  const entries: JksEntry[] = []
  for (let count = takeU4(); count > 0; count--) {
    const kind = takeU4()
    const common = { alias: takeUtf(), createdAt: instantFromMillis(Number(take(8).readBigInt64BE())) }
    if (kind === CERTIFICATE_ENTRY) {
      entries.push({ kind: "certificate", ...common, certificate: takeCertificate() })
    } else if (kind === KEY_ENTRY) {
      const protectedKey = Uint8Array.from(take(takeU4()))
      const chain: Uint8Array[] = []
      for (let left = takeU4(); left > 0; left--) chain.push(takeCertificate())
      entries.push({ kind: "key", ...common, protectedKey, chain })
    } else throw unreadable(`it holds an entry of unknown kind ${kind}`)
  }
  if (offset !== content.length) throw unreadable("it holds more than its entries")
  return entries
}

function seal(entries: readonly (readonly Uint8Array[])[], password: string): Uint8Array {
  const content = Buffer.concat([u4(MAGIC), u4(VERSION), u4(entries.length), ...entries.flat()])
  return new Uint8Array(Buffer.concat([content, sealOf(content, password)]))
}

function sealOf(content: Uint8Array, password: string): Buffer {
  return sha1(utf16(password), Buffer.from("Mighty Aphrodite"), content)
}

function xorStream(bytes: Uint8Array, secret: Uint8Array, salt: Uint8Array): Uint8Array {
  const result = Uint8Array.from(bytes)
  let digest = salt
  for (let index = 0; index < result.length; index++) {
    if (index % DIGEST_LENGTH === 0) digest = sha1(secret, digest)
    result[index] = (result[index] ?? 0) ^ (digest[index % DIGEST_LENGTH] ?? 0)
  }
  return result
}

function certificate(der: Uint8Array): readonly Uint8Array[] {
  return [utf("X.509"), u4(der.length), der]
}

function utf(text: string): Buffer {
  const bytes = Buffer.from(text, "utf8")
  const length = Buffer.alloc(2)
  length.writeUInt16BE(bytes.length)
  return Buffer.concat([length, bytes])
}

function u4(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return bytes
}

function u8(value: number): Buffer {
  const bytes = Buffer.alloc(8)
  bytes.writeBigInt64BE(BigInt(value))
  return bytes
}

const utf16 = (text: string): Buffer => Buffer.from(text, "utf16le").swap16()

function sha1(...parts: readonly Uint8Array[]): Buffer {
  const hash = createHash("sha1")
  for (const part of parts) hash.update(part)
  return hash.digest()
}

function unreadable(what: string): ScbError {
  return new ScbError("key-unreadable", `keystore: ${what}`)
}
