import { describe, expect, it } from "vitest"
import { pace } from "../../src/adapters/github/pace.ts"
import { githubLimits } from "../../src/domain/forge/limits.ts"
import { virtualClock } from "../support/forge/clock.ts"
import type { Fault } from "../support/github/faults.ts"
import {
  clientOf,
  newRepository,
  newVersions,
  openGithubReleases,
  publishedIn,
  startGithub,
} from "../support/github-releases.ts"

const START = Date.UTC(2026, 10, 22, 12)
const REFUSALS: readonly Fault[] = [
  { kind: "403-secondary", retryAfter: 90 },
  { kind: "403-secondary" },
  { kind: "429", retryAfter: 30 },
  { kind: "403-primary", resetIn: 200 },
]

async function limited() {
  const clock = virtualClock(START)
  const github = await startGithub({ limits: "github", now: clock.now })
  const repository = await newRepository(github)
  const client = clientOf(github, "job", { clock, pace: pace(githubLimits(), clock) })
  return { clock, github, repository, releases: openGithubReleases(github, repository, { client }) }
}

describe("D06 GitHub limits who publishes", () => {
  it("goes on when the limit is over, not before, and repeats nothing that has happened", async () => {
    const { clock, github, repository, releases } = await limited()
    for (const fault of REFUSALS) {
      github.faults.next("repos/create-release", fault)
      github.faults.next("repos/upload-release-asset", fault)
      github.faults.next("repos/update-release", fault)
    }
    await clock.until(releases.publishAll(newVersions(5)))
    expect(publishedIn(repository)).toHaveLength(5)
    expect(repository.releases).toHaveLength(5)
    expect(github.impatient).toBe(0)
    expect(github.faults.unmet).toEqual([])
    expect(github.violations).toEqual([])
    await github.close()
  })

  it("does not come to the limits by itself", async () => {
    const { clock, github, repository, releases } = await limited()
    await clock.until(releases.publishAll(newVersions(30)))
    expect(publishedIn(repository)).toHaveLength(30)
    expect(github.requests.filter(({ status }) => status === 403 || status === 429)).toEqual([])
    expect(github.impatient).toBe(0)
    await github.close()
  })
})
