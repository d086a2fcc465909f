import { describe, expect, it } from "vitest"
import type { Bundle } from "../../src/domain/bundle.ts"
import { type Instant, later, parseInstant } from "../../src/domain/instant.ts"
import type { BundleName } from "../../src/domain/names.ts"
import { FAULTS, faultsFor } from "../../src/domain/simulation/faults.ts"
import { simulate } from "../../src/domain/simulation/simulation.ts"
import { bundleOf, inputOf } from "../support/planning.ts"
import { policies } from "../support/policies.ts"

const FROM = parseInstant("2026-11-22T00:00:00Z") as Instant
const DAY = 86_400_000
const CLUSTERS = ["payments-dev", "payments-staging", "payments-prod"]
const LIFETIMES = [30, 60, 90, 180]

/** 1,000 bundles: three environments, four lifetimes, channels of every kind. */
function generated(): ReadonlyMap<BundleName, Bundle> {
  return new Map(
    Array.from({ length: 1000 }, (_, index) => {
      const cluster = CLUSTERS[index % 3] ?? ""
      const fullName: BundleName = `${cluster}/app-${Math.floor(index / 3)}`
      const lifetime = (LIFETIMES[index % 4] ?? 30) * DAY
      return [
        fullName,
        bundleOf({ fullName, cluster, application: `app-${Math.floor(index / 3)}`, lifetime, ...channels(index) }),
      ]
    }),
  )
}

function channels(index: number): Pick<Bundle, "channels"> {
  const candidate = { follow: "latest", after: 0, rollout: { kind: "at-once" } } as const
  const stages = [{ percent: 10, for: DAY }, { percent: 50, for: DAY }, { percent: 100 }]
  const rollouts = [{ kind: "at-once" }, { kind: "stages", stages }, { kind: "blue-green", keep: 3 * DAY }] as const
  const rollout = rollouts[index % 3] ?? rollouts[0]
  return {
    channels: new Map([
      ["candidate", candidate],
      ["stable", { follow: "candidate", after: DAY, rollout }],
    ]),
  }
}

describe("a simulated year of a thousand bundles, hour by hour, with missed runs, outages, crashes and wrong clocks", () => {
  it("breaks no law", () => {
    const until = later(FROM, 365 * DAY)
    const rollout = { ...policies().rollout, environments: ["dev", "staging", "prod"] }
    const bundles = generated()
    const { counts, violations } = simulate({
      intent: {
        commit: "0".repeat(40),
        policyDigest: "0".repeat(64),
        policies: policies({ rollout }),
        desired: new Map(
          [...bundles].map(([name, bundle]) => {
            const input = inputOf({}, { name: bundle.cluster, environment: bundle.cluster.slice("payments-".length) })
            return [name, { bundle, input, inputDigest: "1".repeat(64) }]
          }),
        ),
        health: [],
        matrix: new Map(),
        locate: file => ({ file, line: 1, column: 1 }),
      },
      from: FROM,
      until,
      step: 3_600_000,
      faults: faultsFor("a thousand", FAULTS, { from: FROM, until }),
      catalogLifetime: 7 * DAY,
    })

    expect(violations.slice(0, 5)).toEqual([])
    expect(counts["release first-release"]).toBe(1000)
    expect(counts["release renewal-due"]).toBeGreaterThan(6_000)
    expect(counts["attempt issuer-unusable"]).toBeGreaterThan(100)
  })
})
