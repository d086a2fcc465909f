import { existsSync } from "node:fs"
import { beforeEach, describe, expect, it } from "vitest"
import { githubReleases } from "../../../../src/adapters/github/releases.ts"
import {
  clientOf,
  emptyCatalog,
  memoryBranch,
  newRepository,
  newVersion,
  openGithubReleases,
  publishedIn,
  sharedGithub,
  targetOf,
} from "../../../support/github-releases.ts"

const github = await sharedGithub()
const repository = await newRepository(github)
beforeEach(() => void repository.releases.splice(0))

const VERSION = newVersion("shop/checkout", "1.0.0")
const open = () => openGithubReleases(github, repository)

describe("a release of a version on GitHub", () => {
  it("has its tag on the commit that it was built from, a title and notes", async () => {
    const author = { name: "ada", email: "ada@example.com", at: github.now() }
    const parents = [repository.git.ref("refs/heads/main") ?? ""]
    const tree = await repository.git.writeTree(undefined, new Map())
    const commit = await repository.git.writeCommit({ tree, parents, message: "later\n", author })
    const announce = () => ({ title: "what it is", notes: "who must act" })
    await open().publishAll([{ ...VERSION, commit, announce }])
    const [release] = publishedIn(repository)
    expect(release).toMatchObject({ tag: "shop/checkout/v1.0.0", name: "what it is", prerelease: false })
    expect(release?.body).toMatch(/^who must act\n\n<!-- scb:content [0-9a-f]{64} -->\n$/)
    expect(repository.git.ref("refs/tags/shop/checkout/v1.0.0")).toBe(commit)
  })

  it("is refused, once, when GitHub does not know the commit, and what to do is said", async () => {
    const before = github.requests.length
    await expect(open().publishAll([{ ...VERSION, version: "2.0.0", commit: "f".repeat(40) }])).rejects.toMatchObject({
      code: "forge-refused",
      hint: expect.stringContaining("push main"),
    })
    const asked = github.requests.slice(before)
    expect(asked.filter(({ operation }) => operation === "repos/update-release")).toHaveLength(1)
  })

  it("gives no bytes that are not those of the digest beside them", async () => {
    const releases = open()
    await releases.publishAll([VERSION])
    const name = VERSION.files[0]?.name ?? ""
    const read = () => releases.readAsset(VERSION.bundle, VERSION.version, name, 1 << 20)
    expect(await read()).toEqual((await VERSION.read()).get(name))
    const [release] = publishedIn(repository)
    const at = release?.assets.findIndex(asset => asset.name === name) ?? -1
    const asset = release?.assets[at]
    if (asset !== undefined) release?.assets.splice(at, 1, { ...asset, bytes: asset.bytes.map(byte => byte ^ 1) })
    await expect(read()).rejects.toMatchObject({ code: "release-missing" })
  })

  it("leaves drafts of others alone, and finishes its own", async () => {
    const theirs = newVersion("shop/checkout", "1.0.0", "theirs")
    github.faults.always("repos/update-release", { kind: "502" })
    for (const version of [theirs, VERSION])
      await expect(open().publishAll([version])).rejects.toMatchObject({ code: "forge-unreachable" })
    github.faults.clear()
    expect(repository.releases).toHaveLength(2)
    await open().publishAll([VERSION])
    expect(repository.releases.map(({ draft }) => draft)).toEqual([true, false])
    await expect(open().publishAll([theirs])).rejects.toMatchObject({ code: "release-exists" })
  })

  it("makes leftovers of the same content go", async () => {
    github.faults.always("repos/update-release", { kind: "502" })
    await expect(open().publishAll([VERSION])).rejects.toMatchObject({ code: "forge-unreachable" })
    github.faults.clear()
    const [draft] = repository.releases
    await open().publishAll([VERSION])
    if (draft !== undefined) repository.releases.push({ ...draft, id: draft.id + 1_000_000, draft: true })
    expect(await open().publishAll([VERSION])).toMatchObject([{ outcome: "already" }])
    expect(repository.releases).toHaveLength(1)
  })

  it("is read with as few requests as there are files, after the list", async () => {
    await open().publishAll([VERSION])
    const reader = open()
    const before = github.requests.length
    for (const { name } of VERSION.files) await reader.readAsset("shop/checkout", "1.0.0", name, 1e6)
    const asked = github.requests.slice(before).map(({ operation }) => operation)
    expect(asked.filter(operation => operation !== "asset-bytes")).toEqual([
      "repos/get",
      "repos/list-releases",
      ...VERSION.files.map(() => "repos/get-release-asset"),
    ])
  })
})

describe("without a token", () => {
  const readOnly = () =>
    githubReleases({
      client: async () => clientOf(github, undefined),
      hasToken: false,
      target: targetOf(repository),
      branch: memoryBranch(),
    })

  it("releases of a public repository are read", async () => {
    await open().publishAll([VERSION])
    expect(await readOnly().versions("shop/checkout")).toEqual(["1.0.0"])
    expect(await readOnly().find("shop/checkout", "1.0.0")).toHaveLength(3)
  })

  it("nothing is published, and no request is made", async () => {
    const before = github.requests.length
    const missing = { code: "token-missing" }
    await expect(readOnly().publishAll([VERSION])).rejects.toMatchObject(missing)
    await expect(readOnly().publish("shop/checkout", "1.0.0", await VERSION.read())).rejects.toMatchObject(missing)
    await expect(readOnly().publishCatalog(emptyCatalog(1))).rejects.toMatchObject(missing)
    expect(github.requests).toHaveLength(before)
  })
})

describe("a stage", () => {
  it("holds a build until it is removed", async () => {
    const stage = await open().stage()
    await stage.releases.publish("shop/checkout", "1.0.0", await VERSION.read())
    const place = stage.releases.describe("shop/checkout", "1.0.0")
    expect(existsSync(place)).toBe(true)
    await stage.remove()
    expect(existsSync(place)).toBe(false)
  })
})
