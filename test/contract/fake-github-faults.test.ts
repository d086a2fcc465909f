import { request } from "node:http"
import { get } from "node:https"
import { afterEach, describe, expect, it, vi } from "vitest"
import { octokitFor, refusalOf } from "../support/github/asking.ts"
import { githubCertificate } from "../support/github/certificate.ts"
import { type FakeGithub, type FakeGithubOptions, startFakeGithub } from "../support/github/server.ts"

const REPOSITORY = { owner: "acme", repo: "bundles" }

let github: FakeGithub
let expected: readonly unknown[] = []

afterEach(async () => {
  const violations = [...github.violations]
  const { unmet } = github.faults
  await github.close()
  expect([violations, unmet]).toEqual([expected, []])
  expected = []
})

async function start(options: FakeGithubOptions = {}): Promise<FakeGithub> {
  github = await startFakeGithub(options)
  github.addUser({ login: "ada", id: 1, token: "token-of-ada" })
  await github.addRepository("acme/bundles", { files: { "README.md": "x\n" }, roles: { ada: "write" } })
  return github
}

const octokit = () => octokitFor(github, "token-of-ada")
const newDraft = () => octokit().repos.createRelease({ ...REPOSITORY, tag_name: "v1", draft: true })
const drafts = async () => (await octokit().repos.listReleases(REPOSITORY)).data

async function upload(content = "hello") {
  const [release] = await drafts()
  const url = release?.upload_url ?? ""
  return octokit().request({ method: "POST", url, name: "a", data: content, headers: { "content-type": "text/plain" } })
}

describe("faults", () => {
  it("lose the answer after the effect", async () => {
    await start()
    github.faults.next("repos/create-release", { kind: "lost-answer" })
    await expect(newDraft()).rejects.toMatchObject({ status: 500, response: undefined })
    expect(await drafts()).toHaveLength(1)
  })

  it("end the connection before the effect", async () => {
    await start()
    github.faults.next("repos/create-release", { kind: "reset" })
    await expect(newDraft()).rejects.toMatchObject({ status: 500, response: undefined })
    expect(await drafts()).toEqual([])
  })

  it("say 502 before or after the effect", async () => {
    await start()
    github.faults.next("repos/create-release", { kind: "502" })
    github.faults.next("repos/create-release", { kind: "502-after-effect" })
    expect(await refusalOf(newDraft())).toEqual({ status: 502, message: "Server Error" })
    expect(await drafts()).toHaveLength(0)
    expect(await refusalOf(newDraft())).toEqual({ status: 502, message: "Server Error" })
    expect(await drafts()).toHaveLength(1)
  })

  it("leave an asset without content in state starter, which holds the name until it is deleted", async () => {
    await start()
    await newDraft()
    github.faults.next("repos/upload-release-asset", { kind: "starter" })
    expect(await refusalOf(upload())).toMatchObject({ status: 502 })
    const [asset] = (await drafts())[0]?.assets ?? []
    expect(asset).toMatchObject({ state: "starter", size: 0, digest: null })
    expect(await refusalOf(upload())).toMatchObject({ status: 422 })
    await octokit().repos.deleteReleaseAsset({ ...REPOSITORY, asset_id: asset?.id ?? 0 })
    expect((await upload()).data.state).toBe("uploaded")
  })

  it("change a byte on the way up, which its digest tells", async () => {
    await start()
    await newDraft()
    const good = (await upload()).data
    await octokit().repos.deleteReleaseAsset({ ...REPOSITORY, asset_id: good.id })
    github.faults.next("repos/upload-release-asset", { kind: "corrupt" })
    await upload()
    const [asset] = (await drafts())[0]?.assets ?? []
    expect(asset?.digest).toMatch(/^sha256:/)
    expect(asset?.digest).not.toBe(good.digest)
  })

  it("truncate a download, or lead it elsewhere", async () => {
    await start()
    await newDraft()
    const { id } = (await upload("x".repeat(1000))).data
    const download = () =>
      octokit().repos.getReleaseAsset({ ...REPOSITORY, asset_id: id, headers: { accept: "application/octet-stream" } })
    github.faults.next("asset-bytes", { kind: "truncated" })
    // @octokit/request takes what is torn off for an empty file.
    expect((await download()).data).toEqual(new ArrayBuffer(0))
    await download()
    github.faults.next("browser-download", { kind: "truncated" })
    const torn = await fetch(`${github.urls.web}/`)
    await expect(torn.arrayBuffer()).rejects.toThrow()
    github.faults.next("repos/get-release-asset", { kind: "redirect", location: `${github.urls.web}/elsewhere` })
    expect(await refusalOf(download())).toMatchObject({ status: 404 })
    expect(github.requests.at(-1)).toMatchObject({ host: "web", path: "/elsewhere" })
  })

  it("limit as GitHub does, with retry-after and without", async () => {
    await start()
    github.faults.next("repos/list-releases", { kind: "429", retryAfter: 7 })
    github.faults.next("repos/list-releases", { kind: "403-secondary" })
    github.faults.next("repos/list-releases", { kind: "403-primary", resetIn: 60 })
    await expect(drafts()).rejects.toMatchObject({ status: 429, response: { headers: { "retry-after": "7" } } })
    await expect(drafts()).rejects.toMatchObject({ status: 403, message: /secondary rate limit/ })
    await expect(drafts()).rejects.toMatchObject({
      status: 403,
      response: { headers: { "x-ratelimit-remaining": "0", "x-ratelimit-reset": String(github.now() / 1000 + 60) } },
    })
  })

  it("hide for a moment what is there", async () => {
    await start()
    github.faults.next("repos/get", { kind: "not-yet" })
    expect(await refusalOf(octokit().repos.get(REPOSITORY))).toMatchObject({ status: 404 })
    await octokit().repos.get(REPOSITORY)
  })

  it("hold an answer back until it is let go", async () => {
    await start()
    let letGo = () => {}
    github.faults.next("repos/get", { kind: "slow", until: new Promise<void>(done => (letGo = done)) })
    const asked = octokit().repos.get(REPOSITORY)
    letGo()
    expect((await asked).status).toBe(200)
  })

  it("never answer, whatever else is asked meanwhile", async () => {
    await start()
    github.faults.next("repos/get", { kind: "hang" })
    const patience = new AbortController()
    const asked = octokit().repos.get({ ...REPOSITORY, request: { signal: patience.signal } })
    await octokit().repos.listReleases(REPOSITORY)
    patience.abort()
    await expect(asked).rejects.toMatchObject({ name: "AbortError" })
  })

  it("are not those of a client that goes while it is speaking", async () => {
    await start()
    const options = { method: "POST", headers: { "content-length": 10, "user-agent": "x" } }
    const asking = request(`${github.urls.api}/repos/acme/bundles/releases`, options)
    asking.on("error", () => {})
    asking.write("{")
    await vi.waitUntil(() => github.requests.length === 1)
    asking.destroy()
    await octokit().repos.get(REPOSITORY)
    expect(await drafts()).toEqual([])
  })

  it("tell of every effect before its answer", async () => {
    const effects: string[] = []
    await start({ onEffect: (operation, count) => void effects.push(`${count} ${operation}`) })
    await newDraft()
    await upload()
    await drafts()
    expect(effects).toEqual(["1 repos/create-release", "2 repos/upload-release-asset"])
  })
})

describe("what clients promise", () => {
  it("is to name the version, to be known, to ask for what there is, and to keep tokens from storage", async () => {
    await start()
    const headers = { "user-agent": "x" }
    await fetch(`${github.urls.api}/repos/acme/bundles`, { headers })
    await fetch(`${github.urls.api}/repos/acme/bundles/secrets`, { headers })
    await fetch(`${github.urls.assets}/x`, { headers: { authorization: "Bearer token-of-ada" } })
    await octokit().request("GET /repos/{owner}/{repo}", { ...REPOSITORY, colour: "red" })
    expected = [
      "GET /repos/acme/bundles: X-GitHub-Api-Version is missing",
      "GET /repos/acme/bundles/secrets: no such operation at api",
      "GET /x: Authorization has reached the asset host",
      "GET /repos/acme/bundles?colour=red: parameter colour is not known",
    ]
  })
})

describe("tokens", () => {
  it("end, and may what their permissions say", async () => {
    await start()
    const expiresAt = github.now() + 1000
    github.addToken("job", { login: "github-actions[bot]", permissions: { contents: "read" }, expiresAt })
    const job = octokitFor(github, "job")
    await job.repos.listReleases(REPOSITORY)
    expect(await refusalOf(job.repos.createRelease({ ...REPOSITORY, tag_name: "v1" }))).toEqual({
      status: 403,
      message: "Resource not accessible by integration",
    })
    github.advance(1000)
    expect(await refusalOf(job.repos.listReleases(REPOSITORY))).toEqual({ status: 401, message: "Bad credentials" })
  })

  it("are needed for what is private, which nobody else is told of", async () => {
    await start()
    await github.addRepository("acme/secret", { private: true, files: { x: "1" }, roles: { ada: "read" } })
    const secret = { owner: "acme", repo: "secret" }
    expect(await refusalOf(octokitFor(github).repos.get(secret))).toMatchObject({ status: 404 })
    expect((await octokit().repos.get(secret)).data.private).toBe(true)
    expect((await fetch(`${github.urls.raw}/acme/secret/main/x`)).status).toBe(404)
    expect((await fetch(`${github.urls.web}/acme/secret.git/info/refs?service=git-upload-pack`)).status).toBe(401)
  })
})

describe("limits by the clock", () => {
  it("refuse the 81st release of a minute, and give it in the next", async () => {
    await start({ limits: "github" })
    for (let made = 0; made < 80; made++) {
      if (made === 40) github.advance(20_000)
      await newDraft()
    }
    await expect(newDraft()).rejects.toMatchObject({
      status: 403,
      message: /You have exceeded a secondary rate limit/,
      response: { headers: { "retry-after": "40" } },
    })
    github.advance(39_000)
    await expect(newDraft()).rejects.toMatchObject({ status: 403 })
    expect(github.impatient).toBe(1)
    github.advance(1000)
    await newDraft()
    expect(github.impatient).toBe(1)
  })

  it("count an hour's requests, but not those that changed nothing", async () => {
    await start({ limits: { ...LIMITS, user: 3 } })
    const { headers } = await octokit().repos.get(REPOSITORY)
    const etag = headers.etag ?? ""
    const again = octokit().repos.get({ ...REPOSITORY, headers: { "if-none-match": etag } })
    await expect(again).rejects.toMatchObject({ status: 304 })
    expect((await octokit().repos.get(REPOSITORY)).headers["x-ratelimit-remaining"]).toBe("1")
    await octokit().repos.get(REPOSITORY)
    await expect(octokit().repos.get(REPOSITORY)).rejects.toMatchObject({
      status: 403,
      message: /API rate limit exceeded/,
      response: { headers: { "x-ratelimit-remaining": "0" } },
    })
    github.advance(3_600_000)
    await octokit().repos.get(REPOSITORY)
  })

  it("weigh writes as five reads", async () => {
    await start({ limits: { ...LIMITS, pointsPerMinute: 7 } })
    await newDraft()
    await drafts()
    await drafts()
    await expect(drafts()).rejects.toMatchObject({ status: 403, message: /secondary rate limit/ })
  })
})

const LIMITS = {
  installation: 1000,
  user: 5000,
  anonymous: 60,
  pointsPerMinute: 900,
  contentPerMinute: 80,
  contentPerHour: 500,
  concurrent: 100,
}

describe("TLS", () => {
  const ask = async (tls: Awaited<ReturnType<typeof githubCertificate>>, minVersion: "TLSv1.2" | "TLSv1.3") =>
    new Promise<number | string>(resolve => {
      const options = { ca: tls.ca, minVersion, headers: { "user-agent": "x", "x-github-api-version": "2022-11-28" } }
      get(`${github.urls.api}/repos/acme/bundles`, options, response => {
        response.resume()
        resolve(response.statusCode ?? 0)
      }).once("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message))
    })

  it("is of today, or of yesterday", async () => {
    const tls = await githubCertificate()
    await start({ tls })
    expect(await ask(tls, "TLSv1.3")).toBe(200)
    await github.close()
    await start({ tls: { ...tls, maxVersion: "TLSv1.2" } })
    expect(await ask(tls, "TLSv1.2")).toBe(200)
    expect(await ask(tls, "TLSv1.3")).toMatch(/PROTO/)
  })
})

describe("GitHub Enterprise Server", () => {
  it("is one origin with paths", async () => {
    await start({ enterprise: true })
    expect(new URL(github.urls.api).pathname).toBe("/api/v3")
    await newDraft()
    const { id } = (await upload()).data
    const { data } = await octokit().repos.getReleaseAsset({
      ...REPOSITORY,
      asset_id: id,
      headers: { accept: "application/octet-stream" },
    })
    expect(Buffer.from(data as unknown as ArrayBuffer).toString()).toBe("hello")
  })
})
