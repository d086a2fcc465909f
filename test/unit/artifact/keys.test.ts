import { createPrivateKey, createPublicKey, generateKeyPairSync } from "node:crypto"
import { describe, expect, it } from "vitest"
import { algorithmOf, generateKeyPair, readPrivateKey } from "../../../src/artifact/keys.ts"
import type { KeyAlgorithm } from "../../../src/domain/bundle.ts"

const ec = generateKeyPairSync("ec", { namedCurve: "prime256v1" })
const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 })
const spkiOf = (key: typeof ec.publicKey) => new Uint8Array(key.export({ type: "spki", format: "der" }))
const PASSPHRASE = "correct horse"

describe("a generated key", () => {
  it.each<KeyAlgorithm>(["P-256", "P-384", "RSA-2048"])(
    "of %s is what OpenSSL writes, byte for byte",
    async algorithm => {
      const { privateKey, publicKey } = await generateKeyPair(algorithm)
      const native = createPrivateKey({ key: Buffer.from(privateKey), format: "der", type: "pkcs8" })
      expect(Buffer.compare(native.export({ type: "pkcs8", format: "der" }), privateKey)).toBe(0)
      expect(Buffer.compare(createPublicKey(native).export({ type: "spki", format: "der" }), publicKey)).toBe(0)
      expect(algorithmOf(publicKey).algorithm).toBe(algorithm)
    },
  )

  it("is another one each time", async () => {
    const keys = await Promise.all(Array.from({ length: 20 }, () => generateKeyPair("P-256")))
    expect(new Set(keys.map(key => Buffer.from(key.publicKey).toString("hex"))).size).toBe(20)
  })
})

describe("a private key", () => {
  it.each([
    ["PKCS#8 PEM", ec.privateKey.export({ type: "pkcs8", format: "pem" })],
    ["PKCS#8 DER", ec.privateKey.export({ type: "pkcs8", format: "der" })],
    ["SEC1 PEM", ec.privateKey.export({ type: "sec1", format: "pem" })],
    ["SEC1 DER", ec.privateKey.export({ type: "sec1", format: "der" })],
    ["PEM as bytes", Buffer.from(ec.privateKey.export({ type: "pkcs8", format: "pem" }))],
    [
      "PEM behind EC PARAMETERS",
      `-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n${ec.privateKey.export({ type: "sec1", format: "pem" })}`,
    ],
  ])("is read from %s", (_, source) => {
    const key = readPrivateKey(source)
    expect(key.algorithm).toBe("P-256")
    expect(Buffer.compare(key.publicKey, spkiOf(ec.publicKey))).toBe(0)
  })

  it.each([
    ["PKCS#1 PEM", rsa.privateKey.export({ type: "pkcs1", format: "pem" })],
    ["PKCS#1 DER", rsa.privateKey.export({ type: "pkcs1", format: "der" })],
  ])("of RSA is read from %s and given as PKCS#8", (_, source) => {
    const key = readPrivateKey(source)
    expect(Buffer.compare(key.pkcs8, rsa.privateKey.export({ type: "pkcs8", format: "der" }))).toBe(0)
    expect(Buffer.compare(readPrivateKey(key.pkcs8).publicKey, spkiOf(rsa.publicKey))).toBe(0)
  })

  it.each<KeyAlgorithm>(["P-256", "P-384"])(
    "of %s in our own form is the key that OpenSSL reads in it",
    async algorithm => {
      const pair = await generateKeyPair(algorithm)
      const key = readPrivateKey(pair.privateKey)
      const native = createPrivateKey({ key: Buffer.from(pair.privateKey), format: "der", type: "pkcs8" })
      expect(key.key.equals(native)).toBe(true)
      expect(Buffer.compare(key.publicKey, pair.publicKey)).toBe(0)
      expect(Buffer.compare(key.pkcs8, pair.privateKey)).toBe(0)
    },
  )

  it("in our own form is refused when its point is not on the curve", async () => {
    const { privateKey } = await generateKeyPair("P-256")
    const bent = Uint8Array.from(privateKey)
    bent[bent.length - 1] = (bent.at(-1) ?? 0) ^ 1
    expect(() => readPrivateKey(bent)).toThrow(expect.objectContaining({ code: "key-unreadable" }))
  })

  const encrypted = { cipher: "aes-256-cbc", passphrase: PASSPHRASE } as const
  it.each([
    ["PKCS#8 PEM", ec.privateKey.export({ type: "pkcs8", format: "pem", ...encrypted })],
    ["PKCS#8 DER", ec.privateKey.export({ type: "pkcs8", format: "der", ...encrypted })],
    ["PKCS#1 PEM with RFC 1421 headers", rsa.privateKey.export({ type: "pkcs1", format: "pem", ...encrypted })],
  ])("is opened with its passphrase and with no other, from encrypted %s", (_, source) => {
    const wrong = expect.objectContaining({ code: "key-wrong-passphrase" })
    expect(readPrivateKey(source, PASSPHRASE).key.type).toBe("private")
    expect(() => readPrivateKey(source, "wrong")).toThrow(wrong)
    expect(() => readPrivateKey(source, "")).toThrow(wrong)
    expect(() => readPrivateKey(source)).toThrow(wrong)
  })

  it("is read though a passphrase is given that it does not need", () => {
    expect(readPrivateKey(ec.privateKey.export({ type: "pkcs8", format: "pem" }), PASSPHRASE).algorithm).toBe("P-256")
  })

  it.each([
    ["nothing", ""],
    ["text", "not a key"],
    ["a public key", ec.publicKey.export({ type: "spki", format: "pem" })],
    ["other DER", Uint8Array.of(0x30, 0x03, 0x02, 0x01, 0x01)],
    ["cut DER", ec.privateKey.export({ type: "pkcs8", format: "der" }).subarray(0, 60)],
    ["PEM of other bytes", "-----BEGIN PRIVATE KEY-----\nAAEC\n-----END PRIVATE KEY-----"],
  ])("is not read from %s", (_, source) => {
    expect(() => readPrivateKey(source)).toThrow(expect.objectContaining({ code: "key-unreadable" }))
  })
})

describe("a private key of another kind", () => {
  it.each([
    ["ec", { namedCurve: "secp521r1" }],
    ["ec", { namedCurve: "secp256k1" }],
    ["ec", { namedCurve: "brainpoolP256r1" }],
    ["rsa-pss", { modulusLength: 2048 }],
    ["ed25519", {}],
  ])("of %s %j is read, and is other", (type, options) => {
    const pair = generateKeyPairSync(type as "ec", options as { namedCurve: string })
    const key = readPrivateKey(pair.privateKey.export({ type: "pkcs8", format: "der" }))
    expect(key.algorithm).toBe("other")
    expect(Buffer.compare(key.publicKey, spkiOf(pair.publicKey))).toBe(0)
  })
})

describe("the kind of a public key", () => {
  const other = (type: "ec" | "rsa" | "rsa-pss", options: object) =>
    algorithmOf(spkiOf(generateKeyPairSync(type as "ec", options as { namedCurve: string }).publicKey))

  it("names those that we issue for", () => {
    expect(algorithmOf(spkiOf(ec.publicKey))).toEqual({ algorithm: "P-256", family: "ec", bits: 256 })
    expect(algorithmOf(spkiOf(rsa.publicKey))).toEqual({ algorithm: "RSA-2048", family: "rsa", bits: 2048 })
  })

  it("is other for weak, odd and unknown ones", () => {
    expect(other("rsa", { modulusLength: 1024 })).toEqual({ algorithm: "other", family: "rsa", bits: 1024 })
    expect(other("rsa", { modulusLength: 2048, publicExponent: 3 })).toEqual({
      algorithm: "other",
      family: "rsa",
      bits: 2048,
    })
    expect(other("rsa-pss", { modulusLength: 2048 })).toEqual({ algorithm: "other", family: "rsa", bits: 2048 })
    expect(other("ec", { namedCurve: "secp521r1" }).algorithm).toBe("other")
    expect(other("ec", { namedCurve: "secp256k1" })).toEqual({ algorithm: "other", family: "ec", bits: 256 })
    const { publicKey } = generateKeyPairSync("ed25519")
    expect(algorithmOf(spkiOf(publicKey))).toEqual({ algorithm: "other", family: "other", bits: 256 })
  })

  it("is unreadable for other bytes", () => {
    for (const bytes of [new Uint8Array(), Uint8Array.of(0x30, 0), Uint8Array.of(5, 0)]) {
      expect(() => algorithmOf(bytes)).toThrow(expect.objectContaining({ code: "key-unreadable" }))
    }
  })
})
