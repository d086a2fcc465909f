import * as pgp from "openpgp"
import { describe, expect, it } from "vitest"
import { decryptAndVerify } from "../../src/artifact/openpgp.ts"
import { eccKey, NOW, sealed, trusted } from "../support/pgp.ts"
import { verdict } from "../support/published.ts"

const MAXIMUM = 1 << 20

describe("E06 compression bomb", () => {
  it.each(["zip", "zlib"] as const)("stops inflating %s at the limit, in bounded memory", async name => {
    const [alice, release] = await Promise.all([eccKey("alice"), eccKey("release")])
    const open = (message: Uint8Array) =>
      verdict(
        decryptAndVerify({
          message,
          identityKeyArmored: alice.privateKeyArmored,
          signers: [trusted(release)],
          maximumBytes: MAXIMUM,
          at: NOW,
          subject: "it",
        }),
      )
    const seal = (size: number) =>
      sealed(new Uint8Array(size), {
        recipient: alice,
        signer: release,
        config: { preferredCompressionAlgorithm: pgp.enums.compression[name] },
      })
    expect(await open(await seal(MAXIMUM))).toBe("accepted")

    const bomb = await seal(64 << 20)
    expect(bomb.length).toBeLessThan(MAXIMUM)
    const before = process.memoryUsage().rss
    expect(await open(bomb)).toBe("too-large")
    expect(process.memoryUsage().rss - before).toBeLessThan(32 << 20)
  })
})
