import { describe, expect, it } from "vitest"
import { githubReleases } from "../../src/adapters/github/releases.ts"
import {
  clientOf,
  memoryBranch,
  newRepository,
  newVersion,
  sharedGithub,
  targetOf,
} from "../support/github-releases.ts"

const github = await sharedGithub()

describe("D08 another repository has taken the name", () => {
  it("nothing is read from it or written to it", async () => {
    const ours = targetOf(await newRepository(github, { name: "bundles" }))
    const theirs = await newRepository(github, { name: "bundles" })
    const version = newVersion("shop/checkout", "1.0.0")
    const releases = githubReleases({
      client: async () => clientOf(github, "job"),
      hasToken: true,
      target: ours,
      branch: memoryBranch(),
    })
    const refused = { code: "forge-refused", message: expect.stringContaining(`expected ${ours.repositoryId}`) }
    await expect(releases.publishAll([version])).rejects.toMatchObject(refused)
    await expect(releases.find(version.bundle, "1.0.0")).rejects.toMatchObject(refused)
    await expect(releases.versions(version.bundle)).rejects.toMatchObject(refused)
    await expect(releases.readAsset(version.bundle, "1.0.0", "manifest.json", 9)).rejects.toMatchObject(refused)
    expect(theirs.releases).toEqual([])
  })
})
