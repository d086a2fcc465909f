import { beforeEach, describe, expect, it } from "vitest"
import type { Fault } from "../support/github/faults.ts"
import {
  endState,
  newRepository,
  newVersions,
  openGithubReleases,
  publishedIn,
  sharedGithub,
} from "../support/github-releases.ts"

const VERSIONS = newVersions(2)
const github = await sharedGithub()
const repository = await newRepository(github)
await openGithubReleases(github, repository).publishAll(VERSIONS)
const expected = endState(repository)
beforeEach(() => void repository.releases.splice(0))

const FAULTS: readonly Fault[] = [
  { kind: "reset" },
  { kind: "lost-answer" },
  { kind: "truncated" },
  { kind: "502" },
  { kind: "502-after-effect" },
  { kind: "starter" },
  { kind: "corrupt" },
]
const OPERATIONS = ["repos/create-release", "repos/upload-release-asset", "repos/update-release"] as const

/** What only an upload can suffer. */
const happens = (operation: string, { kind }: Fault): boolean =>
  operation === "repos/upload-release-asset" || (kind !== "starter" && kind !== "corrupt")

describe("D05 requests and answers are lost on the way", () => {
  it.each(
    OPERATIONS.flatMap(operation =>
      FAULTS.filter(fault => happens(operation, fault)).map(fault => ({ operation, fault })),
    ),
  )("$operation: $fault.kind is noticed, and the release is whole in the end", async ({ operation, fault }) => {
    for (let times = 0; times < 2; times += 1) github.faults.next(operation, fault)
    await openGithubReleases(github, repository).publishAll(VERSIONS)
    expect(endState(repository)).toEqual(expected)
    expect(github.faults.unmet).toEqual([])
  })

  it("publishes nothing that is not whole: when uploads fail for good it stays a draft", async () => {
    github.faults.always("repos/upload-release-asset", { kind: "starter" })
    await expect(openGithubReleases(github, repository).publishAll(VERSIONS)).rejects.toMatchObject({
      code: "forge-unreachable",
    })
    expect(publishedIn(repository)).toEqual([])
    github.faults.clear()
    await openGithubReleases(github, repository).publishAll(VERSIONS)
    expect(publishedIn(repository)).toHaveLength(2)
    expect(repository.releases).toHaveLength(2)
  })

  it("publishes nothing whose bytes GitHub has otherwise", async () => {
    github.faults.always("repos/upload-release-asset", { kind: "corrupt" })
    await expect(openGithubReleases(github, repository).publishAll(VERSIONS)).rejects.toMatchObject({
      code: "digest-mismatch",
    })
    github.faults.clear()
    expect(publishedIn(repository)).toEqual([])
  })
})
