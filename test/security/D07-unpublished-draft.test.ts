import { describe, expect, it } from "vitest"
import {
  clientOf,
  memoryBranch,
  newRepository,
  newVersions,
  openGithubReleases,
  sharedGithub,
} from "../support/github-releases.ts"
import { BUNDLE, customerOf, makePublisherTo, verdict } from "../support/published.ts"

const github = await sharedGithub()

describe("D07 a draft with perfect assets", () => {
  it("is no release, for customers and for whoever publishes", async () => {
    const repository = await newRepository(github)
    const branch = memoryBranch()
    const publisher = await makePublisherTo(openGithubReleases(github, repository, { branch }))
    await publisher.release()
    await publisher.catalog()
    for (const release of repository.releases) release.draft = true

    for (const token of ["job", undefined]) {
      const releases = openGithubReleases(github, repository, { branch, client: clientOf(github, token) })
      expect(await releases.find(BUNDLE, "1.0.0")).toBeUndefined()
      expect(await releases.versions(BUNDLE)).toEqual([])
      expect(await verdict(releases.readAsset(BUNDLE, "1.0.0", "manifest.json", 1e6))).toBe("release-missing")
      expect(await verdict(customerOf(publisher).fetch({ releases }))).toBe("release-incomplete")
    }
  })

  it("is no wave", async () => {
    const repository = await newRepository(github)
    const versions = newVersions(3)
    await openGithubReleases(github, repository, { layout: "wave" }).publishAll(versions)
    for (const release of repository.releases) release.draft = true
    const releases = openGithubReleases(github, repository, { layout: "wave" })
    for (const { bundle, version } of versions) {
      expect(await releases.find(bundle, version)).toBeUndefined()
      expect(await releases.versions(bundle)).toEqual([])
    }
  })
})
