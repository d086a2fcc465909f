import { describe, expect, it } from "vitest"
import { wavesRequests } from "../../../../src/app/estimate.ts"
import { estimate } from "../../../../src/domain/forge/estimate.ts"
import { githubLimits } from "../../../../src/domain/forge/limits.ts"
import type { WaveLimits } from "../../../../src/domain/forge/waves.ts"
import { massPublish } from "../../../support/github-mass.ts"
import { endState, newVersions } from "../../../support/github-releases.ts"

/** Makes some sixty shards of five hundred small versions, in two waves. */
const SMALL: WaveLimits = { shardBytes: 10_000, files: 100, assets: 40 }

describe("publishing many versions within GitHub's limits", () => {
  it("takes in waves what was estimated, and comes to the same end when one request in 20 fails", async () => {
    const versions = newVersions(500, 4)
    const calm = await massPublish(versions, { layout: "wave", waveLimits: SMALL })
    const { millis, requests } = estimate(wavesRequests(versions, SMALL).requests, githubLimits())
    expect(calm.millis).toBeGreaterThan(0.8 * millis)
    expect(calm.millis).toBeLessThan(1.2 * millis)
    expect(calm.requests).toBeGreaterThan(0.8 * requests)
    expect(calm.requests).toBeLessThan(1.2 * requests)
    expect(calm.github.impatient).toBe(0)

    const stormy = await massPublish(versions, { layout: "wave", waveLimits: SMALL, oneIn: 20 })
    expect(endState(stormy.repository)).toEqual(endState(calm.repository))
    for (const { github } of [calm, stormy]) {
      expect(github.violations).toEqual([])
      await github.close()
    }
  })
})
