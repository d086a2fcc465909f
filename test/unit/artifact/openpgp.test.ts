import { beforeAll, describe, expect, it } from "vitest"
import {
  decryptAndVerify,
  detachedSign,
  type GeneratedOpenPgpKey,
  generateOpenPgpKey,
  type VerifyRequest,
  verifyDetached,
} from "../../../src/artifact/openpgp.ts"
import { unlockPrivateKey } from "../../../src/artifact/openpgp-library.ts"
import { later } from "../../../src/domain/instant.ts"
import { BORN, bytes, DAY, eccKey, NOW, revoked, rsaKey, sealed, signed, trusted } from "../../support/pgp.ts"
import { refusalOf, verdict } from "../../support/published.ts"

const data = bytes("what is signed")
let release: GeneratedOpenPgpKey
let alice: GeneratedOpenPgpKey

beforeAll(async () => {
  release = await eccKey("release")
  alice = await eccKey("alice")
})

async function verify(change: Partial<VerifyRequest> = {}): Promise<unknown> {
  const signatureArmored = change.signatureArmored ?? (await signed(data, release))
  return verifyDetached({ data, keys: [trusted(release)], at: NOW, subject: "it", ...change, signatureArmored })
}

describe("a generated key", () => {
  it.each(["ecc", "rsa"] as const)("signs, and the signature names its primary key and its time (%s)", async kind => {
    const key = kind === "ecc" ? release : await rsaKey("release")
    const open = await unlockPrivateKey(key.privateKeyArmored, undefined, "the key")
    const signatureArmored = await detachedSign(open, data, NOW)
    expect(await verify({ signatureArmored, keys: [trusted(key)] })).toEqual({
      fingerprint: key.fingerprint,
      createdAt: NOW,
    })
    expect(key.fingerprint).toMatch(/^[0-9A-F]{40}$/)
  })

  it("is locked by its passphrase", async () => {
    const key = await generateOpenPgpKey({ userId: "a@example.com", kind: "ecc", createdAt: BORN, passphrase: "right" })
    const unlock = (passphrase?: string) => verdict(unlockPrivateKey(key.privateKeyArmored, passphrase, "the key"))
    expect(await unlock("right")).toBe("accepted")
    expect(await unlock("wrong")).toBe("key-wrong-passphrase")
    expect(await unlock()).toBe("key-wrong-passphrase")
  })
})

describe("verifyDetached", () => {
  it("refuses other data, no signature, and what is no signature", async () => {
    expect(await verdict(verify({ data: bytes("other") }))).toBe("signature-invalid")
    expect(await verdict(verify({ signatureArmored: " \n" }))).toBe("signature-missing")
    expect(await verdict(verify({ signatureArmored: "hello" }))).toBe("signature-invalid")
    expect(await verdict(verify({ signatureArmored: release.publicKeyArmored }))).toBe("signature-invalid")
  })

  it("finds the trusted signer among several keys and several signatures", async () => {
    const keys = [trusted(alice), trusted(release)]
    expect(await verify({ keys })).toMatchObject({ fingerprint: release.fingerprint })
  })

  it("believes a signature from a clock that is a little ahead, not one from tomorrow", async () => {
    const soon = await signed(data, release, { date: new Date(later(NOW, 60_000)) })
    const tomorrow = await signed(data, release, { date: new Date(later(NOW, DAY)) })
    expect(await verdict(verify({ signatureArmored: soon }))).toBe("accepted")
    expect(await verdict(verify({ signatureArmored: tomorrow }))).toBe("clock-behind")
  })

  it("judges the term that the policy gives a signer at the time of signing", async () => {
    const until = (validUntil: number) =>
      verdict(verify({ keys: [trusted(release, { validUntil: later(NOW, validUntil) })] }))
    expect(await until(1000)).toBe("accepted")
    expect(await until(0)).toBe("signer-expired")
    const from = (validFrom: number) =>
      verdict(verify({ keys: [trusted(release, { validFrom: later(NOW, validFrom) })] }))
    expect(await from(0)).toBe("accepted")
    expect(await from(1000)).toBe("signer-untrusted")
  })

  it("judges the term now, too, for what claims to be fresh", async () => {
    const keys = [trusted(release, { validUntil: later(NOW, DAY) })]
    const at = later(NOW, 2 * DAY)
    expect(await verdict(verify({ keys, at }))).toBe("accepted")
    expect(await verdict(verify({ keys, at, fresh: true }))).toBe("signer-expired")
  })

  it("says which key expired when, without a word of the data", async () => {
    const refusal = await refusalOf(verify({ keys: [trusted(release, { validUntil: BORN })] }))
    expect(refusal.message).toBe(
      `it is signed by ${release.fingerprint}, which was trusted until 2025-11-22T10:00:00Z, not at 2026-11-22T10:00:00Z`,
    )
  })

  it("refuses a trusted signer whose key file holds another key, or a private one", async () => {
    const swapped = { ...trusted(release), publicKeyArmored: alice.publicKeyArmored }
    expect(await verdict(verify({ keys: [swapped] }))).toBe("signer-untrusted")
    const leaked = { ...trusted(release), publicKeyArmored: release.privateKeyArmored }
    expect(await verdict(verify({ keys: [leaked] }))).toBe("key-unreadable")
  })

  it("keeps to what a key retired later has signed, and to nothing of one that was compromised", async () => {
    const later1 = later(NOW, DAY)
    const at = later(NOW, 2 * DAY)
    const check = async (reason: "retired" | "compromised" | "none") =>
      verdict(verify({ keys: [trusted(await revoked(release, reason, later1))], at }))
    expect(await check("retired")).toBe("accepted")
    expect(await check("compromised")).toBe("signer-revoked")
    expect(await check("none")).toBe("signer-revoked")
  })
})

describe("decryptAndVerify", () => {
  const open = (message: Uint8Array, key = alice, passphrase?: string) =>
    decryptAndVerify({
      message,
      identityKeyArmored: key.privateKeyArmored,
      ...(passphrase !== undefined && { passphrase }),
      signers: [trusted(release)],
      maximumBytes: 1000,
      at: NOW,
      subject: "payload.gpg",
    })

  it("gives the content, its name, who signed and who opened it", async () => {
    const message = await sealed(data, { recipient: alice, signer: release, fileName: "a.zip" })
    expect(await open(message)).toEqual({
      data,
      fileName: "a.zip",
      signature: { fingerprint: release.fingerprint, createdAt: NOW },
      reader: alice.fingerprint,
    })
  })

  it("finds the trusted signer behind others that are trusted too", async () => {
    const message = await sealed(data, { recipient: alice, signer: release })
    const signers = [trusted(await eccKey("bob")), trusted(release)]
    const identityKeyArmored = alice.privateKeyArmored
    const request = { message, identityKeyArmored, signers, maximumBytes: 1000, at: NOW, subject: "it" }
    expect(await decryptAndVerify(request)).toMatchObject({ signature: { fingerprint: release.fingerprint } })
  })

  it("opens with RSA keys and behind passphrases too", async () => {
    const rsa = await rsaKey("bob")
    expect(await verdict(open(await sealed(data, { recipient: rsa, signer: release }), rsa))).toBe("accepted")
    const locked = await generateOpenPgpKey({ userId: "x", kind: "ecc", createdAt: BORN, passphrase: "right" })
    const message = await sealed(data, { recipient: locked, signer: release })
    expect(await verdict(open(message, locked, "right"))).toBe("accepted")
    expect(await verdict(open(message, locked, "wrong"))).toBe("key-wrong-passphrase")
  })

  it("refuses to open for a stranger", async () => {
    const message = await sealed(data, { recipient: alice, signer: release })
    expect(await verdict(open(message, await eccKey("eve")))).toBe("not-a-recipient")
  })

  it("refuses content that is not signed, signed by a stranger, or not encrypted", async () => {
    expect(await verdict(open(await sealed(data, { recipient: alice })))).toBe("signature-missing")
    const byEve = await sealed(data, { recipient: alice, signer: await eccKey("eve") })
    expect(await verdict(open(byEve))).toBe("signer-untrusted")
    expect(await verdict(open(data))).toBe("payload-malformed")
  })

  it("refuses content over the limit", async () => {
    const message = await sealed(new Uint8Array(1001), { recipient: alice, signer: release })
    expect(await verdict(open(message))).toBe("too-large")
  })
})
