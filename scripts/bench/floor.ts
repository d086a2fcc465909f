import {
  createCipheriv,
  createECDH,
  createHash,
  createHmac,
  createPrivateKey,
  diffieHellman,
  generateKeyPairSync,
  type JsonWebKeyInput,
  type PrivateKeyInput,
  pbkdf2Sync,
  randomBytes,
  sign,
  verify,
} from "node:crypto"
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import type { Algorithm } from "./workbench.ts"

/** Bytes of each thing in one real release: the floor works on as much. */
export interface Sizes {
  /** Of every entry of the ZIP. */
  readonly entries: readonly number[]
  readonly zip: number
  /** By asset. */
  readonly assets: Readonly<Record<string, number>>
}

/** RFC 7292 iterations of every store, as the pipeline has them. */
const ITERATIONS = 2048
/** PKCS#12's own key derivation hashes one block an iteration where PBKDF2 hashes two, and Node has it only in JavaScript. */
const MAC_KDF_AS_PBKDF2 = ITERATIONS / 2
/** Bytes of a P-256 certificate in DER, roughly: it is hashed and encrypted, which costs next to nothing. */
const CERTIFICATE = 500
const SHA1_BYTES = 20

const PASSWORD = "0123456789abcdefg"

const { privateKey: issuer, publicKey: issuerPublic } = generateKeyPairSync("ec", { namedCurve: "P-256" })
const signer = generateKeyPairSync("ed25519").privateKey
const recipient = generateKeyPairSync("x25519").publicKey

const SIGNED = randomBytes(CERTIFICATE)
const SIGNATURE = sign("sha256", SIGNED, issuer)
/** In the form that is read fastest. For EC that is JWK: OpenSSL 3.0 takes six times longer for DER. */
const KEYS: Readonly<Record<Algorithm, { readonly input: PrivateKeyInput | JsonWebKeyInput; readonly size: number }>> =
  {
    "P-256": {
      input: {
        key: generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey.export({ format: "jwk" }),
        format: "jwk",
      },
      size: 138,
    },
    "RSA-2048": rsaKey(),
  }
const STORE_KEY = randomBytes(32)

/**
 * The native cryptography of making one bundle and nothing else: no ASN.1, no ZIP, no OpenPGP packets, no JSON, no
 * checks. Every operation works on as many bytes as the real one does; random bytes stand for contents.
 */
export function floorOfMaking(algorithm: Algorithm, sizes: Sizes, directory: string): void {
  const privateKey = newKey(algorithm)
  const chain = randomBytes(2 * CERTIFICATE)
  sign("sha256", chain.subarray(0, CERTIFICATE), issuer)
  cipherBags(storeKey(), privateKey.length, chain.length)
  createHmac("sha256", storeMacKey()).update(chain).digest()
  keyStore(privateKey)
  keyStoreDigest(privateKey.length + chain.length)
  keyStoreDigest(CERTIFICATE)
  for (const size of sizes.entries) createHash("sha256").update(randomSlice(size)).digest()
  const zip = randomSlice(sizes.zip)
  createHash("sha256").update(zip).digest()
  floorOfOpenPgp(sizes)
  for (const [name, size] of Object.entries(sizes.assets)) {
    const asset = randomSlice(size)
    createHash("sha256").update(asset).digest()
    writeFileSync(join(directory, name), asset)
  }
}

/** The part of the floor of making for which the pipeline goes through OpenPGP.js. */
export function floorOfOpenPgp(sizes: Sizes): void {
  openPgpSign(randomSlice(sizes.zip))
  openPgpEncrypt(randomSlice(sizes.zip))
  openPgpSign(randomSlice(sizes.assets["manifest.json"] ?? 0))
}

/**
 * What the self-check cannot do without: the key is read once, the signature on the new certificate is verified, each
 * store is opened. Those of its issuers were verified for an earlier bundle, and the keys of cert.pfx are still known.
 */
export function floorOfChecking(algorithm: Algorithm): void {
  const { input, size } = KEYS[algorithm]
  createPrivateKey(input)
  verify("sha256", SIGNED, issuerPublic, SIGNATURE)
  cipherBags(STORE_KEY, size, 2 * CERTIFICATE)
  createHmac("sha256", STORE_KEY)
    .update(randomSlice(2 * CERTIFICATE))
    .digest()
  keyStore(randomSlice(size))
  keyStoreDigest(size + 2 * CERTIFICATE)
  keyStoreDigest(CERTIFICATE)
}

function rsaKey(): { readonly input: PrivateKeyInput; readonly size: number } {
  const key = generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey.export({ type: "pkcs8", format: "der" })
  return { input: { key, type: "pkcs8", format: "der" }, size: key.length }
}

/** In the form that the rest needs. An EC key is two numbers: nothing native has to write them down. */
function newKey(algorithm: Algorithm): Buffer {
  if (algorithm === "RSA-2048") {
    return generateKeyPairSync("rsa", {
      modulusLength: 2048,
      publicKeyEncoding: { type: "spki", format: "der" },
      privateKeyEncoding: { type: "pkcs8", format: "der" },
    }).privateKey
  }
  const key = createECDH("prime256v1")
  const point = key.generateKeys()
  return Buffer.concat([Buffer.alloc(41), key.getPrivateKey(), point])
}

/** The two bags of cert.pfx, key and certificates, under AES-256-CBC. To decrypt costs what to encrypt does. */
function cipherBags(key: Buffer, ...sizes: readonly number[]): void {
  for (const size of sizes) {
    const cipher = createCipheriv("aes-256-cbc", key, randomBytes(16))
    cipher.update(randomSlice(size))
    cipher.final()
  }
}

function storeKey(): Buffer {
  return pbkdf2Sync(PASSWORD, randomBytes(16), ITERATIONS, 32, "sha256")
}

function storeMacKey(): Buffer {
  return pbkdf2Sync(PASSWORD, randomBytes(16), MAC_KDF_AS_PBKDF2, 32, "sha256")
}

/** The key of identity.jks: a SHA-1 key stream as long as the key, and its check. */
function keyStore(privateKey: Buffer): void {
  let digest = randomBytes(SHA1_BYTES)
  const password = Buffer.alloc(34)
  for (let done = 0; done < privateKey.length; done += SHA1_BYTES) {
    digest = createHash("sha1").update(password).update(digest).digest()
  }
  createHash("sha1").update(password).update(privateKey).digest()
}

function keyStoreDigest(size: number): void {
  createHash("sha1").update(randomSlice(size)).digest()
}

function openPgpSign(data: Buffer): void {
  sign(null, createHash("sha512").update(data).digest(), signer)
}

/** To one X25519 recipient (RFC 9580 §11.4: an ephemeral key, a KDF, a key wrap), with SEIPD version 1. */
function openPgpEncrypt(data: Buffer): void {
  const { privateKey } = generateKeyPairSync("x25519")
  const shared = diffieHellman({ privateKey, publicKey: recipient })
  const sessionKey = randomBytes(32)
  const kek = createHash("sha256").update(shared).digest()
  const wrap = createCipheriv("id-aes256-wrap", kek, Buffer.alloc(8, 0xa6))
  wrap.update(sessionKey)
  wrap.final()
  createHash("sha1").update(data).digest()
  const cipher = createCipheriv("aes-256-cfb", sessionKey, Buffer.alloc(16))
  cipher.update(data)
  cipher.final()
}

/** Contents do not matter to any of the above: one pool serves, so that making them costs nothing. */
const pool = randomBytes(1 << 20)
function randomSlice(size: number): Buffer {
  return pool.subarray(0, size)
}
