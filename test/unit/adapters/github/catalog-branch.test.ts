import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { gitRemoteCatalog } from "../../../../src/adapters/git-remote-catalog.ts"
import { branchOfCatalog } from "../../../../src/adapters/github/catalog-branch.ts"
import { type Instant, parseInstant } from "../../../../src/domain/instant.ts"
import {
  CATALOG_INDEX,
  catalogShardPath,
  catalogSignaturePath,
  type SignedCatalog,
  wavePlacesPath,
} from "../../../../src/ports.ts"
import { git, temporaryDirectory } from "../../../support/git.ts"
import { sha256 } from "../../../support/github-releases.ts"

const temporary = temporaryDirectory()
const there = join(temporary.path, "there.git")
beforeAll(() => {
  git(temporary.path, "init", "--quiet", "--bare", there)
  for (const name of ["one", "two"]) git(temporary.path, "init", "--quiet", join(temporary.path, name))
})
afterAll(() => temporary.remove())

const NOW = parseInstant("2026-11-22T10:00:00Z") as Instant
const open = (clone: string) =>
  branchOfCatalog(
    gitRemoteCatalog({
      directory: join(temporary.path, clone),
      url: there,
      branch: "catalog",
      author: { name: "scb", email: "scb@localhost" },
      now: () => NOW,
    }),
  )

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)
const text = (content: Uint8Array | undefined): string => new TextDecoder().decode(content)
function catalog(version: number, shard: string): SignedCatalog {
  const shards = { c: { size: shard.length, sha256: sha256(bytes(shard)) } }
  const index = bytes(JSON.stringify({ version, issuedAt: "2026-11-22T00:00:00Z", shards, revocationLists: {} }))
  const files = new Map([[sha256(bytes(shard)), bytes(shard)]])
  return { index, signature: bytes(`signature ${version}`), shards: files, revocationLists: new Map() }
}
const nothing = async () => new Map<string, Uint8Array>()
const places = (places: string) => async () => new Map([[wavePlacesPath("c"), bytes(places)]])

describe("the branch of a catalog", () => {
  it("gets one commit a catalog, with what lies beside it, and keeps the files of the one before", async () => {
    const writer = open("one")
    expect(await writer.readCatalogFile(CATALOG_INDEX, 1e6)).toBeUndefined()
    const all = [catalog(1, "first"), catalog(2, "second"), catalog(3, "third")]
    for (const [at, each] of all.entries()) await writer.publishCatalog(each, places(`places ${at}`))
    expect(git(there, "rev-list", "--count", "catalog")).toBe("3")

    const reader = open("two")
    const [, second, third] = all as [SignedCatalog, SignedCatalog, SignedCatalog]
    expect(text(await reader.readCatalogFile(CATALOG_INDEX, 1e6))).toBe(text(third.index))
    expect(text(await reader.readCatalogFile(catalogSignaturePath(sha256(third.index)), 1e6))).toBe("signature 3")
    expect(text(await reader.readCatalogFile(`${CATALOG_INDEX}.asc`, 1e6))).toBe("signature 3")
    expect(text(await reader.readCatalogFile(wavePlacesPath("c"), 1e6))).toBe("places 2")
    const shard = async (content: string) => reader.readCatalogFile(catalogShardPath(sha256(bytes(content))), 1e6)
    expect([text(await shard("third")), text(await shard("second")), await shard("first")]).toEqual([
      "third",
      "second",
      undefined,
    ])
    expect(await reader.readCatalogFile(catalogSignaturePath(sha256(second.index)), 1e6)).toBeDefined()
    await expect(reader.readCatalogFile(CATALOG_INDEX, 3)).rejects.toMatchObject({ code: "too-large" })
    await expect(reader.readCatalogFile("catalog/../x", 3)).rejects.toMatchObject({ code: "catalog-malformed" })
  })

  it("shows its readers one catalog, until they ask for the index again", async () => {
    const [reader, writer] = [open("two"), open("one")]
    const old = await reader.readCatalogFile(CATALOG_INDEX, 1e6)
    await writer.publishCatalog(catalog(4, "fourth"), places("places 4"))
    expect(text(await reader.readCatalogFile(wavePlacesPath("c"), 1e6))).toBe("places 2")
    expect(await reader.readCatalogFile(CATALOG_INDEX, 1e6)).not.toEqual(old)
    expect(text(await reader.readCatalogFile(wavePlacesPath("c"), 1e6))).toBe("places 4")
  })

  it("never goes back, and what lies beside it stays", async () => {
    await expect(open("two").publishCatalog(catalog(2, "old"), places("old"))).rejects.toMatchObject({
      code: "catalog-rollback",
    })
    await open("two").publishCatalog(catalog(5, "fifth"), nothing)
    const reader = open("one")
    expect(JSON.parse(text(await reader.readCatalogFile(CATALOG_INDEX, 1e6))).version).toBe(5)
    expect(text(await reader.readCatalogFile(wavePlacesPath("c"), 1e6))).toBe("places 4")
  })

  it("asks again what is to lie beside it when another was faster", async () => {
    const seen: string[] = []
    const reading = async (read: (path: string, maximumBytes: number) => Promise<Uint8Array | undefined>) => {
      seen.push(text(await read(wavePlacesPath("c"), 1e6)))
      if (seen.length === 1) await open("two").publishCatalog(catalog(6, "sixth"), places("places 6"))
      return new Map([[wavePlacesPath("c"), bytes(`${seen.at(-1)} and more`)]])
    }
    await open("one").publishCatalog(catalog(7, "seventh"), reading)
    expect(seen).toEqual(["places 4", "places 6"])
    expect(text(await open("two").readCatalogFile(wavePlacesPath("c"), 1e6))).toBe("places 6 and more")
  })
})
