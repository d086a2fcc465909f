import { constants, createPublicKey, type KeyObject, sign, verify } from "node:crypto"
import { type Der, explicit, members, nul, oid, parseDer, readNumber, readOid, sequence } from "./der.ts"
import { remembering } from "./remembering.ts"

/** How a signature was made, as its AlgorithmIdentifier says. */
export interface SignatureScheme {
  readonly keyType: "ec" | "rsa" | "ed25519"
  /** `intrinsic`: the scheme hashes by itself. */
  readonly hash: "MD5" | "SHA-1" | "SHA-256" | "SHA-384" | "SHA-512" | "intrinsic"
  /** RSASSA-PSS (RFC 4055 §3.1); absent for PKCS#1 v1.5 and for other keys. */
  readonly saltLength?: number
}

const RSASSA_PSS = "1.2.840.113549.1.1.10"
const SCHEMES: Readonly<Record<string, SignatureScheme>> = {
  "1.2.840.113549.1.1.4": { keyType: "rsa", hash: "MD5" },
  "1.2.840.113549.1.1.5": { keyType: "rsa", hash: "SHA-1" },
  "1.2.840.113549.1.1.11": { keyType: "rsa", hash: "SHA-256" },
  "1.2.840.113549.1.1.12": { keyType: "rsa", hash: "SHA-384" },
  "1.2.840.113549.1.1.13": { keyType: "rsa", hash: "SHA-512" },
  "1.2.840.10045.4.1": { keyType: "ec", hash: "SHA-1" },
  "1.2.840.10045.4.3.2": { keyType: "ec", hash: "SHA-256" },
  "1.2.840.10045.4.3.3": { keyType: "ec", hash: "SHA-384" },
  "1.2.840.10045.4.3.4": { keyType: "ec", hash: "SHA-512" },
  "1.3.101.112": { keyType: "ed25519", hash: "intrinsic" },
}
const HASHES: Readonly<Record<string, SignatureScheme["hash"]>> = {
  "2.16.840.1.101.3.4.2.1": "SHA-256",
  "2.16.840.1.101.3.4.2.2": "SHA-384",
  "2.16.840.1.101.3.4.2.3": "SHA-512",
}

const SIGNING = {
  prime256v1: { algorithm: ["1.2.840.10045.4.3.2"], hash: "sha256" },
  secp384r1: { algorithm: ["1.2.840.10045.4.3.3"], hash: "sha384" },
  secp521r1: { algorithm: ["1.2.840.10045.4.3.4"], hash: "sha512" },
  rsa: { algorithm: ["1.2.840.113549.1.1.11", nul()], hash: "sha256" },
} as const

/** AlgorithmIdentifier (RFC 5758 §3.2, RFC 4055 §5) and hash that we sign with. Undefined for keys that we do not sign with. */
export function signingScheme(
  key: KeyObject,
): { readonly algorithm: Uint8Array; sign(data: Uint8Array): Uint8Array } | undefined {
  const name = key.asymmetricKeyType === "rsa" ? "rsa" : (key.asymmetricKeyDetails?.namedCurve ?? "")
  if (!isSigning(name)) return undefined
  const { algorithm, hash } = SIGNING[name]
  const [dotted, ...parameters] = algorithm
  return { algorithm: sequence(oid(dotted), ...parameters), sign: data => sign(hash, data, key) }
}

function isSigning(name: string): name is keyof typeof SIGNING {
  return Object.hasOwn(SIGNING, name)
}

/** Undefined for a scheme that we do not know, and so cannot verify. */
export function readSignatureScheme(algorithm: Der | undefined): SignatureScheme | undefined {
  const [name, parameters] = members(algorithm)
  const dotted = readOid(name)
  return dotted === RSASSA_PSS ? readPss(parameters) : SCHEMES[dotted]
}

/** False also for a key that cannot be read or is not of the scheme's kind. */
export function verifySignature(
  scheme: SignatureScheme | undefined,
  data: Uint8Array,
  signature: Uint8Array,
  publicKey: Uint8Array,
): boolean {
  if (scheme === undefined) return false
  try {
    const key = importPublicKey(publicKey)
    if (key.asymmetricKeyType !== scheme.keyType) return false
    const padding =
      scheme.saltLength === undefined ? {} : { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: scheme.saltLength }
    const hash = scheme.hash === "intrinsic" ? null : scheme.hash.replace("-", "")
    return verify(hash, data, { key, ...padding }, signature)
  } catch {
    return false
  }
}

/** Issuers are few and sign much, and to parse a key takes OpenSSL longer than to verify with it. */
const REMEMBERED_KEYS = 64

const importPublicKey = remembering(
  REMEMBERED_KEYS,
  (spki: Uint8Array) => Buffer.from(spki).toString("base64"),
  (spki): KeyObject => createPublicKey({ key: Buffer.from(spki), format: "der", type: "spki" }),
)

/** Only MGF1 with the signature's own hash, which is the only use that RFC 4055 §3.1 recommends. */
function readPss(parameters: Der | undefined): SignatureScheme | undefined {
  const fields = members(parameters)
  const field = (number: number) => {
    const found = fields.find(each => each.tag === explicit(number))
    return found === undefined ? undefined : parseDer(found.content)
  }
  const [hashName] = members(field(0) ?? parseDer(sequence(oid("1.3.14.3.2.26"))))
  const hash = HASHES[readOid(hashName)]
  const salt = field(2)
  return hash === undefined
    ? undefined
    : { keyType: "rsa", hash, saltLength: salt === undefined ? 20 : readNumber(salt) }
}
