import { describe, expect, it } from "vitest"
import { memoryReleases } from "../../../src/adapters/releases-memory.ts"
import { estimatePublish, versionsRequests, wavesRequests } from "../../../src/app/estimate.ts"
import type { Plan } from "../../../src/domain/plan/plan.ts"
import type { ReleaseTarget } from "../../../src/domain/policies.ts"
import { renderEstimateJson, renderEstimateText } from "../../../src/render/estimate.ts"
import { newVersions } from "../../support/github-releases.ts"

const GITHUB: ReleaseTarget = {
  kind: "github",
  repository: "acme/bundles",
  repositoryId: 7,
  layout: "automatic",
  waveAbove: 20,
  catalogBranch: "catalog",
}

async function staged(count: number) {
  const releases = memoryReleases()
  const versions = newVersions(count)
  for (const { bundle, version, read } of versions) await releases.publish(bundle, version, await read())
  const steps = versions.map(({ bundle, version }) => ({ kind: "release", bundle, version }))
  return { releases, plan: { steps } as unknown as Plan }
}

const estimateOf = async (count: number, target: ReleaseTarget = GITHUB) => {
  const { releases, plan } = await staged(count)
  return estimatePublish(plan, releases, target)
}

describe("the estimate of publishing", () => {
  it("counts a draft, three files, a look and publishing for each version", () => {
    expect(versionsRequests(newVersions(10))).toEqual({ read: 12, create: 40, write: 10 })
  })

  it("counts a draft, a shard, an index a cluster, looks and publishing for a wave", () => {
    expect(wavesRequests(newVersions(10, 3))).toEqual({ count: 1, requests: { read: 7, create: 5, write: 1 } })
  })

  it("is nothing for nothing", async () => {
    expect(versionsRequests([])).toEqual({ read: 0, create: 0, write: 0 })
    expect(wavesRequests([])).toEqual({ count: 0, requests: { read: 0, create: 0, write: 0 } })
    expect(await estimateOf(0)).toMatchObject({ versions: 0, bytes: 0, layout: "per-version" })
  })

  it.each([
    [20, "per-version"],
    [21, "wave"],
  ])("says which layout %i versions get, and what the other takes", async (count, layout) => {
    const estimate = await estimateOf(count)
    expect(estimate).toMatchObject({ versions: count, layout })
    expect(estimate.layouts["per-version"].notices).toBe(count)
    expect(estimate.layouts.wave.notices).toBe(1)
    expect(estimate.layouts.wave.millis).toBeLessThan(estimate.layouts["per-version"].millis)
  })

  it("leaves out what an earlier run has published: it is not staged", async () => {
    const { plan } = await staged(3)
    expect(await estimatePublish(plan, memoryReleases(), GITHUB)).toMatchObject({ versions: 0 })
  })

  it("is told to people, the chosen layout first", async () => {
    const lines = renderEstimateText(await estimateOf(30)).split("\n")
    expect(lines[0]).toMatch(/^30 versions, [\d.]+ KiB$/)
    expect(lines[1]).toMatch(/^chosen {3}wave +\d+ requests +5 that create +1 notice +about \d+ s$/)
    expect(lines[2]).toMatch(/^instead {2}per-version +\d+ requests +120 that create +30 notices +about \d+ min$/)
    expect(renderEstimateText(await estimateOf(1, { kind: "directory", path: "x" }))).toMatch(/no requests/)
  })

  it("is told to programs", async () => {
    const { kind, layout, layouts } = JSON.parse(renderEstimateJson(await estimateOf(30)))
    expect([kind, layout]).toEqual(["PublishEstimate", "wave"])
    expect(Object.keys(layouts.wave).sort()).toEqual(["creations", "notices", "requests", "seconds"])
  })
})
