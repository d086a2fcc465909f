import { describe, expect, it } from "vitest"
import type { GithubTarget } from "../../src/adapters/github/release-forge.ts"
import type { WaveLimits } from "../../src/domain/forge/waves.ts"
import type { Repository } from "../support/github/model.ts"
import {
  clientOf,
  emptyCatalog,
  endState,
  fetchFrom,
  memoryBranch,
  newRepository,
  newVersions,
  openGithubReleases,
  sharedGithub,
} from "../support/github-releases.ts"

const github = await sharedGithub()
const repository = await newRepository(github)

class PowerCut extends Error {}

interface Run {
  readonly repository: Repository
  readonly branch: ReturnType<typeof memoryBranch>
  readonly layout: GithubTarget["layout"]
}

/** Makes two waves of five versions. */
const SMALL: WaveLimits = { shardBytes: 1_800, files: 100, assets: 3 }

/** Publishes, and dies right after the given effect at GitHub, before it hears of it. Counts the effects. */
async function publish({ repository, branch, layout }: Run, dieAfter = Number.POSITIVE_INFINITY): Promise<number> {
  let effects = 0
  const passed = fetchFrom(github)
  const client = clientOf(github, "job", {
    fetch: async (input, init) => {
      if (effects >= dieAfter) throw new PowerCut()
      const response = await passed(input, init)
      if (init?.method !== "GET" && response.ok) effects += 1
      if (effects >= dieAfter) throw new PowerCut()
      return response
    },
  })
  const releases = openGithubReleases(github, repository, { layout, branch, client, waveLimits: SMALL })
  await releases.publishAll(newVersions(layout === "wave" ? 5 : 2, 2))
  await releases.publishCatalog(emptyCatalog(1))
  return effects
}

function newRun(layout: GithubTarget["layout"]): Run {
  repository.releases.splice(0)
  return { repository, branch: memoryBranch(), layout }
}

describe("D04 publishing is cut off", () => {
  it.each(["per-version", "wave"] as const)(
    "after any effect, it is finished by running it again (%s)",
    async layout => {
      const whole = newRun(layout)
      const effects = await publish(whole)
      expect(effects).toBeGreaterThan(6)
      const wanted = endState(whole.repository)
      expect(wanted.every(({ draft }) => !draft)).toBe(true)
      for (let dieAfter = 1; dieAfter <= effects; dieAfter += 1) {
        const run = newRun(layout)
        await expect(publish(run, dieAfter)).rejects.toThrow()
        await publish(run)
        expect(endState(run.repository)).toEqual(wanted)
        expect(run.branch.store.files).toEqual(whole.branch.store.files)
      }
    },
  )

  it.each(["per-version", "wave"] as const)("does nothing when all is there (%s)", async layout => {
    const run = newRun(layout)
    await publish(run)
    expect(await publish(run)).toBe(0)
  })
})
