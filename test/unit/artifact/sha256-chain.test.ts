import { createHash } from "node:crypto"
import { describe, expect, it } from "vitest"
import { bmpPassword, derivePkcs12, PURPOSE } from "../../../src/artifact/pkcs12-kdf.ts"
import { sha256Chain } from "../../../src/artifact/sha256-chain.ts"

describe("a chain of SHA-256", () => {
  it("is what OpenSSL computes, link by link", () => {
    let expected = createHash("sha256").update("seed").digest()
    const first = new Uint8Array(expected)
    for (let times = 0; times < 300; times++) {
      expect(Buffer.compare(sha256Chain(first, times), expected)).toBe(0)
      expected = createHash("sha256").update(expected).digest()
    }
  })

  it("leaves its input alone", () => {
    const digest = new Uint8Array(32).fill(0xff)
    sha256Chain(digest, 3)
    expect(digest).toEqual(new Uint8Array(32).fill(0xff))
  })
})

describe("the key derivation of PKCS#12", () => {
  const derive = (salt: string, purpose: 1 | 2 | 3, iterations: number, password: string, length: number) =>
    Buffer.from(
      derivePkcs12({
        hash: "sha1",
        password: bmpPassword(password),
        salt: Buffer.from(salt, "hex"),
        iterations,
        purpose,
        length,
      }),
    ).toString("hex")

  // The vectors that OpenSSL, BouncyCastle and GnuTLS share.
  it.each([
    ["0a58cf64530d823f", PURPOSE.key, 1, "smeg", "8aaae6297b6cb04642ab5b077851284eb7128f1a2a7fbca3"],
    ["0a58cf64530d823f", PURPOSE.iv, 1, "smeg", "79993dfe048d3b76"],
    ["3d83c0e4546ac140", PURPOSE.mac, 1, "smeg", "8d967d88f6caa9d714800ab3d48051d63f73a312"],
    ["05dec959acff72f7", PURPOSE.key, 1000, "queeg", "ed2034e36328830ff09df1e1a07dd357185dac0d4f9eb3d4"],
  ])("gives the known bytes for salt %s, purpose %i", (salt, purpose, iterations, password, expected) => {
    expect(derive(salt, purpose, iterations, password, expected.length / 2)).toBe(expected)
  })
})
