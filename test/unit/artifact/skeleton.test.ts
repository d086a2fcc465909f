import { describe, expect, it } from "vitest"
import { assembleBundle, type BundleContents } from "../../../src/artifact/bundle.ts"
import { inputOfBundle } from "../../../src/artifact/bundle-input.ts"
import { completeBundle } from "../../../src/artifact/complete.ts"
import { skeletonOf } from "../../../src/artifact/skeleton.ts"
import { certificateFacts } from "../../../src/artifact/x509-read.ts"
import { readZip } from "../../../src/artifact/zip-read.ts"
import { writeZip } from "../../../src/artifact/zip-write.ts"
import { later } from "../../../src/domain/instant.ts"
import { IDENTITY, sampleBundle } from "../../support/bundle.ts"
import { seededEntropy } from "../../support/entropy.ts"
import { makePki } from "../../support/pki.ts"

/** A bundle, and what its renewal is made from: another key, serial, validity, number, date, and other passwords. */
async function renewed(keySource: "generated" | "csr" = "generated") {
  const { contents, client } = await sampleBundle({ keySource })
  const pki = await makePki()
  const issue = () => pki.client({ commonName: "checkout", identity: IDENTITY, algorithm: "P-256" })
  const [first, second] = [await issue(), await issue()]
  const of = (leaf: typeof first, more: Partial<BundleContents>): BundleContents => {
    const { serial, subject, notBefore, notAfter, sha256, spkiSha256 } = certificateFacts(leaf.certificate)
    const certificate = { ...contents.certificate, serial, subject, notBefore, notAfter, sha256, spkiSha256 }
    const key = keySource === "generated" ? { privateKey: leaf.privateKey } : {}
    return { ...contents, certificate, chain: leaf.chain, trust: [pki.root.certificate], ...key, ...more }
  }
  const entropy = seededEntropy("another")
  const renewal = { version: "1.0.1", createdAt: later(contents.createdAt, 60 * 86_400_000) }
  return {
    client,
    second,
    before: of(first, {}),
    after: of(second, { ...renewal, random: length => entropy.bytes(length) }),
  }
}

const skeleton = (contents: BundleContents) => skeletonOf(assembleBundle(contents).zip)

describe("the skeleton of a bundle", () => {
  it("is the same for a renewal: another key, serial, validity, number, date, and other passwords", async () => {
    const { before, after } = await renewed()
    expect(assembleBundle(before).zip).not.toEqual(assembleBundle(after).zip)
    expect(skeleton(after)).toEqual(skeleton(before))
  })

  it.each<[string, (contents: BundleContents) => BundleContents, readonly string[]]>([
    ["the keyspace", each => ({ ...each, keyspace: "other" }), ["config.json", "README.md", "metadata.json"]],
    ["the role", each => ({ ...each, role: "other" }), ["README.md", "metadata.json"]],
    [
      "the host",
      each => ({ ...each, cluster: { ...each.cluster, host: "b.example.com" } }),
      ["config.json", "cqlshrc"],
    ],
    ["a driver", each => ({ ...each, drivers: each.drivers.slice(1) }), ["README.md", "metadata.json"]],
    ["a root", each => ({ ...each, trust: [...each.trust, ...each.chain] }), ["ca.crt", "trustStore.jks"]],
    ["the chain", each => ({ ...each, chain: [...each.chain, ...each.trust] }), ["cert"]],
  ])("is another one for a change of %s, and shows where", async (_what, change, entries) => {
    const { before, after } = await renewed()
    const [was, is] = [skeleton(before), skeleton(change(after))]
    expect(is.sha256).not.toBe(was.sha256)
    const different = is.entries.filter(
      ({ name, sha256 }) => was.entries.find(each => each.name === name)?.sha256 !== sha256,
    )
    expect(different.map(({ name }) => name)).toEqual(expect.arrayContaining([...entries]))
  })

  it.each([
    ["subject", { commonName: "other" }],
    ["identity", { identity: `${IDENTITY}/other` }],
    ["key algorithm", { algorithm: "P-384" as const }],
  ])("is another one for a certificate with another %s", async (_what, other) => {
    const pki = await makePki()
    const { contents } = await sampleBundle()
    const certOf = async (own: object) => {
      const leaf = await pki.client({ commonName: "checkout", identity: IDENTITY, algorithm: "P-256", ...own })
      const { entries } = skeletonOf(assembleBundle({ ...contents, chain: leaf.chain }).zip)
      return entries.find(({ name }) => name === "cert")?.sha256
    }
    expect(await certOf({})).toBe(await certOf({}))
    expect(await certOf(other)).not.toBe(await certOf({}))
  })

  it("minds the order of the entries and their permissions", async () => {
    const { before } = await renewed()
    const { zip } = assembleBundle(before)
    const entries = readZip(zip).entries.map(({ name, data = new Uint8Array() }) => ({ name, data, mode: 0o644 }))
    const sha256 = (each: typeof entries) => skeletonOf(writeZip(each, before.createdAt)).sha256
    expect(sha256(entries)).not.toBe(skeletonOf(zip).sha256)
    expect(sha256(entries.toReversed())).not.toBe(sha256(entries))
  })

  it("is the same before and after the owner of the key has completed it", async () => {
    const { second, after } = await renewed("csr")
    const { zip } = assembleBundle(after)
    expect(skeletonOf(completeBundle(zip, second.keyPem, undefined))).toEqual(skeletonOf(zip))
  })

  it("is refused for what is no bundle", () => {
    expect(() => skeletonOf(new Uint8Array(10))).toThrow(expect.objectContaining({ code: "bundle-invalid" }))
  })
})

describe("what a bundle was made from", () => {
  it("is read back from the ZIP, but for its readers and its lifetime", async () => {
    const { before } = await renewed()
    const { cluster, bundle } = inputOfBundle(assembleBundle(before).zip)
    expect(cluster).toMatchObject({ ...before.cluster, trust: [expect.any(String)] })
    expect(bundle).toMatchObject({ identity: IDENTITY, role: before.role, drivers: before.drivers, recipients: [] })
  })

  it("cannot be told of a ZIP without our metadata", async () => {
    const { zip } = assembleBundle((await renewed()).before)
    const other = withEntry(zip, "metadata.json", new TextEncoder().encode("{}"))
    expect(() => inputOfBundle(other)).toThrow(expect.objectContaining({ code: "bundle-invalid" }))
    const broken = withEntry(zip, "metadata.json", new TextEncoder().encode("{"))
    expect(() => inputOfBundle(broken)).toThrow(expect.objectContaining({ code: "bundle-invalid" }))
  })
})

function withEntry(zip: Uint8Array, entry: string, replacement: Uint8Array): Uint8Array {
  const entries = readZip(zip).entries.map(({ name, data = new Uint8Array(), mode, modifiedAt }) => ({
    name,
    data: name === entry ? replacement : data,
    mode: mode & 0o777,
    modifiedAt,
  }))
  const [first] = entries
  if (first === undefined) throw new Error("an empty ZIP")
  return writeZip(entries, first.modifiedAt)
}
