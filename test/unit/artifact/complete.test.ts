import { createPrivateKey } from "node:crypto"
import { describe, expect, it } from "vitest"
import { assembleBundle } from "../../../src/artifact/bundle.ts"
import { completeBundle } from "../../../src/artifact/complete.ts"
import { PRIVATE_ENTRIES } from "../../../src/artifact/layout.ts"
import { readZip } from "../../../src/artifact/zip-read.ts"
import { writeZip } from "../../../src/artifact/zip-write.ts"
import { sampleBundle } from "../../support/bundle.ts"
import { NOW, text } from "../../support/zip.ts"

const { contents, client } = await sampleBundle({ keySource: "csr" })
const published = assembleBundle(contents).zip
const stranger = (await sampleBundle()).client

const complete = (zip: Uint8Array, key = client.keyPem, passphrase?: string) => completeBundle(zip, key, passphrase)

const read = (zip: Uint8Array) => new Map(readZip(zip).entries.map(entry => [entry.name, entry]))

/** A good bundle, without or with some entries. */
const rebuild = (zip: Uint8Array, change: ReadonlyMap<string, Uint8Array | undefined>): Uint8Array => {
  const kept = [...read(zip).values()].flatMap(({ name, data }) => {
    const next = change.has(name) ? change.get(name) : data
    return next === undefined ? [] : [{ name, data: next, mode: 0o600 }]
  })
  return writeZip(kept, NOW)
}

describe("completeBundle", () => {
  it("gives what we would have published with the key, but for random bytes", () => {
    const whole = assembleBundle({ ...contents, privateKey: client.privateKey })
    const completed = read(complete(published))
    expect([...completed.keys()]).toEqual(whole.files.map(file => file.name))
    expect(Buffer.from(completed.get("key")?.data ?? []).toString()).toBe(client.keyPem)
  })

  it("leaves everything else as it is, dates and permissions too", () => {
    const before = read(published)
    const after = read(complete(published))
    for (const [name, { data, mode, modifiedAt }] of before)
      expect(after.get(name)).toMatchObject({ data, mode, modifiedAt })
    expect([...after.keys()].filter(name => !before.has(name))).toEqual([...PRIVATE_ENTRIES])
  })

  it("changes nothing the second time", () => {
    const once = complete(published)
    expect(Buffer.compare(complete(once), once)).toBe(0)
  })

  it("gives the same bytes for the same bundle and key, and other salts for another bundle", () => {
    expect(Buffer.compare(complete(published), complete(published))).toBe(0)
    const another = rebuild(published, new Map([["cqlshrc", text("[connection]\n")]]))
    const store = (zip: Uint8Array) => Buffer.from(read(complete(zip)).get("identity.jks")?.data ?? [])
    expect(store(another)).not.toEqual(store(published))
  })

  it("takes an encrypted key with its passphrase", () => {
    const passphrase = "test-only passphrase"
    const pem = createPrivateKey(client.keyPem).export({
      type: "pkcs8",
      format: "pem",
      cipher: "aes-256-cbc",
      passphrase,
    })
    expect(Buffer.compare(complete(published, String(pem), passphrase), complete(published))).toBe(0)
    expect(() => complete(published, String(pem), "wrong")).toThrow(
      expect.objectContaining({ code: "key-wrong-passphrase" }),
    )
    expect(() => complete(published, String(pem))).toThrow(expect.objectContaining({ code: "key-wrong-passphrase" }))
  })

  it("refuses the key of another certificate, complete or not", () => {
    const mismatch = expect.objectContaining({ code: "key-mismatch" })
    expect(() => complete(published, stranger.keyPem)).toThrow(mismatch)
    expect(() => complete(complete(published), stranger.keyPem)).toThrow(mismatch)
  })

  it("refuses a complete bundle whose own key belongs to another certificate", () => {
    const mixed = rebuild(complete(published), new Map([["key", text(stranger.keyPem)]]))
    expect(() => complete(mixed)).toThrow(expect.objectContaining({ code: "key-mismatch" }))
  })

  it.each([
    ["text", text("hello")],
    ["half a bundle", published.subarray(0, published.length / 2)],
    ["a bundle without config.json", rebuild(published, new Map([["config.json", undefined]]))],
    ["a bundle without cert", rebuild(published, new Map([["cert", undefined]]))],
    ["a bundle whose config.json has no passwords", rebuild(published, new Map([["config.json", text("{}")]]))],
    ["a bundle with one of the private entries", rebuild(complete(published), new Map([["key", undefined]]))],
  ])("refuses %s", (_, zip) => {
    expect(() => complete(zip)).toThrow(expect.objectContaining({ code: "bundle-invalid" }))
  })

  it("refuses what is no key", () => {
    expect(() => complete(published, "hello")).toThrow(expect.objectContaining({ code: "key-unreadable" }))
  })
})
