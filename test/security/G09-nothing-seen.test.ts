import { describe, expect, it } from "vitest"
import { DEFAULT_HEALTH } from "../../src/domain/default-policies.ts"
import { later } from "../../src/domain/instant.ts"
import { momentAt } from "../../src/domain/plan/moment.ts"
import type { HealthFact } from "../../src/domain/rollout/health.ts"
import { healthAnswer, healthView, rollbackCause } from "../../src/domain/rollout/health-gate.ts"
import { NAME, NOW } from "../support/planning.ts"
import { asking, DAY, HOUR, run, seen, street, waited, waitsOf } from "../support/rollout.ts"

const POLICY = {
  ...DEFAULT_HEALTH,
  whenUnknown: "pause",
  rollback: { failurePercent: 20, minimumSamples: 20, failedProbes: 3 },
} as const
const MEMBERS = new Map([["1.1.0", later(NOW, -DAY)]])

describe("G09: a canary of which nothing is known", () => {
  it.each([
    [0, 0],
    [Number.NaN, 0],
    [100, Number.NaN],
    [Number.NaN, Number.NaN],
    [Number.POSITIVE_INFINITY, 0],
    [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY],
    [-100, 0],
    [100, -1],
    [100, 101],
    [30.5, 0],
  ])("is inconclusive with %s samples and %s failures: no pass, and no reason to go back", (samples, failures) => {
    const fact: HealthFact = { kind: "traffic", bundle: NAME, version: "1.1.0", at: NOW, samples, failures }
    const view = healthView([fact], MEMBERS, POLICY, momentAt(NOW))
    expect(healthAnswer(view, POLICY).answer).toBe("inconclusive")
    expect(rollbackCause(view, POLICY)).toBeUndefined()
  })

  it("is not given to anybody else, however long it takes", () => {
    const first = run(
      asking(street({ policies: { health: POLICY } }), { channels: { stable: { after: HOUR } } }),
    ).street
    let at = run(asking(waited(first, DAY), { keyspace: "k1" })).street
    for (let days = 0; days < 5; days += 1) {
      const { street: next, outcome } = run(waited(at, DAY))
      expect([seen(next), waitsOf(outcome)]).toEqual(["1.0.0", ["stable health inconclusive"]])
      at = next
    }
  })
})
