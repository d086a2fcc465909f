import * as pgp from "openpgp"
import { describe, expect, it } from "vitest"
import { generateOpenPgpKey } from "../../../src/artifact/openpgp.ts"
import { readOpenPgpKey } from "../../../src/artifact/openpgp-facts.ts"
import { later } from "../../../src/domain/instant.ts"
import { BORN, bytes, DAY, eccKey, NOW, revoked, rsaKey, weakRsaKey } from "../../support/pgp.ts"

const facts = async (armored: string, at = NOW) => {
  const read = await readOpenPgpKey(bytes(armored), at)
  return read.ok ? read.value : read.problem
}

describe("readOpenPgpKey", () => {
  it("tells all that the rules ask about an Ed25519 key", async () => {
    const key = await eccKey("alice")
    expect(await facts(key.publicKeyArmored)).toEqual({
      fingerprint: key.fingerprint,
      userIds: ["alice <alice@example.com>"],
      isPrivate: false,
      createdAt: BORN,
      revoked: false,
      canEncrypt: true,
      canSign: true,
      algorithm: "eddsaLegacy",
    })
  })

  it("tells the bits of an RSA key, and that a weak one is of no use", async () => {
    expect(await facts((await rsaKey("bob")).publicKeyArmored)).toMatchObject({ rsaBits: 2048, canEncrypt: true })
    const weak = await facts((await weakRsaKey()).publicKeyArmored)
    expect(weak).toMatchObject({ rsaBits: 1024, canEncrypt: false, canSign: false })
  })

  it("flags a private key", async () => {
    expect(await facts((await eccKey("alice")).privateKeyArmored)).toMatchObject({ isPrivate: true })
  })

  it("tells the end of a key, and that it is of no use from then on", async () => {
    const expiresAt = later(NOW, DAY)
    const key = await generateOpenPgpKey({ userId: "x", kind: "ecc", createdAt: BORN, expiresAt })
    expect(await facts(key.publicKeyArmored)).toMatchObject({ expiresAt, canEncrypt: true, canSign: true })
    const after = await facts(key.publicKeyArmored, expiresAt)
    expect(after).toMatchObject({ expiresAt, canEncrypt: false, canSign: false })
  })

  it("tells that a key is revoked", async () => {
    const key = await revoked(await eccKey("alice"), "compromised", NOW)
    expect(await facts(key.publicKeyArmored)).toMatchObject({ revoked: true, canEncrypt: false })
  })

  it("tells what a file is not", async () => {
    const alice = await eccKey("alice")
    expect(await facts("hello")).toBe("is not one armored OpenPGP key")
    expect(await facts("")).toBe("is not one armored OpenPGP key")
    expect(await facts(alice.publicKeyArmored.slice(0, 300))).toBe("is not one armored OpenPGP key")
  })

  it("refuses a second key in the file, in front of which the first would stand", async () => {
    const [alice, bob] = await Promise.all([eccKey("alice"), eccKey("bob")])
    expect(await facts(alice.publicKeyArmored + bob.privateKeyArmored)).toBe("is not one armored OpenPGP key")
    const ring = new pgp.PacketList<pgp.AnyPacket>()
    for (const { publicKeyArmored } of [alice, bob]) {
      ring.push(...(await pgp.readKey({ armoredKey: publicKeyArmored })).toPacketList())
    }
    const both = pgp.armor(pgp.enums.armor.publicKey, ring.write())
    expect(await facts(both)).toBe("holds 2 OpenPGP keys, expected one")
  })
})
