import { beforeEach, describe, expect, it } from "vitest"
import { boundedGet } from "../../../../src/adapters/bounded-get.ts"
import { githubPublished } from "../../../../src/adapters/published-github.ts"
import type { WaveLimits } from "../../../../src/domain/forge/waves.ts"
import type { NewRelease } from "../../../../src/ports.ts"
import {
  emptyCatalog,
  endState,
  fetchFrom,
  type MemoryBranch,
  memoryBranch,
  newRepository,
  newVersion,
  newVersions,
  openGithubReleases,
  publishedIn,
  sha256,
  sharedGithub,
} from "../../../support/github-releases.ts"

let branch: MemoryBranch
const github = await sharedGithub()
const repository = await newRepository(github)
beforeEach(() => {
  repository.releases.splice(0)
  branch = memoryBranch()
})

const SMALL: WaveLimits = { shardBytes: 2_000, files: 100, assets: 40 }
const VERSIONS = newVersions(9, 2)
const open = (waveLimits = SMALL) => openGithubReleases(github, repository, { layout: "wave", branch, waveLimits })
const outcomesOf = async (versions: readonly NewRelease[]) =>
  (await open().publishAll(versions)).map(({ outcome }) => outcome)

const text = (bytes: Uint8Array | undefined): string => new TextDecoder().decode(bytes)

describe("versions in a wave", () => {
  it("are one release: shards named by their content, an index a cluster", async () => {
    expect(await outcomesOf(VERSIONS)).toEqual(Array(9).fill("published"))
    const [wave] = publishedIn(repository)
    expect(repository.releases).toHaveLength(1)
    expect(wave?.name).toBe("9 versions of 2 clusters")
    const names = wave?.assets.map(({ name }) => name) ?? []
    expect(names.filter(name => name.startsWith("index-")).sort()).toEqual([
      "index-cluster-0.json",
      "index-cluster-1.json",
    ])
    for (const { name, sha256 } of wave?.assets ?? []) if (name.endsWith(".zip")) expect(name).toBe(`${sha256}.zip`)
  })

  it("are found and read before the catalog says where they are, and after", async () => {
    await open().publishAll(VERSIONS)
    for (const _ of ["before", "after"]) {
      const reader = open()
      for (const { bundle, version, files, read } of VERSIONS) {
        expect(await reader.versions(bundle)).toEqual([version])
        expect(await reader.find(bundle, version)).toEqual([...files].sort((a, b) => (a.name < b.name ? -1 : 1)))
        for (const [name, bytes] of await read())
          expect(await reader.readAsset(bundle, version, name, 1e6)).toEqual(bytes)
      }
      await open().publishCatalog(emptyCatalog(1))
    }
  })

  it("are read a version at a time, or the shard at once by who reads many", async () => {
    await open({ shardBytes: 1 << 20, files: 100, assets: 10 }).publishAll(VERSIONS)
    const reader = open()
    const [first, ...rest] = VERSIONS.toSorted((a, b) => (a.bundle < b.bundle ? -1 : 1))
    const read = async ({ bundle, version, files }: NewRelease) => {
      for (const { name } of files) await reader.readAsset(bundle, version, name, 1e6)
    }
    const downloads = () => github.requests.filter(({ operation }) => operation === "asset-bytes").length
    if (first === undefined) throw new Error("no versions")
    await read(first)
    const once = downloads()
    await read(first)
    expect(downloads()).toBe(once)
    for (const version of rest) await read(version)
    expect(downloads() - once).toBe(2) // the index of the other cluster, and the shard
  })

  it("bound what is read", async () => {
    await open().publishAll(VERSIONS)
    const [{ bundle, version }] = VERSIONS as readonly [NewRelease]
    await expect(open().readAsset(bundle, version, "manifest.json", 1)).rejects.toMatchObject({ code: "too-large" })
    await expect(open().readAsset(bundle, version, "nothing.txt", 9)).rejects.toMatchObject({ code: "release-missing" })
  })

  it("are published once, whichever of them are asked for again", async () => {
    await outcomesOf(VERSIONS)
    const [more] = newVersions(10, 2).slice(9) as [NewRelease]
    expect(await outcomesOf([...VERSIONS.slice(3), more])).toEqual([...Array(6).fill("already"), "published"])
    expect(publishedIn(repository)).toHaveLength(2)
  })

  it("keep their content: another under the same version is refused, alone or among others", async () => {
    await outcomesOf(VERSIONS)
    const [{ bundle, version }, ...rest] = VERSIONS as readonly [NewRelease, ...NewRelease[]]
    const before = endState(repository)
    const other = newVersion(bundle, version, "other")
    await expect(outcomesOf([...rest, other])).rejects.toMatchObject({ code: "release-exists" })
    await expect(
      openGithubReleases(github, repository, { branch }).publish(bundle, version, await other.read()),
    ).rejects.toMatchObject({ code: "release-exists" })
    expect(endState(repository)).toEqual(before)
  })

  it("stay where they are once they have a release of their own", async () => {
    const [first] = VERSIONS as readonly [NewRelease]
    await openGithubReleases(github, repository, { branch }).publishAll([first])
    expect(await outcomesOf(VERSIONS)).toEqual(["already", ...Array(8).fill("published")])
    const [, wave] = publishedIn(repository)
    expect(wave?.name).toBe("8 versions of 2 clusters")
  })

  it("are not published when their files are no longer those that were built", async () => {
    const [first] = VERSIONS as readonly [NewRelease]
    const changed = { ...first, read: newVersion(first.bundle, first.version, "changed").read }
    await expect(outcomesOf([changed])).rejects.toMatchObject({ code: "digest-mismatch" })
    expect(repository.releases).toEqual([])
  })

  it("of two publishers with the same build become one wave", async () => {
    const outcomes = await Promise.all([open().publishAll(VERSIONS), open().publishAll(VERSIONS)])
    expect(publishedIn(repository)).toHaveLength(1)
    expect(repository.releases).toHaveLength(1)
    expect(outcomes.flat().every(({ files }) => files.length === 3)).toBe(true)
  })

  it("of two publishers with different builds are the first one's, and the other is told", async () => {
    const [first] = VERSIONS as readonly [NewRelease]
    const other = newVersion(first.bundle, first.version, "other")
    let overtaking: Promise<unknown> | undefined
    const overtaken: NewRelease = {
      ...other,
      async read() {
        overtaking ??= open().publishAll([first])
        await overtaking
        return other.read()
      },
    }
    await expect(open().publishAll([overtaken])).rejects.toMatchObject({ code: "release-exists" })
    for (const { name, sha256: digest } of first.files)
      expect(sha256(await open().readAsset(first.bundle, first.version, name, 1e6))).toBe(digest)
  })

  it("are where customers look for them, with a token and without", async () => {
    await open().publishAll(VERSIONS)
    await open().publishCatalog(emptyCatalog(1))
    const tree = new Map(
      await Promise.all(
        [...branch.store.files]
          .filter(([path]) => path.startsWith("catalog/"))
          .map(
            async ([path, bytes]) => [path, { mode: "100644", sha: await repository.git.writeBlob(bytes) }] as const,
          ),
      ),
    )
    const author = { name: "scb", email: "scb@localhost", at: github.now() }
    const commit = await repository.git.writeCommit({
      tree: await repository.git.writeTree(undefined, tree),
      parents: [],
      message: "catalog\n",
      author,
    })
    await repository.git.git(["update-ref", "refs/heads/catalog", commit])
    const get = boundedGet({ fetch: fetchFrom(github), sleep: async () => {} })
    for (const token of ["job", undefined]) {
      const place = {
        repository: `acme/${repository.name}`,
        server: github.urls.web,
        catalogBranch: "catalog",
        ...(token === undefined ? {} : { token, repositoryId: repository.id }),
      }
      const reader = githubPublished(place, get)
      for (const { bundle, version, read } of VERSIONS.slice(0, 3))
        expect(text(await reader.readAsset(bundle, version, "payload.zip.gpg", 1e6))).toBe(
          text((await read()).get("payload.zip.gpg")),
        )
    }
  })
})
