/** Throw-away OpenPGP keys and messages that no honest program makes. */
import { readToEnd } from "@openpgp/web-stream-tools"
import * as pgp from "openpgp"
import { type GeneratedOpenPgpKey, generateOpenPgpKey, type TrustedKey } from "../../src/artifact/openpgp.ts"
import { openPgpLibrary } from "../../src/artifact/openpgp-library.ts"
import { type Instant, instantFromMillis, later } from "../../src/domain/instant.ts"

export const NOW = instantFromMillis(Date.UTC(2026, 10, 22, 10))
export const DAY = 86_400_000
/** When cached keys were made: a year before NOW. */
export const BORN = later(NOW, -365 * DAY)

const made = new Map<string, Promise<GeneratedOpenPgpKey>>()

/** The Ed25519 key of that name, one and the same within a test file. */
export function eccKey(name: string): Promise<GeneratedOpenPgpKey> {
  return cached(name, () =>
    generateOpenPgpKey({ userId: `${name} <${name}@example.com>`, kind: "ecc", createdAt: BORN }),
  )
}

/** 2048 bits, because making more takes long. */
export function rsaKey(name: string): Promise<GeneratedOpenPgpKey> {
  return cached(`rsa ${name}`, () =>
    generateOpenPgpKey({ userId: `${name} <${name}@example.com>`, kind: "rsa", bits: 2048, createdAt: BORN }),
  )
}

export function trusted(key: GeneratedOpenPgpKey, term: Pick<TrustedKey, "validFrom" | "validUntil"> = {}): TrustedKey {
  return { fingerprint: key.fingerprint, publicKeyArmored: key.publicKeyArmored, ...term }
}

export const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)

export function openKey(key: GeneratedOpenPgpKey): Promise<pgp.PrivateKey> {
  return pgp.readPrivateKey({ armoredKey: key.privateKeyArmored })
}

/** The same key with a revocation in it. */
export async function revoked(
  key: GeneratedOpenPgpKey,
  reason: "compromised" | "retired" | "none",
  at: Instant,
): Promise<GeneratedOpenPgpKey> {
  const { keyCompromised, keyRetired, noReason } = pgp.enums.reasonForRevocation
  const flag = { compromised: keyCompromised, retired: keyRetired, none: noReason }[reason]
  const { publicKey } = await pgp.revokeKey({
    key: await openKey(key),
    reasonForRevocation: { flag },
    date: new Date(at),
    format: "object",
  })
  return { ...key, publicKeyArmored: publicKey.armor() }
}

/** The same key, saying of itself that it ends. */
export async function expiring(key: GeneratedOpenPgpKey, expiresAt: Instant): Promise<GeneratedOpenPgpKey> {
  const { privateKey, publicKey } = await pgp.reformatKey({
    privateKey: await openKey(key),
    userIDs: { name: "expiring" },
    keyExpirationTime: (expiresAt - BORN) / 1000,
    date: new Date(BORN),
    format: "object",
  })
  return armored(privateKey, publicKey)
}

export type SigningOptions = Partial<Omit<pgp.SignOptions, "message" | "signingKeys" | "detached" | "format">>

/** A detached signature with any settings, good or bad. */
export async function signed(
  data: Uint8Array,
  key: pgp.PrivateKey | GeneratedOpenPgpKey,
  options: SigningOptions = {},
): Promise<string> {
  const { config = {}, ...rest } = options
  const signature = await pgp.sign({
    message: await pgp.createMessage({ binary: data }),
    signingKeys: "privateKeyArmored" in key ? await openKey(key) : key,
    detached: true,
    format: "armored",
    date: new Date(NOW),
    config: { minRSABits: 0, ...config },
    ...rest,
  })
  return String(signature)
}

/**
 * A key that signs with a subkey. `consent`: the subkey says itself that it belongs to the primary key, without which
 * anybody could claim it (RFC 9580 §5.2.1.9). `bound`: the primary key says so.
 */
export async function withSigningSubkey(
  name: string,
  { consent = true, bound = true }: { readonly consent?: boolean; readonly bound?: boolean } = {},
): Promise<GeneratedOpenPgpKey> {
  const { privateKey, publicKey } = await pgp.generateKey({
    userIDs: { name },
    type: "ecc",
    curve: "curve25519Legacy",
    subkeys: [{ sign: true }],
    date: new Date(BORN),
    format: "object",
  })
  for (const subkey of publicKey.subkeys) {
    if (!consent) subkey.bindingSignatures = [await bindingWithoutConsent(privateKey, subkey)]
    if (!bound) subkey.bindingSignatures = []
  }
  return armored(privateKey, publicKey)
}

async function bindingWithoutConsent(primary: pgp.PrivateKey, subkey: pgp.Subkey): Promise<pgp.SignaturePacket> {
  const { signature, hash, keyFlags } = pgp.enums
  const fields = {
    signatureType: signature.subkeyBinding,
    hashAlgorithm: hash.sha512,
    keyFlags: Uint8Array.of(keyFlags.signData),
  }
  return signaturePacket(primary.keyPacket, fields, { key: primary.keyPacket, bind: subkey.keyPacket }, BORN)
}

/** A signature packet as it is wanted, right or wrong; `content` is what the library's own callers hand to it. */
export async function signaturePacket(
  key: pgp.AnyKeyPacket,
  fields: Partial<pgp.SignaturePacket>,
  content: unknown,
  at: Instant = NOW,
): Promise<pgp.SignaturePacket> {
  const packet = Object.assign(new pgp.SignaturePacket(), { publicKeyAlgorithm: key.algorithm, ...fields })
  const config = { ...pgp.config, nonDeterministicSignaturesViaNotation: false }
  const sign = packet.sign as unknown as (...args: readonly unknown[]) => Promise<void>
  await sign.call(packet, key, content, new Date(at), true, config)
  return packet
}

function armored(privateKey: pgp.PrivateKey, publicKey: pgp.PublicKey): GeneratedOpenPgpKey {
  return {
    privateKeyArmored: privateKey.armor(),
    publicKeyArmored: publicKey.armor(),
    fingerprint: publicKey.getFingerprint().toUpperCase(),
  }
}

/** 1024 bits, which no tool should make any more. */
export function weakRsaKey(): Promise<GeneratedOpenPgpKey> {
  return cached("weak", async () => {
    const { privateKey, publicKey } = await pgp.generateKey({
      userIDs: { name: "weak" },
      type: "rsa",
      rsaBits: 1024,
      date: new Date(BORN),
      format: "object",
      config: { minRSABits: 1024 },
    })
    return armored(privateKey, publicKey)
  })
}

export interface Sealing {
  readonly recipient: GeneratedOpenPgpKey
  readonly signer?: GeneratedOpenPgpKey
  readonly fileName?: string
  readonly config?: pgp.PartialConfig
}

/** An encrypted message with any settings, good or bad. */
export async function sealed(
  data: Uint8Array,
  { recipient, signer, fileName = "", config = {} }: Sealing,
): Promise<Uint8Array> {
  return pgp.encrypt({
    message: await pgp.createMessage({ binary: data, filename: fileName }),
    encryptionKeys: await pgp.readKey({ armoredKey: recipient.publicKeyArmored }),
    ...(signer && { signingKeys: await openKey(signer) }),
    format: "binary",
    date: new Date(NOW),
    config,
  })
}

/** Encrypts packets as they are: forged sequences, and signed content that a recipient passes on. */
export async function sealedPackets(
  packets: readonly pgp.AnyPacket[],
  recipient: GeneratedOpenPgpKey,
): Promise<Uint8Array> {
  const { config } = await openPgpLibrary()
  const list = new pgp.PacketList<pgp.AnyPacket>()
  list.push(...packets)
  const key = await pgp.readKey({ armoredKey: recipient.publicKeyArmored })
  const message = await new pgp.Message<Uint8Array>(list).encrypt(
    [key],
    undefined,
    undefined,
    false,
    [],
    new Date(NOW),
    [],
    config,
  )
  return message.write() as Uint8Array
}

/** The packets inside an encrypted message, as one of its recipients sees them. */
export async function unsealedPackets(
  message: Uint8Array,
  recipient: GeneratedOpenPgpKey,
): Promise<readonly pgp.AnyPacket[]> {
  const encrypted = await pgp.readMessage({ binaryMessage: message })
  const { packets } = await encrypted.decrypt([await openKey(recipient)])
  // what follows the literal packet has not been parsed yet
  const { stream } = packets as unknown as { readonly stream: unknown }
  return [...packets, ...(await (readToEnd as unknown as ReadPackets)(stream, parts => parts))]
}

type ReadPackets = (stream: unknown, join: (parts: pgp.AnyPacket[]) => pgp.AnyPacket[]) => Promise<pgp.AnyPacket[]>

function cached(name: string, make: () => Promise<GeneratedOpenPgpKey>): Promise<GeneratedOpenPgpKey> {
  const key = made.get(name) ?? make()
  made.set(name, key)
  return key
}
