import * as pgp from "openpgp"
import { beforeAll, describe, expect, it } from "vitest"
import { type GeneratedOpenPgpKey, type TrustedKey, verifyDetached } from "../../src/artifact/openpgp.ts"
import { readOpenPgpKey } from "../../src/artifact/openpgp-facts.ts"
import {
  BORN,
  bytes,
  eccKey,
  NOW,
  openKey,
  rsaKey,
  signaturePacket,
  signed,
  trusted,
  weakRsaKey,
} from "../support/pgp.ts"
import { refusalOf, verdict } from "../support/published.ts"

const data = bytes("release")
let rsa: GeneratedOpenPgpKey

beforeAll(async () => {
  rsa = await rsaKey("release")
})

const verify = (signatureArmored: string, key: TrustedKey) =>
  verdict(verifyDetached({ data, signatureArmored, keys: [key], at: NOW, subject: "it" }))

describe("E04 weak hash, short key, short id", () => {
  it.each(["md5", "sha1", "ripemd"] as const)("refuses a signature over %s", async name => {
    const weak = await withHash(rsa, pgp.enums.hash[name])
    expect(await verify(weak, trusted(rsa))).toBe("signature-invalid")
  })

  it("believes one over SHA-256 that is made in the same way", async () => {
    expect(await verify(await withHash(rsa, pgp.enums.hash.sha256), trusted(rsa))).toBe("accepted")
  })

  it("refuses a signer with an RSA key of 1024 bits", async () => {
    const weak = await weakRsaKey()
    expect(await verify(await signed(data, weak), trusted(weak))).toBe("signer-untrusted")
  })

  it("refuses a key that is certified with SHA-1", async () => {
    const armored = await certifiedWith(rsa, pgp.enums.hash.sha1)
    expect(await readOpenPgpKey(bytes(armored), NOW)).toMatchObject({ ok: false })
    const signature = await signed(data, rsa)
    expect(await verify(signature, { ...trusted(rsa), publicKeyArmored: armored })).toBe("signer-untrusted")
    const sound = await certifiedWith(rsa, pgp.enums.hash.sha256)
    expect(await verify(signature, { ...trusted(rsa), publicKeyArmored: sound })).toBe("accepted")
  })

  it.each([16, 8, 39, 41])("refuses a trusted signer named by %i digits of its fingerprint", async digits => {
    const key = await eccKey("release")
    const fingerprint = key.fingerprint.padEnd(41, "0").slice(-digits)
    const signatureArmored = await signed(data, key)
    const keys = [{ ...trusted(key), fingerprint }]
    const refusal = await refusalOf(verifyDetached({ data, signatureArmored, keys, at: NOW, subject: "it" }))
    expect(refusal.code).toBe("signer-untrusted")
    expect(refusal.message).toContain("expected a fingerprint of 40 digits")
  })

  it("refuses a fingerprint in another spelling, so that it cannot be listed twice", async () => {
    const key = await eccKey("release")
    const signature = await signed(data, key)
    const spelt = (fingerprint: string) => verify(signature, { ...trusted(key), fingerprint })
    expect(await spelt(key.fingerprint.toLowerCase())).toBe("signer-untrusted")
    expect(await spelt(`0x${key.fingerprint}`)).toBe("signer-untrusted")
  })
})

/** The library does not sign with a broken hash when asked politely. */
async function withHash(key: GeneratedOpenPgpKey, hashAlgorithm: pgp.enums.hash): Promise<string> {
  const [literal] = (await pgp.createMessage({ binary: data })).packets
  const fields = { signatureType: pgp.enums.signature.binary, hashAlgorithm }
  const packets = new pgp.PacketList<pgp.SignaturePacket>()
  packets.push(await signaturePacket((await openKey(key)).keyPacket, fields, literal))
  return new pgp.Signature(packets).armor()
}

async function certifiedWith(key: GeneratedOpenPgpKey, hashAlgorithm: pgp.enums.hash): Promise<string> {
  const open = await openKey(key)
  const [user] = open.users
  if (user?.userID == null) throw new Error("a key has a user")
  const fields = {
    signatureType: pgp.enums.signature.certPositive,
    hashAlgorithm,
    keyFlags: Uint8Array.of(pgp.enums.keyFlags.certifyKeys | pgp.enums.keyFlags.signData),
  }
  user.selfCertifications = [
    await signaturePacket(open.keyPacket, fields, { key: open.keyPacket, userID: user.userID }, BORN),
  ]
  return open.toPublic().armor()
}
