import { describe, expect, it } from "vitest"
import { nodeEntropy } from "../../../src/adapters/entropy-node.ts"
import { algorithmOf } from "../../../src/artifact/keys.ts"
import { seededEntropy } from "../../support/entropy.ts"

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex")

describe("entropy of the operating system", () => {
  it("gives as many bytes as asked for, and others each time", () => {
    const { bytes } = nodeEntropy()
    expect(bytes(33)).toHaveLength(33)
    expect(hex(bytes(16))).not.toBe(hex(bytes(16)))
  })

  it("makes keys of the algorithm asked for", async () => {
    expect(algorithmOf((await nodeEntropy().keyPair("P-384")).publicKey).algorithm).toBe("P-384")
  })
})

describe("seeded entropy", () => {
  it("repeats, whatever the portions", () => {
    const [one, two] = [seededEntropy("a"), seededEntropy("a")]
    expect(hex(one.bytes(7)) + hex(one.bytes(40))).toBe(hex(two.bytes(47)))
    expect(hex(seededEntropy("b").bytes(47))).not.toBe(hex(seededEntropy("a").bytes(47)))
  })

  it("hands out the keys that it was given, in turn", async () => {
    const keys = [await nodeEntropy().keyPair("P-256"), await nodeEntropy().keyPair("P-256")]
    const entropy = seededEntropy("a", { "P-256": keys })
    expect([await entropy.keyPair("P-256"), await entropy.keyPair("P-256"), await entropy.keyPair("P-256")]).toEqual([
      keys[0],
      keys[1],
      keys[0],
    ])
  })
})
