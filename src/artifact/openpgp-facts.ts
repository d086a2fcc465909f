import type { Key } from "openpgp"
import type { Instant } from "../domain/instant.ts"
import { instantFromMillis } from "../domain/instant.ts"
import type { FileFacts, OpenPgpKeyFacts } from "../domain/repository.ts"
import { fingerprintOf, openPgpLibrary, readKeyBlock } from "./openpgp-library.ts"

/**
 * What an armored key file holds, judged at `at`. Never throws. A private key is told of by `isPrivate`: whoever reads
 * this must object, it is in the repository for all to see.
 */
export async function readOpenPgpKey(bytes: Uint8Array, at: Instant): Promise<FileFacts<OpenPgpKeyFacts>> {
  const keys = await readKeyBlock(new TextDecoder().decode(bytes))
  if (keys === undefined) return problem("is not one armored OpenPGP key")
  const [key] = keys
  if (key === undefined || keys.length > 1) return problem(`holds ${keys.length} OpenPGP keys, expected one`)
  if (key.keyPacket.version !== 4) {
    return problem(`holds an OpenPGP key of version ${key.keyPacket.version}, expected 4, which GnuPG 2.2 can read`)
  }
  return keyFacts(key, at)
}

async function keyFacts(key: Key, at: Instant): Promise<FileFacts<OpenPgpKeyFacts>> {
  const { config } = await openPgpLibrary()
  const date = new Date(at)
  const end = await key.getExpirationTime(undefined, config)
  if (end === null) {
    return problem("has no self-signature that counts: user ID revoked, damaged, or certified with SHA-1 or MD5")
  }
  const { algorithm, bits } = key.getAlgorithmInfo()
  return {
    ok: true,
    value: {
      fingerprint: fingerprintOf(key),
      userIds: key.getUserIDs(),
      isPrivate: key.isPrivate(),
      createdAt: instantFromMillis(key.getCreationTime().getTime()),
      ...(end instanceof Date && { expiresAt: instantFromMillis(end.getTime()) }),
      revoked: await key.isRevoked(undefined, undefined, date, config),
      canEncrypt: await succeeds(key.getEncryptionKey(undefined, date, undefined, config)),
      canSign: await succeeds(key.getSigningKey(undefined, date, undefined, config)),
      algorithm,
      ...(bits !== undefined && algorithm.startsWith("rsa") && { rsaBits: bits }),
    },
  }
}

function succeeds(promise: Promise<unknown>): Promise<boolean> {
  return promise.then(
    () => true,
    () => false,
  )
}

function problem(text: string): { readonly ok: false; readonly problem: string } {
  return { ok: false, problem: text }
}
