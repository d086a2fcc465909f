import { randomBytes } from "node:crypto"
import type * as OpenPgp from "openpgp"
import { ScbError } from "../domain/errors.ts"
import { formatInstant, type Instant, instantFromMillis, later } from "../domain/instant.ts"
import { fingerprintOf, openPgpLibrary, readPublicKey, unlockPrivateKey } from "./openpgp-library.ts"

type Message = OpenPgp.Message<Uint8Array>
type VerificationResult = OpenPgp.VerifyMessageResult["signatures"][number]

/** How far the clocks of signer and verifier may differ: a signature from that near a future is believed. */
const CLOCK_SKEW = 5 * 60_000

export interface KeyRequest {
  /** `Name <mail@host>`, or either alone. */
  readonly userId: string
  readonly kind: "ecc" | "rsa"
  /** RSA only; 3072 unless told. */
  readonly bits?: number
  readonly createdAt: Instant
  readonly expiresAt?: Instant
  readonly passphrase?: string
}

export interface GeneratedOpenPgpKey {
  readonly privateKeyArmored: string
  readonly publicKeyArmored: string
  /** Upper-case hex. */
  readonly fingerprint: string
}

/** A signing key with an encryption subkey that GnuPG 2.2 can use: Ed25519 with X25519 in their RFC 4880bis forms, or RSA. */
export async function generateOpenPgpKey(request: KeyRequest): Promise<GeneratedOpenPgpKey> {
  const { pgp, config } = await openPgpLibrary()
  const { userId, kind, bits = 3072, createdAt, expiresAt, passphrase } = request
  const { privateKey, publicKey } = await pgp.generateKey({
    userIDs: parseUserId(userId),
    ...(kind === "ecc" ? { type: "ecc", curve: "curve25519Legacy" } : { type: "rsa", rsaBits: bits }),
    date: new Date(createdAt),
    ...(expiresAt !== undefined && { keyExpirationTime: (expiresAt - createdAt) / 1000 }),
    ...(passphrase !== undefined && { passphrase }),
    format: "object",
    config,
  })
  return {
    privateKeyArmored: privateKey.armor(config),
    publicKeyArmored: publicKey.armor(config),
    fingerprint: fingerprintOf(publicKey),
  }
}

/**
 * Armored detached signature over `data`, by the newest (sub)key that may sign at `at`. Throws `key-unreadable` when
 * there is none.
 */
export async function detachedSign(key: OpenPgp.PrivateKey, data: Uint8Array, at: Instant): Promise<string> {
  const { pgp, config } = await openPgpLibrary()
  const date = new Date(at)
  const message = await pgp.createMessage({ binary: data, date })
  try {
    // as an object: armoring inside sign() goes through streams and costs a quarter of the whole
    const signature = await pgp.sign({ message, signingKeys: key, detached: true, format: "object", date, config })
    return (signature as unknown as OpenPgp.Signature).armor(config)
  } catch (cause) {
    await requireSigning(key, at)
    throw cause
  }
}

export interface SignAndEncryptRequest {
  readonly data: Uint8Array
  /** Stands in the literal packet; what gpg offers as the name to save under. */
  readonly fileName: string
  readonly signingKey: OpenPgp.PrivateKey
  /** At least one. */
  readonly recipients: readonly OpenPgp.PublicKey[]
  readonly at: Instant
}

/**
 * Binary message, signed inside and encrypted to all recipients, in the oldest authenticated form (SEIPD v1): everybody
 * reads it. Throws `key-unreadable` for a key that cannot sign, or be encrypted to, at `at`.
 */
export async function signAndEncrypt(request: SignAndEncryptRequest): Promise<Uint8Array> {
  const { pgp, config } = await openPgpLibrary()
  const { signingKey, recipients, at } = request
  // with a session key of ours, the library would encrypt to nobody without a word
  if (recipients.length === 0) throw new Error("signAndEncrypt was called without a recipient")
  const date = new Date(at)
  try {
    return await pgp.encrypt({
      message: await pgp.createMessage({ binary: request.data, filename: request.fileName, date }),
      encryptionKeys: [...recipients],
      signingKeys: signingKey,
      // ours, because the library's own would follow a recipient's wish for AEAD, which GnuPG 2.2 cannot read
      sessionKey: { data: randomBytes(32), algorithm: "aes256" },
      format: "binary",
      date,
      config,
    })
  } catch (cause) {
    await requireSigning(signingKey, at)
    for (const recipient of recipients) await requireEncryption(recipient, at)
    throw cause
  }
}

async function requireSigning(key: OpenPgp.PrivateKey, at: Instant): Promise<void> {
  const { config } = await openPgpLibrary()
  await key.getSigningKey(undefined, new Date(at), undefined, config).catch(cause => {
    throw unusable("signing key", key, "sign", at, cause)
  })
}

async function requireEncryption(key: OpenPgp.PublicKey, at: Instant): Promise<void> {
  const { config } = await openPgpLibrary()
  await key.getEncryptionKey(undefined, new Date(at), undefined, config).catch(cause => {
    throw unusable("recipient", key, "be encrypted to", at, cause)
  })
}

function unusable(what: string, key: OpenPgp.Key, purpose: string, at: Instant, cause: unknown): ScbError {
  return new ScbError("key-unreadable", `${what} ${fingerprintOf(key)} cannot ${purpose} at ${formatInstant(at)}`, {
    hint: "it is expired, revoked, too weak, or has no key for this; gpg --list-keys shows it",
    cause,
  })
}

/** A public key whose signature counts, and when it counts. The fingerprint is the full one and decides; key ids never do. */
export interface TrustedKey {
  /** 40 upper-case hex digits. */
  readonly fingerprint: string
  readonly publicKeyArmored: string
  readonly validFrom?: Instant
  /** Exclusive. */
  readonly validUntil?: Instant
}

export interface VerifiedSignature {
  /** Of the primary key of the trusted signer, whichever of its subkeys signed. */
  readonly fingerprint: string
  readonly createdAt: Instant
}

export interface VerifyRequest {
  readonly data: Uint8Array
  readonly signatureArmored: string
  readonly keys: readonly TrustedKey[]
  readonly at: Instant
  /** For a statement about now, such as a catalog: its signer must still be valid at `at`, not only when it signed. */
  readonly fresh?: boolean
  /** What is verified, for messages. */
  readonly subject: string
}

/**
 * One good signature by one of `keys` over exactly these bytes. Expiry is judged at the time of signing, so what was
 * signed in time stays good; a key revoked as compromised (or without a reason) counts as revoked from its beginning
 * (RFC 9580 §5.2.3.31).
 *
 * Throws `signature-missing`, `signature-invalid`, `signer-untrusted`, `signer-expired`, `signer-revoked`, and
 * `key-unreadable` for a key in `keys`.
 */
export async function verifyDetached(request: VerifyRequest): Promise<VerifiedSignature> {
  const { pgp, config } = await openPgpLibrary()
  const { data, signatureArmored, subject } = request
  if (signatureArmored.trim() === "") throw new ScbError("signature-missing", `${subject} is not signed`)
  const signature = await pgp.readSignature({ armoredSignature: signatureArmored, config }).catch(() => {
    throw new ScbError("signature-invalid", `the signature of ${subject} is not an armored OpenPGP signature`)
  })
  const message = await pgp.createMessage({ binary: data, date: new Date(request.at) })
  return verifyByAny({ ...request, message, signature })
}

export interface DecryptRequest {
  /** Binary OpenPGP message. */
  readonly message: Uint8Array
  readonly identityKeyArmored: string
  readonly passphrase?: string
  readonly signers: readonly TrustedKey[]
  /** Of the content. */
  readonly maximumBytes: number
  readonly at: Instant
  readonly subject: string
}

export interface OpenedMessage {
  readonly data: Uint8Array
  readonly fileName: string
  readonly signature: VerifiedSignature
  /** Fingerprint of the key that opened it: check it against the recipients that the signer names (surreptitious forwarding). */
  readonly reader: string
}

/**
 * Opens a message that is encrypted to the identity and, inside, signed by one of `signers`; neither alone will do.
 *
 * Throws `key-unreadable`, `key-wrong-passphrase`, `payload-malformed`, `not-a-recipient`, `too-large`, and what
 * {@link verifyDetached} throws about signatures.
 */
export async function decryptAndVerify(request: DecryptRequest): Promise<OpenedMessage> {
  const { subject, at, signers } = request
  const identity = await unlockPrivateKey(request.identityKeyArmored, request.passphrase, "the identity key")
  const opened = await decrypt(await readEncrypted(request.message, subject), identity, request)
  const data = opened.getLiteralData()
  if (data === null) throw malformed(subject, "holds no content")
  if (data.length > request.maximumBytes) throw tooLarge(request)
  const signature = await verifyByAny({ message: opened, keys: signers, at, subject })
  return { data, fileName: opened.getFilename() ?? "", signature, reader: fingerprintOf(identity) }
}

/** Public-key encrypted and nothing else: a password beside the recipients would be one more way in. */
async function readEncrypted(bytes: Uint8Array, subject: string): Promise<Message> {
  const { pgp, config } = await openPgpLibrary()
  const { publicKeyEncryptedSessionKey, symEncryptedIntegrityProtectedData } = pgp.enums.packet
  const message = await pgp.readMessage({ binaryMessage: bytes, config }).catch(() => undefined)
  if (message === undefined) throw malformed(subject, "is not an OpenPGP message")
  const keys = message.packets.filterByTag(publicKeyEncryptedSessionKey)
  const encrypted = message.packets.filterByTag(symEncryptedIntegrityProtectedData)
  if (keys.length === 0 || encrypted.length !== 1 || keys.length + 1 !== message.packets.length) {
    throw malformed(subject, "is not encrypted to keys, with integrity protection, and to nothing else")
  }
  return message
}

async function decrypt(message: Message, identity: OpenPgp.PrivateKey, request: DecryptRequest): Promise<Message> {
  const { pgp, config } = await openPgpLibrary()
  const { subject, maximumBytes } = request
  const date = new Date(request.at)
  const sessionKeys = await pgp.decryptSessionKeys({ message, decryptionKeys: identity, date, config }).catch(() => {
    throw new ScbError("not-a-recipient", `${subject} is not encrypted to ${fingerprintOf(identity)}`, {
      hint: "ask its owner to add your key to the recipients, or use the key that is among them",
    })
  })
  // packet headers and signatures come on top of the content
  const limits = { ...config, maxDecompressedMessageSize: maximumBytes + 64 * 1024 }
  try {
    // the declared type is narrower than what decryptSessionKeys returns; the algorithm is null for SEIPD v2 only
    const opened = await message.decrypt(undefined, undefined, sessionKeys as OpenPgp.SessionKey[], date, limits)
    return opened as Message
  } catch (cause) {
    if (cause instanceof Error && /maximum decompressed message size/i.test(cause.message)) throw tooLarge(request)
    throw malformed(subject, "is damaged, or breaks the grammar of OpenPGP messages")
  }
}

interface Signed extends Pick<VerifyRequest, "keys" | "at" | "fresh" | "subject"> {
  readonly message: Message
  /** Absent when the signature is inside the message. */
  readonly signature?: OpenPgp.Signature
}

/** One call for all keys: it reads the rest of an opened message to its end, which can be done once only. */
async function verifyByAny(signed: Signed): Promise<VerifiedSignature> {
  const { pgp, config } = await openPgpLibrary()
  const { message, signature, keys: trusted, subject, at } = signed
  const keys = await Promise.all(trusted.map(readTrustedKey))
  const { signatures } = await pgp
    .verify({
      message,
      ...(signature !== undefined && { signature }),
      verificationKeys: keys,
      format: "binary",
      date: new Date(later(at, CLOCK_SKEW)),
      config,
    })
    .catch(cause => {
      throw new ScbError("signature-invalid", `the signature of ${subject} cannot be read`, { cause })
    })
  let refusal: ScbError | undefined
  for (const each of signatures) {
    // the library takes the first key with that id, too: should two collide, the other one's signatures are refused
    const index = keys.findIndex(key => key.getKeys(each.keyID).length > 0)
    const [key, signer] = [keys[index], trusted[index]]
    if (key === undefined || signer === undefined) continue
    const verdict = await judge(each, key, signer, signed)
    if (!(verdict instanceof ScbError)) return verdict
    refusal ??= verdict
  }
  throw refusal ?? noTrustedSignature(signatures.length, signed)
}

async function judge(
  result: VerificationResult,
  key: OpenPgp.PublicKey,
  trusted: TrustedKey,
  { at, fresh, subject }: Signed,
): Promise<VerifiedSignature | ScbError> {
  const { pgp, config } = await openPgpLibrary()
  const [packet] = (await result.signature).packets
  if (packet?.created == null || packet.signatureType !== pgp.enums.signature.binary) {
    return new ScbError("signature-invalid", `the signature of ${subject} is not one over binary data`)
  }
  try {
    await result.verified
    if (fresh) await key.getSigningKey(result.keyID, new Date(at), undefined, config)
  } catch (cause) {
    return refused(cause, trusted, subject)
  }
  const createdAt = instantFromMillis(packet.created.getTime())
  return (
    outOfTerm(trusted, fresh ? [createdAt, at] : [createdAt], subject) ?? {
      fingerprint: trusted.fingerprint,
      createdAt,
    }
  )
}

/** The library tells its reasons in words only. A reason that we do not know is the gravest: an invalid signature. */
function refused(cause: unknown, { fingerprint }: TrustedKey, subject: string): ScbError {
  const reason = cause instanceof Error ? cause.message : ""
  const by = `${subject} is signed by ${fingerprint}`
  if (/creation time is in the future/i.test(reason) && !/could not find/i.test(reason)) {
    return new ScbError("clock-behind", `${by} at a time that has not come yet`, {
      hint: "check this machine's clock",
      cause,
    })
  }
  if (/key is revoked/i.test(reason)) return new ScbError("signer-revoked", `${by}, which is revoked`, { cause })
  if (/key is expired/i.test(reason)) return new ScbError("signer-expired", `${by}, which had expired`, { cause })
  if (/could not find valid|could not verify primary|too weak|is disabled/i.test(reason)) {
    return new ScbError(
      "signer-untrusted",
      `${by}, whose key is not fit for signing: weak, or not bound to its primary`,
      { cause },
    )
  }
  return new ScbError("signature-invalid", `the signature of ${subject} by ${fingerprint} does not hold`, {
    hint: "do not use it; fetch it again, and tell whoever publishes it if it stays so",
    cause,
  })
}

function outOfTerm(
  { fingerprint, validFrom, validUntil }: TrustedKey,
  instants: readonly Instant[],
  subject: string,
): ScbError | undefined {
  for (const instant of instants) {
    const by = `${subject} is signed by ${fingerprint}`
    if (validFrom !== undefined && instant < validFrom) {
      const from = `trusted from ${formatInstant(validFrom)} on, not at ${formatInstant(instant)}`
      return new ScbError("signer-untrusted", `${by}, which is ${from}`)
    }
    if (validUntil !== undefined && instant >= validUntil) {
      const until = `trusted until ${formatInstant(validUntil)}, not at ${formatInstant(instant)}`
      return new ScbError("signer-expired", `${by}, which was ${until}`)
    }
  }
  return undefined
}

async function readTrustedKey({ fingerprint, publicKeyArmored }: TrustedKey): Promise<OpenPgp.PublicKey> {
  if (!/^[0-9A-F]{40}$/.test(fingerprint)) {
    throw new ScbError(
      "signer-untrusted",
      `trusted signer ${JSON.stringify(fingerprint)}: expected a fingerprint of 40 digits`,
      {
        hint: "a key id is not enough: other keys can be made that have the same one",
      },
    )
  }
  const key = await readPublicKey(publicKeyArmored, `the key of trusted signer ${fingerprint}`)
  if (fingerprintOf(key) !== fingerprint) {
    throw new ScbError("signer-untrusted", `trusted signer ${fingerprint}: its key file holds ${fingerprintOf(key)}`)
  }
  return key
}

function noTrustedSignature(found: number, { subject, keys }: Signed): ScbError {
  return found === 0
    ? new ScbError("signature-missing", `${subject} is not signed`)
    : new ScbError("signer-untrusted", `${subject} is signed, but by none of the ${keys.length} trusted signers`, {
        hint: "compare the signers that you trust with those of the distribution policy",
      })
}

function tooLarge({ subject, maximumBytes }: DecryptRequest): ScbError {
  return new ScbError("too-large", `the content of ${subject} is larger than ${maximumBytes} bytes`)
}

function malformed(subject: string, problem: string): ScbError {
  return new ScbError("payload-malformed", `${subject} ${problem}`)
}

function parseUserId(text: string): OpenPgp.UserID {
  const [, name, email] = /^(.*?)\s*<([^<>]+)>$/.exec(text) ?? []
  if (email !== undefined) return { name: name ?? "", email }
  return text.includes("@") ? { email: text } : { name: text }
}
