import { describe, expect, it } from "vitest"
import {
  memoryBranch,
  newRepository,
  openGithubReleases,
  publishedIn,
  sharedGithub,
} from "../support/github-releases.ts"
import { BUNDLE, customerOf, makePublisherTo, verdict } from "../support/published.ts"

const github = await sharedGithub()

describe("B10 a tag is moved", () => {
  it("changes nothing for customers: digests say what a version is", async () => {
    const repository = await newRepository(github)
    const branch = memoryBranch()
    const publisher = await makePublisherTo(openGithubReleases(github, repository, { branch }))
    await publisher.release()
    await publisher.catalog()
    const ref = `refs/tags/${BUNDLE}/v1.0.0`
    const author = { name: "thief", email: "thief@example.com", at: github.now() }
    const tree = await repository.git.writeTree(undefined, new Map())
    const evil = await repository.git.writeCommit({ tree, parents: [], message: "evil\n", author })
    await repository.git.git(["update-ref", ref, evil])
    const releases = openGithubReleases(github, repository, { branch })
    expect(await verdict(customerOf(publisher).fetch({ releases }))).toBe("accepted")
  })

  it("to a release with other files is refused", async () => {
    const repository = await newRepository(github)
    const branch = memoryBranch()
    const publisher = await makePublisherTo(openGithubReleases(github, repository, { branch }))
    await publisher.release()
    await publisher.release({ version: "2.0.0" })
    await publisher.catalog()
    const [old, newest] = publishedIn(repository)
    if (old === undefined || newest === undefined) throw new Error("not two releases")
    ;[old.tag, newest.tag] = [newest.tag, old.tag]
    const releases = openGithubReleases(github, repository, { branch })
    for (const selector of [{ channel: "stable" }, { version: "1.0.0" }] as const)
      expect(await verdict(customerOf(publisher).fetch({ releases, selector }))).toBe("digest-mismatch")
  })
})
