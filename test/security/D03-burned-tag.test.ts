import { describe, expect, it } from "vitest"
import {
  newRepository,
  newVersion,
  openGithubReleases,
  publishedIn,
  sharedGithub,
  startGithub,
} from "../support/github-releases.ts"

const github = await sharedGithub()

const VERSION = newVersion("shop/checkout", "1.2.3")

describe("D03 a burned tag", () => {
  it("is followed by the next attempt, as often as needed", async () => {
    const repository = await newRepository(github)
    for (const tag of ["shop/checkout/v1.2.3", "shop/checkout/v1.2.3+2"]) repository.burnedTags.add(tag)
    const releases = openGithubReleases(github, repository)
    await releases.publishAll([VERSION])
    expect(publishedIn(repository).map(({ tag }) => tag)).toEqual(["shop/checkout/v1.2.3+3"])
    expect(repository.releases).toHaveLength(1)
    expect(releases.describe("shop/checkout", "1.2.3")).toMatch(/\/releases\/tag\/shop\/checkout\/v1\.2\.3%2B3$/)

    const other = openGithubReleases(github, repository)
    expect(await other.versions("shop/checkout")).toEqual(["1.2.3"])
    expect(await other.find("shop/checkout", "1.2.3")).toHaveLength(3)
    expect(await other.readAsset("shop/checkout", "1.2.3", "manifest.json", 1e6)).toEqual(
      (await VERSION.read()).get("manifest.json"),
    )
    expect(await other.publishAll([VERSION])).toMatchObject([{ outcome: "already" }])
  })

  it("that burns while its draft is being filled costs no upload again", async () => {
    const tag = "shop/checkout/v1.2.3"
    const other = await startGithub({
      onEffect: operation => {
        if (operation === "repos/upload-release-asset") repository.burnedTags.add(tag)
      },
    })
    const repository = await newRepository(other)
    await openGithubReleases(other, repository).publishAll([VERSION])
    expect(publishedIn(repository).map(each => each.tag)).toEqual([`${tag}+2`])
    expect(repository.releases).toHaveLength(1)
    expect(other.requests.filter(({ operation }) => operation === "repos/upload-release-asset")).toHaveLength(3)
    expect(other.violations).toEqual([])
    await other.close()
  })
})
