import { pbkdf2Sync } from "node:crypto"
import { describe, expect, it } from "vitest"
import { bmpPassword, derivePkcs12, keyDerivation, PURPOSE } from "../../../src/artifact/pkcs12-kdf.ts"

const salt = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8)
const pbkdf2 = { hash: "sha256", password: "first", salt, iterations: 3, length: 32 }
const pkcs12 = {
  hash: "sha256",
  password: bmpPassword("first"),
  salt,
  iterations: 3,
  purpose: PURPOSE.mac,
  length: 32,
} as const

describe("a key derivation", () => {
  it("gives what the functions give that it remembers", () => {
    const derivation = keyDerivation()
    for (const _ of ["derived", "remembered"]) {
      expect(Buffer.compare(derivation.pbkdf2(pbkdf2), pbkdf2Sync("first", salt, 3, 32, "sha256"))).toBe(0)
      expect(Buffer.compare(derivation.pkcs12(pkcs12), derivePkcs12(pkcs12))).toBe(0)
    }
  })

  it("derives again as soon as anything differs", () => {
    const spent: number[] = []
    const derivation = keyDerivation(iterations => spent.push(iterations))
    const one = Uint8Array.of(1)
    const others = [
      {},
      { hash: "sha1" },
      { password: "second" },
      { salt: one },
      { iterations: 4 },
      { length: 16 },
    ] as const
    const keys = [...others, ...others].map(other => derivation.pbkdf2({ ...pbkdf2, ...other }))
    expect(new Set(keys.map(key => Buffer.from(key).toString("hex"))).size).toBe(others.length)
    expect(spent).toEqual([3, 3, 3, 3, 4, 3])
    derivation.pkcs12(pkcs12)
    derivation.pkcs12({ ...pkcs12, purpose: PURPOSE.key })
    derivation.pkcs12(pkcs12)
    expect(spent).toHaveLength(8)
  })

  it("makes nothing that is not allowed", () => {
    const derivation = keyDerivation(() => {
      throw new RangeError("too many")
    })
    expect(() => derivation.pbkdf2(pbkdf2)).toThrow(RangeError)
    expect(() => derivation.pkcs12(pkcs12)).toThrow(RangeError)
  })
})
