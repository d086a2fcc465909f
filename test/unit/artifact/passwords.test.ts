import { randomBytes } from "node:crypto"
import { describe, expect, it } from "vitest"
import { randomPassword, randomPasswords } from "../../../src/artifact/passwords.ts"
import { seededEntropy } from "../../support/entropy.ts"

describe("randomPassword", () => {
  it("is 17 letters and digits", () => {
    expect(randomPassword(length => randomBytes(length))).toMatch(/^[A-Za-z0-9]{17}$/)
  })

  it("uses every letter equally: bytes that would favour some are thrown away", () => {
    const counts = new Map<string, number>()
    for (let first = 0; first < 256; first++) {
      const letter = randomPassword(length => Uint8Array.from({ length }, (_, i) => (i === 0 ? first : 0))).charAt(0)
      if (first < 248) counts.set(letter, (counts.get(letter) ?? 0) + 1)
      else expect(letter).toBe("A")
    }
    expect(counts.size).toBe(62)
    expect(new Set(counts.values())).toEqual(new Set([4]))
  })

  it("ends, with an error, when the entropy is broken", () => {
    expect(() => randomPassword(length => new Uint8Array(length).fill(255))).toThrow(/no usable bytes/)
  })
})

describe("randomPasswords", () => {
  it("gives three different ones, the same for the same entropy", () => {
    const draw = () => randomPasswords(length => entropy.bytes(length))
    let entropy = seededEntropy("one")
    const passwords = draw()
    entropy = seededEntropy("one")
    expect(draw()).toEqual(passwords)
    expect(new Set(Object.values(passwords)).size).toBe(3)
  })

  it("refuses entropy that repeats itself", () => {
    expect(() => randomPasswords(length => new Uint8Array(length))).toThrow(/repeats itself/)
  })
})
