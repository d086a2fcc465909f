import { createHash } from "node:crypto"
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs"
import { basename, dirname, join } from "node:path"
import { afterAll, describe, expect, it } from "vitest"
import { directoryReleases } from "../../src/adapters/releases-directory.ts"
import { memoryReleases } from "../../src/adapters/releases-memory.ts"
import {
  type Assets,
  CATALOG_INDEX,
  catalogShardPath,
  catalogSignaturePath,
  type Releases,
  revocationListPath,
  type SignedCatalog,
} from "../../src/ports.ts"
import { temporaryDirectory } from "../support/git.ts"
import {
  newRepository,
  openGithubReleases,
  removeAsset,
  replaceAsset,
  sharedGithub,
} from "../support/github-releases.ts"

/** Releases, and the files behind them to damage. */
interface Place {
  readonly releases: Releases
  remove(path: string): void
  put(path: string, text: string): void
}

const temporary = temporaryDirectory()
afterAll(() => temporary.remove())
let made = 0

function inMemory(): Place {
  const releases = memoryReleases()
  return {
    releases,
    remove: path => releases.files.delete(path),
    put: (path, text) => releases.files.set(path, bytes(text)),
  }
}

function inDirectory(): Place & { readonly root: string } {
  const root = join(temporary.path, `releases-${made++}`)
  return {
    root,
    releases: directoryReleases(root),
    remove: path => rmSync(join(root, path)),
    put(path, text) {
      rmSync(join(root, path), { force: true })
      mkdirSync(dirname(join(root, path)), { recursive: true })
      writeFileSync(join(root, path), text)
    },
  }
}

const github = await sharedGithub()
const repository = await newRepository(github)

function onGithub(immutableReleases: boolean): Place {
  repository.releases.splice(0)
  repository.burnedTags.clear()
  repository.immutableReleases = immutableReleases
  const releaseOf = (path: string) => {
    const [, cluster, bundle, version] = path.split("/")
    const found = repository.releases.find(({ tag }) => tag === `${cluster}/${bundle}/v${version}`)
    if (found === undefined) throw new Error(`no release for ${path}`)
    return found
  }
  return {
    releases: openGithubReleases(github, repository),
    remove: path => removeAsset(releaseOf(path), basename(path)),
    put: (path, text) => replaceAsset(releaseOf(path), basename(path), text),
  }
}

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)
const sha256 = (content: Uint8Array): string => createHash("sha256").update(content).digest("hex")

function assets(entries: Readonly<Record<string, string>>): Assets {
  const files = Object.entries(entries).map(([name, text]) => [name, bytes(text)] as const)
  const sums = files.map(([name, content]) => `${sha256(content)}  ${name}\n`).join("")
  return new Map([...files, ["SHA256SUMS", bytes(sums)]])
}

const RELEASE = assets({ "manifest.json": "{}", "secure-connect-b-c.zip.gpg": "payload" })
const FOLDER = "releases/c/b/1.0.0"

function catalog(version: number, issuedAt: string, ...shards: string[]): SignedCatalog {
  const bySha256 = new Map(shards.map(text => [sha256(bytes(text)), bytes(text)]))
  const entries = [...bySha256].map(([digest, content], at) => [`c${at}`, { size: content.length, sha256: digest }])
  const revocationLists = new Map(listsOf(version).map(list => [sha256(list), list]))
  const [complete, delta] = listsOf(version).map(list => ({ size: list.length, sha256: sha256(list) }))
  const lists = { ["e".repeat(64)]: { number: "01", complete, delta } }
  const index = bytes(
    JSON.stringify({ version, issuedAt, shards: Object.fromEntries(entries), revocationLists: lists }),
  )
  return { index, signature: bytes(`signature of ${sha256(index)}`), shards: bySha256, revocationLists }
}

const listsOf = (version: number) => ["complete", "delta"].map(part => bytes(`${part} list of ${version}`))

async function readsWhole(releases: Releases, published: SignedCatalog): Promise<void> {
  const { index, signature, shards, revocationLists } = published
  expect(await releases.readCatalogFile(CATALOG_INDEX, 1e6)).toEqual(index)
  expect(await releases.readCatalogFile(catalogSignaturePath(sha256(index)), 1e6)).toEqual(signature)
  for (const [digest, content] of shards)
    expect(await releases.readCatalogFile(catalogShardPath(digest), 1e6)).toEqual(content)
  for (const [digest, content] of revocationLists)
    expect(await releases.readCatalogFile(revocationListPath(digest), 1e6)).toEqual(content)
}

describe.each([
  { kind: "memory", fresh: inMemory },
  { kind: "a directory", fresh: inDirectory as () => Place },
  { kind: "a GitHub repository", fresh: () => onGithub(false) },
  { kind: "a GitHub repository whose releases are immutable", fresh: () => onGithub(true) },
])("releases in $kind", ({ fresh }) => {
  it("have nothing before the first", async () => {
    const { releases } = fresh()
    expect(await releases.find("c/b", "1.0.0")).toBeUndefined()
    expect(await releases.versions("c/b")).toEqual([])
    expect(await releases.readCatalogFile(CATALOG_INDEX, 1e6)).toBeUndefined()
    await expect(releases.readAsset("c/b", "1.0.0", "manifest.json", 9)).rejects.toMatchObject({
      code: "release-missing",
    })
  })

  it("give back what was published, with digests by name", async () => {
    const { releases } = fresh()
    expect(await releases.publish("c/b", "1.0.0", RELEASE)).toBe("published")
    expect(await releases.find("c/b", "1.0.0")).toEqual(
      [...RELEASE]
        .map(([name, content]) => ({ name, size: content.length, sha256: sha256(content) }))
        .sort((a, b) => (a.name < b.name ? -1 : 1)),
    )
    for (const [name, content] of RELEASE)
      expect(await releases.readAsset("c/b", "1.0.0", name, content.length)).toEqual(content)
  })

  it("list the versions of one bundle", async () => {
    const { releases } = fresh()
    await releases.publish("c/b", "1.0.0", RELEASE)
    await releases.publish("c/b", "1.10.0-rc.1", RELEASE)
    await releases.publish("c/b2", "9.0.0", RELEASE)
    expect([...(await releases.versions("c/b"))].sort()).toEqual(["1.0.0", "1.10.0-rc.1"])
  })

  it("do nothing for the same bytes again", async () => {
    const { releases } = fresh()
    await releases.publish("c/b", "1.0.0", RELEASE)
    expect(await releases.publish("c/b", "1.0.0", new Map([...RELEASE].reverse()))).toBe("already")
  })

  it.each([
    ["changed", assets({ "manifest.json": "{ }", "secure-connect-b-c.zip.gpg": "payload" })],
    ["missing", assets({ "manifest.json": "{}" })],
    ["added", new Map([...RELEASE, ["more", bytes("")]])],
  ])("never replace content: an asset is %s", async (_, other) => {
    const { releases } = fresh()
    await releases.publish("c/b", "1.0.0", RELEASE)
    const before = await releases.find("c/b", "1.0.0")
    await expect(releases.publish("c/b", "1.0.0", other)).rejects.toMatchObject({ code: "release-exists" })
    expect(await releases.find("c/b", "1.0.0")).toEqual(before)
  })

  it("let one of several publishers of different content win", async () => {
    const { releases } = fresh()
    const candidates = Array.from({ length: 8 }, (_, at) => assets({ "manifest.json": `${at}`, payload: `${at}` }))
    const outcomes = await Promise.allSettled(candidates.map(each => releases.publish("c/b", "1.0.0", each)))
    expect(outcomes.filter(({ status }) => status === "fulfilled")).toHaveLength(1)
    const winner = candidates[outcomes.findIndex(({ status }) => status === "fulfilled")]
    for (const [name, content] of winner ?? [])
      expect(await releases.readAsset("c/b", "1.0.0", name, 1e6)).toEqual(content)
    for (const outcome of outcomes)
      if (outcome.status === "rejected") expect(outcome.reason).toMatchObject({ code: "release-exists" })
  })

  it("agree when several publish the same content", async () => {
    const { releases } = fresh()
    const outcomes = await Promise.all(Array.from({ length: 8 }, () => releases.publish("c/b", "1.0.0", RELEASE)))
    expect(outcomes).toContain("published")
    expect(await releases.find("c/b", "1.0.0")).toHaveLength(3)
  })

  it.each([...RELEASE.keys()])("say when %s is missing, and take it back from the same build", async asset => {
    const { releases, remove } = fresh()
    await releases.publish("c/b", "1.0.0", RELEASE)
    remove(`${FOLDER}/${asset}`)
    await expect(releases.find("c/b", "1.0.0")).rejects.toMatchObject({ code: "release-incomplete" })
    expect(await releases.publish("c/b", "1.0.0", RELEASE)).toBe("published")
    expect(await releases.find("c/b", "1.0.0")).toHaveLength(3)
  })

  it("never mend a part of one build with another", async () => {
    const { releases, remove } = fresh()
    await releases.publish("c/b", "1.0.0", RELEASE)
    remove(`${FOLDER}/manifest.json`)
    const other = assets({ "manifest.json": "other", "secure-connect-b-c.zip.gpg": "other" })
    await expect(releases.publish("c/b", "1.0.0", other)).rejects.toMatchObject({ code: "release-exists" })
  })

  it("show by its digest that an asset was replaced behind their back", async () => {
    const { releases, put } = fresh()
    await releases.publish("c/b", "1.0.0", RELEASE)
    put(`${FOLDER}/manifest.json`, "{!}")
    const found = await releases.find("c/b", "1.0.0")
    expect(found?.find(({ name }) => name === "manifest.json")?.sha256).toBe(sha256(bytes("{!}")))
    await expect(releases.publish("c/b", "1.0.0", RELEASE)).rejects.toMatchObject({ code: "release-exists" })
  })

  it("read no more than asked for", async () => {
    const { releases } = fresh()
    await releases.publish("c/b", "1.0.0", RELEASE)
    await expect(releases.readAsset("c/b", "1.0.0", "manifest.json", 1)).rejects.toMatchObject({ code: "too-large" })
    const first = catalog(1, "2026-11-22T00:00:00Z", "shard")
    await releases.publishCatalog(first)
    await expect(releases.readCatalogFile(CATALOG_INDEX, first.index.length - 1)).rejects.toMatchObject({
      code: "too-large",
    })
  })

  it.each(["..", "1.0.0/../1.0.0", "", "1", "v1.0.0", "1.0.0+meta", "1.0.0-", "1.0.0\0"])(
    "have no version %j",
    async version => {
      const { releases } = fresh()
      await expect(releases.publish("c/b", version, RELEASE)).rejects.toMatchObject({ code: "release-missing" })
      await expect(releases.find("c/b", version)).rejects.toMatchObject({ code: "release-missing" })
      expect(() => releases.describe("c/b", version)).toThrow(/no version/)
    },
  )

  it.each(["../b", "c/..", "c/b/d", "C/b", "/b"] as const)("have no bundle %j", async bundle => {
    const { releases } = fresh()
    await expect(releases.publish(bundle as "c/b", "1.0.0", RELEASE)).rejects.toMatchObject({ code: "release-missing" })
    await expect(releases.versions(bundle as "c/b")).rejects.toMatchObject({ code: "release-missing" })
  })

  it.each(["..", ".hidden", "a/b", "a\\b", "", "a\nb"])("have no asset %j", async name => {
    const { releases } = fresh()
    await expect(releases.publish("c/b", "1.0.0", new Map([...RELEASE, [name, bytes("")]]))).rejects.toMatchObject({
      code: "release-missing",
    })
    await expect(releases.readAsset("c/b", "1.0.0", name, 9)).rejects.toMatchObject({ code: "release-missing" })
  })

  it.each([
    "catalog/../releases",
    "catalog/shards/../index.json",
    "index.json",
    "/etc/passwd",
    "catalog/shards/a.json",
  ])("have no catalog file %j", async path => {
    await expect(fresh().releases.readCatalogFile(path, 9)).rejects.toMatchObject({ code: "catalog-malformed" })
  })

  it("show a catalog with everything that it refers to", async () => {
    const { releases } = fresh()
    const first = catalog(1, "2026-11-22T00:00:00Z", "one", "two")
    await releases.publishCatalog(first)
    await readsWhole(releases, first)
    await releases.publishCatalog(first)
    await readsWhole(releases, first)
    expect(await releases.readCatalogFile("catalog/index.json.asc", 1e6)).toEqual(first.signature)
  })

  it("keep the files of the catalog before, for who reads it still, and not those before it", async () => {
    const { releases } = fresh()
    const [first, second, third] = [
      catalog(1, "2026-11-22T00:00:00Z", "one", "same"),
      catalog(2, "2026-11-22T00:00:00Z", "two", "same"),
      catalog(3, "2026-11-22T00:00:00Z", "three", "same"),
    ]
    for (const each of [first, second, third]) await releases.publishCatalog(each)
    await readsWhole(releases, third)
    expect(await releases.readCatalogFile(catalogShardPath(sha256(bytes("two"))), 1e6)).toEqual(bytes("two"))
    expect(await releases.readCatalogFile(catalogSignaturePath(sha256(second.index)), 1e6)).toEqual(second.signature)
    for (const [digest, content] of second.revocationLists)
      expect(await releases.readCatalogFile(revocationListPath(digest), 1e6)).toEqual(content)
    for (const digest of first.revocationLists.keys())
      expect(await releases.readCatalogFile(revocationListPath(digest), 1e6)).toBeUndefined()
    expect(await releases.readCatalogFile(catalogShardPath(sha256(bytes("one"))), 1e6)).toBeUndefined()
    expect(await releases.readCatalogFile(catalogSignaturePath(sha256(first.index)), 1e6)).toBeUndefined()
  })

  it("never go back to an older catalog", async () => {
    const { releases } = fresh()
    const published = catalog(2, "2026-11-22T06:00:00Z", "two")
    await releases.publishCatalog(published)
    const sameAge = catalog(2, "2026-11-22T06:00:00Z", "other")
    for (const older of [catalog(1, "2026-11-23T00:00:00Z", "one"), catalog(2, "2026-11-22T05:00:00Z", "two"), sameAge])
      await expect(releases.publishCatalog(older)).rejects.toMatchObject({ code: "catalog-rollback" })
    await readsWhole(releases, published)
    await releases.publishCatalog(catalog(2, "2026-11-22T07:00:00Z", "two"))
  })

  it("end with the newest catalog when several publish at once", async () => {
    const { releases } = fresh()
    const all = Array.from({ length: 6 }, (_, at) => catalog(at + 1, "2026-11-22T00:00:00Z", `shard ${at}`, "same"))
    await Promise.allSettled(all.map(each => releases.publishCatalog(each)))
    await readsWhole(releases, all.at(-1) as SignedCatalog)
  })

  it.each(["shards", "revocationLists"])("take none of the %s under a digest that is not its own", async part => {
    const wrong = { ...catalog(1, "2026-11-22T00:00:00Z"), [part]: new Map([["0".repeat(64), bytes("x")]]) }
    await expect(fresh().releases.publishCatalog(wrong)).rejects.toThrow(/has another digest/)
  })
})

describe("releases in a directory", () => {
  it("can be served: plain names, readable by everybody, one copy by digest", async () => {
    const { releases, root } = inDirectory()
    const umask = process.umask(0o077)
    await releases.publish("c/b", "1.0.0", RELEASE)
    await releases.publishCatalog(catalog(1, "2026-11-22T00:00:00Z", "one"))
    process.umask(umask)
    const payload = join(root, FOLDER, "secure-connect-b-c.zip.gpg")
    const digest = sha256(bytes("payload"))
    const object = join(root, "objects", "sha256", digest.slice(0, 2), digest)
    expect(statSync(object).ino).toBe(statSync(payload).ino)
    for (const file of [payload, join(root, CATALOG_INDEX)]) expect(statSync(file).mode & 0o777).toBe(0o644)
    for (const folder of ["releases", "releases/c", FOLDER, "objects/sha256", "catalog", "catalog/shards"])
      expect(statSync(join(root, folder)).mode & 0o777).toBe(0o755)
    expect(releases.describe("c/b", "1.0.0")).toBe(join(root, FOLDER))
  })

  it("hold nothing but what was published", async () => {
    const { releases, root } = inDirectory()
    await releases.publish("c/b", "1.0.0", RELEASE)
    await releases.publishCatalog(catalog(1, "2026-11-22T00:00:00Z", "one"))
    expect(readdirSync(root).sort()).toEqual([".staging", "catalog", "objects", "releases"])
    expect(readdirSync(join(root, ".staging"))).toEqual(["catalog.owners"])
    expect(readdirSync(join(root, ".staging", "catalog.owners"))).toEqual([])
  })

  it("put a whole object in the place of a damaged one", async () => {
    const { releases, root, put } = inDirectory()
    const digest = sha256(bytes("payload"))
    put(`objects/sha256/${digest.slice(0, 2)}/${digest}`, "pay")
    await releases.publish("c/b", "1.0.0", RELEASE)
    expect(readFileSync(join(root, `objects/sha256/${digest.slice(0, 2)}/${digest}`), "utf8")).toBe("payload")
    expect(await releases.readAsset("c/b", "1.0.0", "secure-connect-b-c.zip.gpg", 9)).toEqual(bytes("payload"))
  })

  it("ignore what others leave beside the assets", async () => {
    const { releases, put } = inDirectory()
    await releases.publish("c/b", "1.0.0", RELEASE)
    put(`${FOLDER}/.DS_Store`, "x")
    expect(await releases.find("c/b", "1.0.0")).toHaveLength(3)
    expect(await releases.publish("c/b", "1.0.0", RELEASE)).toBe("already")
  })

  it("are incomplete where a folder is empty", async () => {
    const { releases, root } = inDirectory()
    mkdirSync(join(root, FOLDER), { recursive: true })
    await expect(releases.find("c/b", "1.0.0")).rejects.toMatchObject({ code: "release-incomplete" })
    expect(await releases.publish("c/b", "1.0.0", RELEASE)).toBe("published")
  })

  it("follow no symbolic link to an asset", async () => {
    const { releases, root } = inDirectory()
    await releases.publish("c/b", "1.0.0", RELEASE)
    rmSync(join(root, FOLDER, "manifest.json"))
    symlinkSync("/etc/hostname", join(root, FOLDER, "manifest.json"))
    await expect(releases.readAsset("c/b", "1.0.0", "manifest.json", 1e6)).rejects.toMatchObject({ code: "io" })
    await expect(releases.find("c/b", "1.0.0")).rejects.toMatchObject({ code: "io" })
  })

  it("say io, with a hint, where a file stands in the way", async () => {
    const { root, releases } = inDirectory()
    writeFileSync(root, "a file")
    await expect(releases.publish("c/b", "1.0.0", RELEASE)).rejects.toMatchObject({
      code: "io",
      hint: expect.stringMatching(/./),
    })
  })
})

describe("releases in memory", () => {
  it("fail where they are told to, before they write", async () => {
    const failing = new Set(["releases/c/b/1.0.0", CATALOG_INDEX])
    const releases = memoryReleases({
      beforeWrite: path => {
        if (failing.has(path)) throw new Error(`no ${path}`)
      },
    })
    await expect(releases.publish("c/b", "1.0.0", RELEASE)).rejects.toThrow("no releases/c/b/1.0.0")
    expect(await releases.find("c/b", "1.0.0")).toBeUndefined()
    await expect(releases.publishCatalog(catalog(1, "2026-11-22T00:00:00Z", "one"))).rejects.toThrow("no catalog")
    expect(await releases.readCatalogFile(CATALOG_INDEX, 1e6)).toBeUndefined()
  })
})
