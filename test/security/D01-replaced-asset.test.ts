import { describe, expect, it } from "vitest"
import {
  newRepository,
  openGithubReleases,
  publishedIn,
  replaceAsset,
  sharedGithub,
} from "../support/github-releases.ts"
import { BUNDLE, customerOf, makePublisherTo, verdict } from "../support/published.ts"

const github = await sharedGithub()

describe("D01 an asset is replaced", () => {
  it.each(["manifest.json", "manifest.json.asc", "SHA256SUMS", "secure-connect-checkout-payments-prod.zip.gpg"])(
    "is noticed by customers and by whoever publishes, of %s",
    async name => {
      const repository = await newRepository(github)
      const publisher = await makePublisherTo(openGithubReleases(github, repository))
      await publisher.release()
      await publisher.catalog()
      expect(await verdict(customerOf(publisher).fetch())).toBe("accepted")
      const [release] = publishedIn(repository)
      const built = new Map(release?.assets.map(asset => [asset.name, asset.bytes]))
      if (release !== undefined) replaceAsset(release, name, "something else")

      expect(["digest-mismatch", "signature-missing", "signature-invalid", "release-incomplete"]).toContain(
        await verdict(customerOf(publisher).fetch()),
      )
      const again = openGithubReleases(github, repository)
      expect(await verdict(again.publish(BUNDLE, "1.0.0", built))).toBe("release-exists")
    },
  )

  it("is refused by GitHub itself once releases are immutable", async () => {
    const repository = await newRepository(github, { immutableReleases: true })
    const publisher = await makePublisherTo(openGithubReleases(github, repository))
    await publisher.release()
    const [release] = publishedIn(repository)
    expect(release?.immutable).toBe(true)
    const answer = await fetch(
      `${github.urls.api}/repos/acme/${repository.name}/releases/assets/${release?.assets[0]?.id}`,
      {
        method: "DELETE",
        headers: { authorization: "Bearer job", "user-agent": "thief", "x-github-api-version": "2022-11-28" },
      },
    )
    expect(answer.status).toBe(422)
  })
})
