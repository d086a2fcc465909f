import { createHash } from "node:crypto"
import { describe, expect, it } from "vitest"
import {
  isJks,
  openKeyEntry,
  protectKey,
  readJks,
  writeIdentityStore,
  writeTrustStore,
} from "../../../src/artifact/jks.ts"
import { makePki } from "../../support/pki.ts"

const pki = await makePki()
const client = await pki.client()
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex")
const count = (from: number, length: number) => Uint8Array.from({ length }, (_, index) => from + index)
const password = "FakePassword12345"
const identity = writeIdentityStore({
  privateKey: client.privateKey,
  chain: client.chain,
  alias: "client",
  password,
  createdAt: pki.now,
  salt: count(0, 20),
})
const wrong = expect.objectContaining({ code: "key-wrong-passphrase" })
const unreadable = expect.objectContaining({ code: "key-unreadable" })

/** A store of this content, in hex, whose digest is right. */
function sealed(content: string): Uint8Array {
  const bytes = Buffer.from(content, "hex")
  const secret = Buffer.from(password, "utf16le").swap16()
  const digest = createHash("sha1").update(secret).update("Mighty Aphrodite").update(bytes).digest()
  return new Uint8Array(Buffer.concat([bytes, digest]))
}

describe("a Java KeyStore", () => {
  it("without entries is the one that keytool accepts", () => {
    const empty = writeTrustStore({ certificates: [], password: "changeit", createdAt: pki.now })
    expect(hex(empty)).toBe("feedfeed0000000200000000e2686e45fb43dfa4d992dd41ceb6b21c6330d792")
  })

  it("protects a key as the JDK does", () => {
    expect(hex(protectKey(count(0, 32), "changeit", count(0x10, 20)))).toBe(
      "305a300e060a2b060104012a0211010105000448101112131415161718191a1b1c1d1e1f20212223afbf5d840fdb89d6c67beeb8c63a0a4f25c6bb197d7a7ed8a4daa07712f53d2cceb10bf1d4feb125b126764fdbbb062d13811b96",
    )
  })

  it("gives back key and chain under the one password", () => {
    const entries = readJks(identity, password)
    expect(entries).toEqual([
      { kind: "key", alias: "client", createdAt: pki.now, protectedKey: expect.anything(), chain: client.chain },
    ])
    const [entry] = entries
    if (entry?.kind !== "key") throw new Error("no key entry")
    expect(hex(openKeyEntry(entry, password))).toBe(hex(client.privateKey))
    expect(() => openKeyEntry(entry, "another")).toThrow(wrong)
  })

  it("numbers the certificates that it trusts", () => {
    const certificates = [pki.root.certificate, pki.issuer.certificate]
    expect(readJks(writeTrustStore({ certificates, password, createdAt: pki.now }), password)).toEqual([
      { kind: "certificate", alias: "remote", createdAt: pki.now, certificate: certificates[0] },
      { kind: "certificate", alias: "remote-2", createdAt: pki.now, certificate: certificates[1] },
    ])
  })

  it("is known by its first four bytes", () => {
    expect(isJks(identity)).toBe(true)
    expect(isJks(Uint8Array.of(0xfe, 0xed, 0xfe))).toBe(false)
    expect(isJks(Uint8Array.of(0x30, 0x82, 0x01, 0x02))).toBe(false)
  })

  it("is not opened by another password, nor after any change", () => {
    expect(() => readJks(identity, "another")).toThrow(wrong)
    for (const index of [8, 20, 200, identity.length - 1]) {
      const changed = Uint8Array.from(identity)
      changed[index] = (changed[index] ?? 0) ^ 1
      expect(() => readJks(changed, password)).toThrow(wrong)
    }
  })

  it.each([
    ["nothing", new Uint8Array()],
    ["a magic number alone", sealed("feedfeed")],
    ["PKCS#12", Uint8Array.of(0x30, 0x82, ...count(0, 60))],
    ["another version", sealed("feedfeed0000000300000000")],
    ["more entries than bytes", sealed("feedfeed00000002ffffffff")],
    ["an entry of unknown kind", sealed("feedfeed0000000200000001000000030001610000000000000000")],
    ["a length beyond its end", sealed("feedfeed00000002000000010000000200016100000000000000000005582e353039ffffffff")],
    [
      "another kind of certificate",
      sealed("feedfeed0000000200000001000000020001610000000000000000000550474650300000000100"),
    ],
    ["bytes behind its entries", sealed("feedfeed000000020000000000")],
  ])("is unreadable when it is %s", (_, bytes) => {
    expect(() => readJks(bytes, password)).toThrow(unreadable)
  })
})
