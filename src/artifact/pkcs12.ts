import { createCipheriv, createHash, createHmac } from "node:crypto"
import { encode, explicit, implicit, integer, nul, octetString, oid, sequence, setOf, TAG } from "./der.ts"
import { bmpPassword, type KeyDerivation, keyDerivation, PURPOSE } from "./pkcs12-kdf.ts"

/** RFC 7292 §4, RFC 8018 appendix A, RFC 2985 §5.5. */
export const PKCS12 = {
  data: "1.2.840.113549.1.7.1",
  encryptedData: "1.2.840.113549.1.7.6",
  keyBag: "1.2.840.113549.1.12.10.1.1",
  shroudedKeyBag: "1.2.840.113549.1.12.10.1.2",
  certBag: "1.2.840.113549.1.12.10.1.3",
  x509Certificate: "1.2.840.113549.1.9.22.1",
  friendlyName: "1.2.840.113549.1.9.20",
  localKeyId: "1.2.840.113549.1.9.21",
  pbes2: "1.2.840.113549.1.5.13",
  pbkdf2: "1.2.840.113549.1.5.12",
  hmacWithSha256: "1.2.840.113549.2.9",
  aes256Cbc: "2.16.840.1.101.3.4.1.42",
  sha256: "2.16.840.1.101.3.4.2.1",
} as const

/** The password lies beside the store in config.json: more iterations would cost time and protect nothing. */
const ITERATIONS = 2048
const SALT_LENGTH = 16

export interface Pkcs12Content {
  /** DER PKCS#8. */
  readonly privateKey: Uint8Array
  /** DER, leaf first. */
  readonly chain: readonly Uint8Array[]
  readonly friendlyName: string
  readonly password: string
  /** For two salts and two initialisation vectors. */
  readonly randomBytes: (length: number) => Uint8Array
  /** For whoever opens the file at once: the keys are known to it. */
  readonly derivation?: KeyDerivation | undefined
}

/** AlgorithmIdentifier and ciphertext. */
interface Encrypted {
  readonly algorithm: Uint8Array
  readonly ciphertext: Uint8Array
}

/**
 * A PKCS#12 file (RFC 7292) of one key, its certificate and the chain: AES-256-CBC under PBKDF2 with HMAC-SHA-256, as
 * OpenSSL 3, .NET and Java read it.
 */
export function writePkcs12(content: Pkcs12Content): Uint8Array {
  const { derivation = keyDerivation() } = content
  const encrypt = encryption(content, derivation)
  const own = attributes(content)
  const certificates = content.chain.map((der, index) => certificateBag(der, index === 0 ? [own] : []))
  const authenticatedSafe = sequence(
    encryptedContent(encrypt(sequence(...certificates))),
    plainContent(sequence(keyBag(encrypt(content.privateKey), own))),
  )
  return sequence(integer(3), plainContent(authenticatedSafe), macData(authenticatedSafe, content, derivation))
}

/** One PBKDF2 serves both encryptions: under the same password a second salt protects nothing, and would take a third of all the time. */
function encryption(
  { password, randomBytes }: Pkcs12Content,
  derivation: KeyDerivation,
): (plaintext: Uint8Array) => Encrypted {
  const salt = randomBytes(SALT_LENGTH)
  const key = derivation.pbkdf2({ hash: "sha256", password, salt, iterations: ITERATIONS, length: 32 })
  const algorithm = sequence(
    oid(PKCS12.pbkdf2),
    sequence(octetString(salt), integer(ITERATIONS), sequence(oid(PKCS12.hmacWithSha256), nul())),
  )
  return plaintext => {
    const iv = randomBytes(16)
    const cipher = createCipheriv("aes-256-cbc", key, iv)
    return {
      algorithm: sequence(oid(PKCS12.pbes2), sequence(algorithm, sequence(oid(PKCS12.aes256Cbc), octetString(iv)))),
      ciphertext: Buffer.concat([cipher.update(plaintext), cipher.final()]),
    }
  }
}

/** What ties key and certificate together, and the name that stores show. */
function attributes({ friendlyName, chain }: Pkcs12Content): Uint8Array {
  const keyId = createHash("sha256")
    .update(chain[0] ?? new Uint8Array())
    .digest()
    .subarray(0, 20)
  const name = Buffer.from(friendlyName, "utf16le").swap16()
  return setOf(
    sequence(oid(PKCS12.friendlyName), setOf(encode(TAG.BMP_STRING, name))),
    sequence(oid(PKCS12.localKeyId), setOf(octetString(keyId))),
  )
}

function certificateBag(der: Uint8Array, own: readonly Uint8Array[]): Uint8Array {
  const certificate = sequence(oid(PKCS12.x509Certificate), encode(explicit(0), octetString(der)))
  return sequence(oid(PKCS12.certBag), encode(explicit(0), certificate), ...own)
}

function keyBag({ algorithm, ciphertext }: Encrypted, own: Uint8Array): Uint8Array {
  return sequence(oid(PKCS12.shroudedKeyBag), encode(explicit(0), sequence(algorithm, octetString(ciphertext))), own)
}

function plainContent(content: Uint8Array): Uint8Array {
  return sequence(oid(PKCS12.data), encode(explicit(0), octetString(content)))
}

function encryptedContent({ algorithm, ciphertext }: Encrypted): Uint8Array {
  const info = sequence(oid(PKCS12.data), algorithm, encode(implicit(0), ciphertext))
  return sequence(oid(PKCS12.encryptedData), encode(explicit(0), sequence(integer(0), info)))
}

function macData(
  authenticatedSafe: Uint8Array,
  { password, randomBytes }: Pkcs12Content,
  derivation: KeyDerivation,
): Uint8Array {
  const salt = randomBytes(SALT_LENGTH)
  const key = derivation.pkcs12({
    hash: "sha256",
    password: bmpPassword(password),
    salt,
    iterations: ITERATIONS,
    purpose: PURPOSE.mac,
    length: 32,
  })
  const mac = createHmac("sha256", key).update(authenticatedSafe).digest()
  return sequence(
    sequence(sequence(oid(PKCS12.sha256), nul()), octetString(mac)),
    octetString(salt),
    integer(ITERATIONS),
  )
}
