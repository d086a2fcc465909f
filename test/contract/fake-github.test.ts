import { createHash } from "node:crypto"
import type { Octokit } from "@octokit/rest"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { OPERATIONS, SOURCE } from "../../scripts/github-openapi-slice.ts"
import { ENDPOINTS } from "../support/github/api.ts"
import { octokitFor, refusalOf } from "../support/github/asking.ts"
import { matchOperation, requestFaults, responseFaults, slice } from "../support/github/contract.ts"
import { type FakeGithub, type FakeGithubOptions, startFakeGithub } from "../support/github/server.ts"

const REPOSITORY = { owner: "acme", repo: "bundles" }

let github: FakeGithub
afterEach(async () => {
  const violations = [...github.violations]
  await github.close()
  expect(violations).toEqual([])
})

async function start(options: FakeGithubOptions = {}): Promise<FakeGithub> {
  github = await startFakeGithub(options)
  github.addUser({ login: "ada", id: 1, token: "token-of-ada" })
  await github.addRepository("acme/bundles", { files: { "README.md": "x\n" }, roles: { ada: "write" } })
  return github
}

const client = (token = "token-of-ada"): Octokit => octokitFor(github, token === "" ? undefined : token)

function never(): never {
  throw new Error("there is no such operation")
}

async function draft(tag = "orders/checkout/v1.0.0") {
  return (await client().repos.createRelease({ ...REPOSITORY, tag_name: tag, draft: true })).data
}

async function upload(release: { readonly upload_url: string }, name: string, content: string) {
  const url = release.upload_url
  return (
    await client().request({ method: "POST", url, name, data: content, headers: { "content-type": "text/plain" } })
  ).data
}

describe("the slice of GitHub's description", () => {
  beforeEach(async () => void (await start()))

  it("holds the operations that its script names, of the version that it names", () => {
    expect(slice.header.source).toBe(SOURCE)
    expect(slice.operations.map(({ id }) => id)).toEqual([...OPERATIONS])
  })

  it("holds nothing that the fake does not do", () => {
    expect(Object.keys(ENDPOINTS).sort()).toEqual(OPERATIONS.filter(id => id !== "rate-limit/get").sort())
  })

  const operation = (id: string) => slice.operations.find(one => one.id === id) ?? slice.operations[0] ?? never()
  const asset = {
    url: "https://api.github.com/x",
    id: 1,
    node_id: "x",
    name: "a",
    label: null,
    state: "uploaded",
    content_type: "text/plain",
    size: 1,
    digest: null,
    download_count: 0,
    created_at: "2026-11-22T12:00:00Z",
    updated_at: "2026-11-22T12:00:00Z",
    uploader: null,
    browser_download_url: "https://github.com/x",
  }

  it.each([
    ["nothing of what is as described", asset, []],
    ["a member that is missing", { ...asset, name: undefined }, ["answer 200 must have required property 'name'"]],
    ["another type", { ...asset, size: "1" }, ["answer 200/size must be integer"]],
    ["null where there is none", { ...asset, id: null }, ["answer 200/id must be integer"]],
    ["an invented member", { ...asset, colour: "red" }, ["answer 200 must NOT have unevaluated properties: colour"]],
    ["what is no instant", { ...asset, created_at: "today" }, ['answer 200/created_at must match format "date-time"']],
  ])("finds %s", (_, answer, faults) => {
    const sent = JSON.parse(JSON.stringify(answer))
    expect(responseFaults(operation("repos/get-release-asset"), 200, sent)).toEqual(faults)
  })

  it("finds invented members within members, and statuses that are not described", () => {
    const url = "https://api.github.com/x"
    const ref = { ref: "refs/heads/a", node_id: "x", url, object: { type: "commit", sha: "0".repeat(40), url } }
    expect(responseFaults(operation("git/get-ref"), 200, ref)).toEqual([])
    const invented = { ...ref, object: { ...ref.object, colour: "red" } }
    expect(responseFaults(operation("git/get-ref"), 200, invented)).toEqual([
      "answer 200/object must NOT have unevaluated properties: colour",
    ])
    expect(responseFaults(operation("repos/list-release-assets"), 202, [])).toEqual(["answer 202 is not described"])
    expect(responseFaults(operation("repos/get"), 403, { message: "no" })).toEqual([])
    expect(responseFaults(operation("repos/get"), 403, { text: "no" })).not.toEqual([])
  })

  it("finds parameters and members of requests that GitHub would ignore", () => {
    const match = matchOperation("POST", "/repos/acme/bundles/releases") ?? never()
    const faults = requestFaults(match, new URLSearchParams("q=1"), "application/json", {
      tag_name: "v1",
      drafts: true,
    })
    expect(faults).toEqual(["parameter q is not known", "body must NOT have unevaluated properties: drafts"])
  })

  it.each([
    ["/repos/a/b/releases/latest", "repos/get-latest-release"],
    ["/repos/a/b/releases/1", "repos/get-release"],
    ["/repos/a/b/releases/tags/x%2Fy", "repos/get-release-by-tag"],
    ["/repos/a/b/releases/tags/x/y", "repos/get-release-by-tag"],
    ["/repos/a/b/commits/heads/main", "repos/get-commit"],
    ["/repos/a/b/commits/main/pulls", "repos/list-pull-requests-associated-with-commit"],
    ["/repos/a/b/secrets", undefined],
  ])("leads %s to its operation", (path, id) => {
    expect(matchOperation("GET", path)?.operation.id).toBe(id)
  })
})

describe("releases", () => {
  beforeEach(async () => void (await start()))

  it("go from draft to asset to published, with the digest that was computed", async () => {
    const release = await draft()
    expect(release).toMatchObject({ draft: true, tag_name: "orders/checkout/v1.0.0", published_at: null })
    const asset = await upload(release, "bundle.zip.gpg", "secret")
    expect(asset.digest).toBe(`sha256:${createHash("sha256").update("secret").digest("hex")}`)
    const { data } = await client().repos.updateRelease({ ...REPOSITORY, release_id: release.id, draft: false })
    expect(data).toMatchObject({ draft: false, created_at: "2026-11-22T12:00:00Z", immutable: false })
    const found = await client("").repos.getReleaseByTag({ ...REPOSITORY, tag: "orders/checkout/v1.0.0" })
    expect(found.data.assets.map(({ name }) => name)).toEqual(["bundle.zip.gpg"])
    const tag = await client().git.getRef({ ...REPOSITORY, ref: "tags/orders/checkout/v1.0.0" })
    const main = await client().git.getRef({ ...REPOSITORY, ref: "heads/main" })
    expect(tag.data.object.sha).toBe(main.data.object.sha)
  })

  it("give the bytes of an asset from another host, which never sees the token", async () => {
    const release = await draft()
    const { id } = await upload(release, "a.txt", "hello")
    const { data } = await client().repos.getReleaseAsset({
      ...REPOSITORY,
      asset_id: id,
      headers: { accept: "application/octet-stream" },
    })
    expect(Buffer.from(data as unknown as ArrayBuffer).toString()).toBe("hello")
    expect(github.requests.at(-1)).toMatchObject({ host: "assets", operation: "asset-bytes", status: 200 })
  })

  it("hides drafts from those who may not push, and from lookups by tag", async () => {
    const release = await draft()
    expect(await refusalOf(client().repos.getReleaseByTag({ ...REPOSITORY, tag: release.tag_name }))).toEqual({
      status: 404,
      message: "Not Found",
    })
    expect((await client("").repos.listReleases(REPOSITORY)).data).toEqual([])
    expect((await client().repos.listReleases(REPOSITORY)).data).toHaveLength(1)
  })

  it("lets several drafts share a tag and publishes one", async () => {
    const [first, second] = [await draft(), await draft()]
    await client().repos.updateRelease({ ...REPOSITORY, release_id: first.id, draft: false })
    expect(
      await refusalOf(client().repos.updateRelease({ ...REPOSITORY, release_id: second.id, draft: false })),
    ).toEqual({ status: 422, errors: [{ code: "already_exists", field: "tag_name" }] })
  })

  it("refuses a second asset of a name", async () => {
    const release = await draft()
    await upload(release, "a.txt", "1")
    expect(await refusalOf(upload(release, "a.txt", "2"))).toEqual({
      status: 422,
      errors: [{ code: "already_exists", field: "name" }],
    })
  })

  it("renames assets whose names have special characters", async () => {
    expect((await upload(await draft(), "my bundle (1).zip", "1")).name).toBe("my.bundle.1.zip")
  })
})

describe("immutable releases", () => {
  beforeEach(async () => {
    await start()
    for (const repository of github.model.repositories.values()) repository.immutableReleases = true
  })

  it("take no more assets, are not withdrawn and burn their tag", async () => {
    const release = await draft()
    const release_id = release.id
    await client().repos.updateRelease({ ...REPOSITORY, release_id, draft: false })
    expect(await refusalOf(upload(release, "a", "1"))).toMatchObject({ status: 422, message: /immutable/ })
    expect(await refusalOf(client().repos.updateRelease({ ...REPOSITORY, release_id, draft: true }))).toEqual({
      status: 422,
      errors: [{ code: "custom", field: "state", message: "state cannot be changed when release is immutable" }],
    })
    await client().repos.updateRelease({ ...REPOSITORY, release_id, body: "notes stay editable" })
    await client().repos.deleteRelease({ ...REPOSITORY, release_id })
    expect(await refusalOf(draft())).toEqual({
      status: 422,
      errors: [{ code: "custom", field: "tag_name", message: "tag_name was used by an immutable release" }],
    })
  })
})

describe("git refs", () => {
  beforeEach(async () => void (await start()))

  it("are created by one of many", async () => {
    const main = (await client().git.getRef({ ...REPOSITORY, ref: "heads/main" })).data.object.sha
    const racers = await Promise.allSettled(
      Array.from({ length: 8 }, () => client().git.createRef({ ...REPOSITORY, ref: "refs/heads/lock", sha: main })),
    )
    expect(racers.filter(({ status }) => status === "fulfilled")).toHaveLength(1)
    expect(await refusalOf(client().git.createRef({ ...REPOSITORY, ref: "refs/heads/lock", sha: main }))).toEqual({
      status: 422,
      message: "Reference already exists",
    })
  })

  it("move forward only, unless forced", async () => {
    const { data: main } = await client().git.getRef({ ...REPOSITORY, ref: "heads/main" })
    const { data: parent } = await client().git.getCommit({ ...REPOSITORY, commit_sha: main.object.sha })
    const next = (parents: string[], message: string) =>
      client().git.createCommit({ ...REPOSITORY, tree: parent.tree.sha, parents, message })
    const [a, b] = [await next([main.object.sha], "a"), await next([main.object.sha], "b")]
    await client().git.updateRef({ ...REPOSITORY, ref: "heads/main", sha: a.data.sha })
    expect(await refusalOf(client().git.updateRef({ ...REPOSITORY, ref: "heads/main", sha: b.data.sha }))).toEqual({
      status: 422,
      message: "Update is not a fast forward",
    })
    await client().git.updateRef({ ...REPOSITORY, ref: "heads/main", sha: b.data.sha, force: true })
  })
})
