import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest"
import { boundedGet } from "../../../src/adapters/bounded-get.ts"
import { type GithubRepository, githubPublished } from "../../../src/adapters/published-github.ts"
import { encodeUtf8 } from "../../../src/domain/utf8.ts"
import { type PublishedFiles, wavePlacesPath } from "../../../src/ports.ts"
import type { Repository } from "../../support/github/model.ts"
import type { FakeGithub } from "../../support/github/server.ts"
import { publishOnGithub, writeBranch } from "../../support/github-published.ts"
import { fetchFrom, newRepository, publishedIn, startGithub } from "../../support/github-releases.ts"
import { BUNDLE, customerOf, makePublisher, type Publisher, verdict } from "../../support/published.ts"

describe("githubPublished", () => {
  let publisher: Publisher
  let github: FakeGithub
  let repository: Repository

  beforeAll(async () => {
    publisher = await makePublisher()
    await publisher.release({ version: "1.0.0" })
    await publisher.release({ version: "1.0.1" })
    await publisher.catalog()
  })
  beforeEach(async () => {
    github = await startGithub()
    github.addToken("reader", { login: "github-actions[bot]", permissions: { contents: "read" } })
    repository = await newRepository(github)
  })
  afterEach(async () => {
    expect(github.violations).toEqual([])
    await github.close()
  })
  afterAll(() => publisher.releases.files.clear())

  function reader(changes: Partial<GithubRepository> = {}): PublishedFiles {
    const get = boundedGet({ fetch: fetchFrom(github), sleep: async () => {} })
    const name = `${repository.owner.login}/${repository.name}`
    return githubPublished({ repository: name, server: github.urls.web, catalogBranch: "catalog", ...changes }, get)
  }
  const fetched = (releases: PublishedFiles, version: string) =>
    customerOf(publisher).fetch({ releases, selector: { version } })

  describe.each(["per-version", "wave"] as const)("in layout %s", layout => {
    beforeEach(() => publishOnGithub(github, repository, publisher.releases.files, { layout }))

    it("reads by what anybody may open, and asks the API for nothing", async () => {
      const before = github.requests.length
      expect((await fetched(reader(), "1.0.0")).version).toBe("1.0.0")
      const hosts = new Set(github.requests.slice(before).map(({ host }) => host))
      expect([...hosts].sort()).toEqual(["assets", "raw", "web"])
    })

    it("reads with a token by the API alone, of the repository that is meant", async () => {
      const before = github.requests.length
      const releases = reader({ token: "reader", repositoryId: repository.id })
      expect((await fetched(releases, "1.0.1")).version).toBe("1.0.1")
      const hosts = new Set(github.requests.slice(before).map(({ host }) => host))
      expect([...hosts].sort()).toEqual(["api", "assets"])
    })

    it("says what is not there, and bounds what is", async () => {
      for (const releases of [reader(), reader({ token: "reader" })]) {
        expect(await verdict(releases.readAsset(BUNDLE, "9.9.9", "SHA256SUMS", 1000))).toBe("release-missing")
        expect(await verdict(releases.readAsset(BUNDLE, "1.0.0", "missing.txt", 1000))).toBe("release-missing")
        expect(await verdict(releases.readAsset(BUNDLE, "1.0.0", "manifest.json", 10))).toBe("too-large")
        expect(await releases.readCatalogFile(`catalog/shards/${"0".repeat(64)}.json`, 1000)).toBeUndefined()
      }
    })
  })

  it("finds a release whose tag had to become the next one", async () => {
    await publishOnGithub(github, repository, publisher.releases.files)
    for (const release of publishedIn(repository)) release.tag = `${release.tag}+2`
    expect((await fetched(reader(), "1.0.0")).version).toBe("1.0.0")
    expect((await fetched(reader({ token: "reader" }), "1.0.0")).version).toBe("1.0.0")
  })

  it("follows no place that leads out of the releases", async () => {
    await publishOnGithub(github, repository, publisher.releases.files, { layout: "wave" })
    const places = { "checkout/1.0.0": "../../../../stranger/bundles/releases/download/wave-1" }
    const hostile = { apiVersion: "scb/v1", kind: "WavePlaces", cluster: "payments-prod", places }
    const branch = new Map([[wavePlacesPath("payments-prod"), encodeUtf8(JSON.stringify(hostile))]])
    await writeBranch(repository, "catalog", branch)
    const before = github.requests.length
    for (const releases of [reader(), reader({ token: "reader" })])
      expect(await verdict(releases.readAsset(BUNDLE, "1.0.0", "SHA256SUMS", 1000))).toBe("release-missing")
    expect(github.requests.slice(before).filter(({ path }) => path.includes("stranger"))).toEqual([])
  })

  it("shows a private repository to a token, and hides it from everybody else", async () => {
    await publishOnGithub(github, repository, publisher.releases.files)
    repository.private = true
    expect(await verdict(fetched(reader(), "1.0.0"))).toBe("release-missing")
    expect(await verdict(fetched(reader({ token: "reader" }), "1.0.0"))).toBe("accepted")
  })

  it("sends the token of a private repository to no other host", async () => {
    await publishOnGithub(github, repository, publisher.releases.files)
    repository.private = true
    await fetched(reader({ token: "reader" }), "1.0.0")
    const named = github.requests.filter(({ login }) => login !== null).map(({ host }) => host)
    expect(named.filter(host => host !== "api" && host !== "uploads")).toEqual([])
  })

  it("is told by a token that has expired", async () => {
    await publishOnGithub(github, repository, publisher.releases.files)
    github.addToken("old", { login: "github-actions[bot]", permissions: { contents: "read" }, expiresAt: 1 })
    expect(await verdict(fetched(reader({ token: "old" }), "1.0.0"))).toBe("forge-refused")
  })
})
