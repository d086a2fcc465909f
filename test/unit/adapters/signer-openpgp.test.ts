import { describe, expect, it } from "vitest"
import { openPgpSigner } from "../../../src/adapters/signer-openpgp.ts"
import { decryptAndVerify, generateOpenPgpKey, verifyDetached } from "../../../src/artifact/openpgp.ts"
import { BORN, bytes, eccKey, NOW, trusted } from "../../support/pgp.ts"
import { refusalOf, verdict } from "../../support/published.ts"

const data = bytes("content")

describe("openPgpSigner", () => {
  it("signs as the key that it was given", async () => {
    const key = await eccKey("release")
    const signer = await openPgpSigner(key)
    expect(signer.fingerprint).toBe(key.fingerprint)
    const signatureArmored = await signer.sign(data, NOW)
    const keys = [trusted(key)]
    expect(await verifyDetached({ data, signatureArmored, keys, at: NOW, subject: "it" })).toEqual({
      fingerprint: key.fingerprint,
      createdAt: NOW,
    })
  })

  it("encrypts to every recipient, each of whom opens it alone", async () => {
    const [release, alice, bob] = await Promise.all([eccKey("release"), eccKey("alice"), eccKey("bob")])
    const recipients = [alice.publicKeyArmored, bob.publicKeyArmored]
    const message = await (await openPgpSigner(release)).signAndEncrypt(data, recipients, "a.zip", NOW)
    for (const { privateKeyArmored, fingerprint } of [alice, bob]) {
      const opened = await decryptAndVerify({
        message,
        identityKeyArmored: privateKeyArmored,
        signers: [trusted(release)],
        maximumBytes: 100,
        at: NOW,
        subject: "it",
      })
      expect(opened).toMatchObject({ data, fileName: "a.zip", reader: fingerprint })
    }
  })

  it("is opened by the passphrase, and says nothing of key or passphrase when it is not", async () => {
    const passphrase = "canary-passphrase"
    const key = await generateOpenPgpKey({ userId: "x", kind: "ecc", createdAt: BORN, passphrase })
    expect(await verdict(openPgpSigner({ ...key, passphrase }))).toBe("accepted")
    const wrong = await refusalOf(openPgpSigner({ ...key, passphrase: `${passphrase}-wrong` }))
    expect(wrong.code).toBe("key-wrong-passphrase")
    expect(wrong.cause).toBeUndefined()
    expect(`${wrong.message} ${wrong.hint} ${wrong.stack}`).not.toContain("canary")
  })

  it("refuses a public key, and recipients that are no public keys", async () => {
    const [release, alice] = await Promise.all([eccKey("release"), eccKey("alice")])
    expect(await verdict(openPgpSigner({ privateKeyArmored: release.publicKeyArmored }))).toBe("key-unreadable")
    const signer = await openPgpSigner(release)
    const seal = (recipient: string) => verdict(signer.signAndEncrypt(data, [recipient], "a", NOW))
    expect(await seal("hello")).toBe("key-unreadable")
    expect(await seal(alice.privateKeyArmored)).toBe("key-unreadable")
  })

  it("refuses a recipient that cannot be encrypted to any more, and to sign before its key was made", async () => {
    const release = await eccKey("release")
    const gone = await generateOpenPgpKey({ userId: "x", kind: "ecc", createdAt: BORN, expiresAt: NOW })
    const signer = await openPgpSigner(release)
    expect(await verdict(signer.signAndEncrypt(data, [gone.publicKeyArmored], "a", NOW))).toBe("key-unreadable")
    const early = await openPgpSigner(await generateOpenPgpKey({ userId: "x", kind: "ecc", createdAt: NOW }))
    expect(await verdict(early.sign(data, BORN))).toBe("key-unreadable")
  })

  it("never encrypts to nobody", async () => {
    const signer = await openPgpSigner(await eccKey("release"))
    await expect(signer.signAndEncrypt(data, [], "a", NOW)).rejects.toThrow("without a recipient")
  })
})
