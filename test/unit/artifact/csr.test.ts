import { describe, expect, it } from "vitest"
import { buildRequest, readRequest } from "../../../src/artifact/csr.ts"
import { members, parseDer, sequence } from "../../../src/artifact/der.ts"
import { generateKeyPair } from "../../../src/artifact/keys.ts"
import { encodePem } from "../../../src/artifact/pem.ts"
import type { KeyAlgorithm } from "../../../src/domain/bundle.ts"

const owner = await generateKeyPair("P-256")
const thief = await generateKeyPair("P-256")
const request = buildRequest(owner, "checkout")
const raw = (index: number, der: Uint8Array) => members(parseDer(der))[index]?.raw ?? new Uint8Array()

describe("a certificate request", () => {
  it.each<KeyAlgorithm>(["P-256", "P-384", "RSA-2048"])("proves possession of its %s key", async algorithm => {
    const key = await generateKeyPair(algorithm)
    const { facts, publicKey } = readRequest(buildRequest(key, "checkout"))
    expect(facts).toMatchObject({ keyAlgorithm: algorithm, provesPossession: true })
    expect(Buffer.compare(publicKey, key.publicKey)).toBe(0)
  })

  it("is read from PEM too, under both of its labels", () => {
    for (const label of ["CERTIFICATE REQUEST", "NEW CERTIFICATE REQUEST"]) {
      expect(readRequest(Buffer.from(encodePem(label, request))).publicKey).toEqual(owner.publicKey)
    }
  })

  it("proves nothing when another key is put under the signature, or another signature under the key", () => {
    const [info, algorithm, signature] = [0, 1, 2].map(index => raw(index, request)) as [
      Uint8Array,
      Uint8Array,
      Uint8Array,
    ]
    const stolen = sequence(raw(0, info), raw(1, info), thief.publicKey, raw(3, info))
    const others = raw(2, buildRequest(thief, "checkout"))
    expect(readRequest(sequence(stolen, algorithm, signature)).facts.provesPossession).toBe(false)
    expect(readRequest(sequence(info, algorithm, others)).facts.provesPossession).toBe(false)
    expect(readRequest(sequence(info, sequence(raw(0, algorithm)), signature)).facts.provesPossession).toBe(true)
  })

  it("is refused with a private key beside it, whatever the order", () => {
    const pem = encodePem("CERTIFICATE REQUEST", request)
    const key = encodePem("PRIVATE KEY", owner.privateKey)
    for (const file of [pem + key, key + pem]) {
      expect(() => readRequest(Buffer.from(file))).toThrow(expect.objectContaining({ code: "key-unreadable" }))
    }
  })

  it.each([
    ["nothing", ""],
    ["text", "please"],
    ["two requests", encodePem("CERTIFICATE REQUEST", request).repeat(2)],
    ["a certificate's label", encodePem("CERTIFICATE", request)],
    ["other bytes", encodePem("CERTIFICATE REQUEST", owner.publicKey)],
  ])("is refused for %s", (_, file) => {
    expect(() => readRequest(Buffer.from(file))).toThrow(expect.objectContaining({ code: "key-unreadable" }))
  })
})
