import type * as OpenPgp from "openpgp"
import { ScbError } from "../domain/errors.ts"

export type PublicKey = OpenPgp.PublicKey

/** The library with the settings that every call of it gets. */
export interface OpenPgpLibrary {
  readonly pgp: typeof OpenPgp
  readonly config: OpenPgp.Config
}

let loading: Promise<OpenPgpLibrary> | undefined

/** Loaded at the first key, because loading costs 100 ms and most commands see none. */
export function openPgpLibrary(): Promise<OpenPgpLibrary> {
  loading ??= import("openpgp").then(pgp => ({ pgp, config: pinned(pgp) }))
  return loading
}

/**
 * Output that GnuPG 2.2 reads and input that is worth believing. Most lines repeat the library's defaults: they are
 * what our promise rests on, so an upgrade must not move them.
 */
function pinned({ config, enums }: typeof OpenPgp): OpenPgp.Config {
  const brokenHashes = new Set([enums.hash.md5, enums.hash.sha1, enums.hash.ripemd])
  return {
    ...config,
    // written: RFC 4880 forms only
    aeadProtect: false,
    v6Keys: false,
    preferredHashAlgorithm: enums.hash.sha512,
    preferredSymmetricAlgorithm: enums.symmetric.aes256,
    preferredCompressionAlgorithm: enums.compression.uncompressed,
    s2kType: enums.s2k.iterated,
    s2kIterationCountByte: 224,
    nonDeterministicSignaturesViaNotation: true,
    showVersion: false,
    showComment: false,
    // read: unbroken algorithms, authenticated messages, one meaning
    minRSABits: 2047,
    rejectHashAlgorithms: brokenHashes,
    rejectMessageHashAlgorithms: brokenHashes,
    rejectPublicKeyAlgorithms: new Set([enums.publicKey.elgamal, enums.publicKey.dsa]),
    knownNotations: [],
    enforceGrammar: true,
    ignoreMalformedPackets: false,
    enableParsingV5Entities: false,
    allowMissingKeyFlags: false,
    allowUnauthenticatedMessages: false,
    allowUnauthenticatedStream: false,
    allowInsecureDecryptionWithSigningKeys: false,
    allowInsecureVerificationWithReformattedKeys: false,
    maxDecompressedMessageSize: 8 * 1024 * 1024,
  }
}

/** Upper-case hex, as {@link KeyReference} has it. */
export function fingerprintOf(key: OpenPgp.Key): string {
  return key.getFingerprint().toUpperCase()
}

/** Exactly one armored public key of version 4. Throws `key-unreadable`. */
export async function readPublicKey(armored: string, subject: string): Promise<OpenPgp.PublicKey> {
  const key = await readOneKey(armored, subject)
  if (key.isPrivate()) {
    throw new ScbError("key-unreadable", `${subject} is a private key: expected a public one`, {
      hint: "export it again with gpg --armor --export, and treat the private key as leaked if others could read it",
    })
  }
  return key
}

/**
 * An armored private key, open for use. Throws `key-unreadable` or `key-wrong-passphrase`; neither carries its cause,
 * because parsers like to quote what they could not read.
 */
export async function unlockPrivateKey(
  armored: string,
  passphrase: string | undefined,
  subject: string,
): Promise<OpenPgp.PrivateKey> {
  const key = await readOneKey(armored, subject)
  if (!key.isPrivate()) {
    throw new ScbError("key-unreadable", `${subject} is a public key: expected a private one`, {
      hint: "export it with gpg --armor --export-secret-keys",
    })
  }
  if (key.isDecrypted()) return key
  if (passphrase === undefined) {
    throw new ScbError("key-wrong-passphrase", `${subject} is locked: expected a passphrase, got none`)
  }
  const { pgp, config } = await openPgpLibrary()
  try {
    return await pgp.decryptKey({ privateKey: key, passphrase, config })
  } catch (cause) {
    throw isWrongPassphrase(cause)
      ? new ScbError("key-wrong-passphrase", `the passphrase does not open ${subject}`)
      : new ScbError("key-unreadable", `${subject} cannot be opened: it is damaged or protected in an unknown way`)
  }
}

/**
 * The keys of one armored block; undefined for anything else. Of a text with several blocks the library reads the
 * first and is silent about the others, which may be private keys: such a text is refused.
 */
export async function readKeyBlock(text: string): Promise<readonly OpenPgp.Key[] | undefined> {
  if (text.split("-----BEGIN PGP").length !== 2) return undefined
  const { pgp, config } = await openPgpLibrary()
  return pgp.readKeys({ armoredKeys: text, config }).catch(() => undefined)
}

async function readOneKey(armored: string, subject: string): Promise<OpenPgp.Key> {
  const keys = await readKeyBlock(armored)
  if (keys === undefined) throw new ScbError("key-unreadable", `${subject} is not one armored OpenPGP key`)
  const [key] = keys
  if (key === undefined || keys.length > 1) {
    throw new ScbError("key-unreadable", `${subject}: expected one OpenPGP key, got ${keys.length}`)
  }
  if (key.keyPacket.version !== 4) {
    throw new ScbError("key-unreadable", `${subject}: expected a version 4 key, got version ${key.keyPacket.version}`, {
      hint: "GnuPG 2.2 reads version 4 only",
    })
  }
  return key
}

function isWrongPassphrase(cause: unknown): boolean {
  return cause instanceof Error && /incorrect key passphrase/i.test(cause.message)
}
