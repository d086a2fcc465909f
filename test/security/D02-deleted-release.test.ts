import { describe, expect, it } from "vitest"
import {
  memoryBranch,
  newRepository,
  newVersions,
  openGithubReleases,
  publishedIn,
  sharedGithub,
} from "../support/github-releases.ts"
import { BUNDLE, customerOf, makePublisherTo, verdict } from "../support/published.ts"

const github = await sharedGithub()

describe.each([{ immutableReleases: false }, { immutableReleases: true }])("D02 a release is deleted (%o)", options => {
  it("shows, and comes back when the same build is published again", async () => {
    const repository = await newRepository(github, options)
    const publisher = await makePublisherTo(openGithubReleases(github, repository))
    await publisher.release()
    await publisher.catalog()
    const [release] = repository.releases.splice(0)
    expect(await verdict(customerOf(publisher).fetch())).toBe("release-incomplete")

    const again = openGithubReleases(github, repository)
    expect(await again.find(BUNDLE, "1.0.0")).toBeUndefined()
    expect(await again.publish(BUNDLE, "1.0.0", filesOf(release))).toBe("published")
    expect(publishedIn(repository).map(({ tag }) => tag)).toEqual([
      options.immutableReleases ? `${BUNDLE}/v1.0.0+2` : `${BUNDLE}/v1.0.0`,
    ])
    expect(await again.find(BUNDLE, "1.0.0")).toHaveLength(4)
    expect(await verdict(customerOf(publisher).fetch())).toBe("accepted")
  })

  it("shows for a wave, and all of it comes back", async () => {
    const repository = await newRepository(github, options)
    const branch = memoryBranch()
    const versions = newVersions(6)
    const open = () => openGithubReleases(github, repository, { layout: "wave", branch })
    await open().publishAll(versions)
    const [wave] = repository.releases.splice(0)
    const [first] = versions
    if (first === undefined) throw new Error("no versions")
    expect(await open().find(first.bundle, first.version)).toBeUndefined()

    const outcomes = await open().publishAll(versions)
    expect(outcomes.map(({ outcome }) => outcome)).toEqual(versions.map(() => "published"))
    expect(publishedIn(repository).map(({ tag }) => tag)).toEqual([
      options.immutableReleases ? `${wave?.tag}+2` : wave?.tag,
    ])
    for (const { bundle, version, files } of versions)
      expect(await open().readAsset(bundle, version, "payload.zip.gpg", 1e6)).toHaveLength(
        files.find(({ name }) => name === "payload.zip.gpg")?.size ?? 0,
      )
  })
})

function filesOf(release: ReturnType<typeof publishedIn>[number] | undefined) {
  return new Map(release?.assets.map(({ name, bytes }) => [name, bytes]))
}
