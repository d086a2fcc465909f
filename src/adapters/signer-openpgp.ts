import { detachedSign, signAndEncrypt } from "../artifact/openpgp.ts"
import { fingerprintOf, readPublicKey, unlockPrivateKey } from "../artifact/openpgp-library.ts"
import { remembering } from "../artifact/remembering.ts"
import type { Signer } from "../ports.ts"

export interface SignerKey {
  readonly privateKeyArmored: string
  readonly passphrase?: string
  /** For messages. */
  readonly subject?: string
}

/** More than most repositories have, and a few megabytes: parsing a key costs as much as encrypting to it. */
const REMEMBERED_RECIPIENTS = 512

/**
 * Signs with a key held in this process, unlocked once. Throws `key-unreadable` or `key-wrong-passphrase` here, and
 * `key-unreadable` while signing when the key, or a recipient's, is of no use at that instant.
 */
export async function openPgpSigner({
  privateKeyArmored,
  passphrase,
  subject = "the release signing key",
}: SignerKey): Promise<Signer> {
  const signingKey = await unlockPrivateKey(privateKeyArmored, passphrase, subject)
  const readRecipient = remembering(
    REMEMBERED_RECIPIENTS,
    (armored: string) => armored,
    armored => readPublicKey(armored, "the OpenPGP key of a recipient"),
  )
  return {
    fingerprint: fingerprintOf(signingKey),
    sign: (data, at) => detachedSign(signingKey, data, at),
    async signAndEncrypt(data, recipients, fileName, at) {
      const keys = await Promise.all(recipients.map(readRecipient))
      return signAndEncrypt({ data, fileName, signingKey, recipients: keys, at })
    },
  }
}
