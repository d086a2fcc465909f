import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { boundedGet } from "../../src/adapters/bounded-get.ts"
import { type GithubRepository, githubPublished } from "../../src/adapters/published-github.ts"
import { openPgpSigner } from "../../src/adapters/signer-openpgp.ts"
import type { PublishedFiles } from "../../src/ports.ts"
import type { Repository } from "../support/github/model.ts"
import type { FakeGithub } from "../support/github/server.ts"
import { publishOnGithub } from "../support/github-published.ts"
import { fetchFrom, newRepository, publishedIn, startGithub } from "../support/github-releases.ts"
import { customerOf, makePublisher, type Publisher, verdict } from "../support/published.ts"

describe("D07 a draft, D08 a taken name, as a customer meets them", () => {
  let publisher: Publisher
  let github: FakeGithub
  let repository: Repository

  beforeEach(async () => {
    publisher = await makePublisher()
    await publisher.release({ version: "1.0.0" })
    await publisher.catalog()
    github = await startGithub()
    repository = await newRepository(github, { name: "bundles" })
  })
  afterEach(async () => {
    expect(github.violations).toEqual([])
    await github.close()
  })

  function reader(changes: Partial<GithubRepository> = {}): PublishedFiles {
    const get = boundedGet({ fetch: fetchFrom(github), sleep: async () => {} })
    return githubPublished(
      { repository: "acme/bundles", server: github.urls.web, catalogBranch: "catalog", ...changes },
      get,
    )
  }
  const fetchedWith = (releases: PublishedFiles) =>
    customerOf(publisher).fetch({ releases, selector: { version: "1.0.0" } })

  it("gives out no draft, however perfect its files are, with or without a token", async () => {
    await publishOnGithub(github, repository, publisher.releases.files)
    for (const release of publishedIn(repository)) release.draft = true
    expect(await verdict(fetchedWith(reader()))).toBe("release-incomplete")
    expect(await verdict(fetchedWith(reader({ token: "job" })))).toBe("release-incomplete")
  })

  it("gives out no release that the catalog does not name", async () => {
    await publisher.release({ version: "1.0.1" })
    await publishOnGithub(github, repository, publisher.releases.files)
    const fetching = customerOf(publisher).fetch({ releases: reader(), selector: { version: "1.0.1" } })
    expect(await verdict(fetching)).toBe("release-missing")
  })

  it("asks whether the repository is still the one that was meant", async () => {
    await publishOnGithub(github, repository, publisher.releases.files)
    const token = { token: "job" }
    expect(await verdict(fetchedWith(reader({ ...token, repositoryId: repository.id })))).toBe("accepted")
    expect(await verdict(fetchedWith(reader({ ...token, repositoryId: repository.id + 1 })))).toBe("forge-refused")
  })

  it("believes no new owner of an old name, who has but a key of their own", async () => {
    await publishOnGithub(github, repository, publisher.releases.files)
    const customer = customerOf(publisher)
    expect(await verdict(customer.fetch({ releases: reader() }))).toBe("accepted")
    const stranger = await makePublisher()
    await stranger.release({ version: "9.0.0" })
    await stranger.catalog({ signer: await openPgpSigner(stranger.alice) })
    const taken = await newRepository(github, { name: "bundles" })
    await publishOnGithub(github, taken, stranger.releases.files)
    expect(await verdict(customer.fetch({ releases: reader() }))).toBe("signer-untrusted")
  })
})
