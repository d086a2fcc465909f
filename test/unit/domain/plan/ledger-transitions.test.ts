import { describe, expect, it } from "vitest"
import { DEFAULT_HEALTH } from "../../../../src/domain/default-policies.ts"
import { withoutReleasesOf } from "../../../../src/domain/plan/ledger-transitions.ts"
import { NAME } from "../../../support/planning.ts"
import { asking, DAY, HOUR, movesOf, planOf, run, street, traffic, waited } from "../../../support/rollout.ts"

describe("a plan whose release could not be made", () => {
  it("still rolls back and marks, and leaves out what leads to the release", () => {
    const health = { ...DEFAULT_HEALTH, rollback: { failurePercent: 20, minimumSamples: 20, failedProbes: 3 } }
    const first = run(street({ policies: { health } })).street
    const second = waited(run(asking(waited(first, DAY), { keyspace: "k1" })).street, HOUR)
    const failing = asking({ ...second, health: [traffic(second, "1.1.0", 50, 50)] }, { keyspace: "k2" })
    const outcome = planOf(failing)
    expect(movesOf(outcome)).toEqual([
      "candidate 1.1.0 -> 1.0.0, rollback",
      "candidate 1.0.0 -> 1.2.0, follow",
      "stable 1.1.0 -> 1.0.0, rollback",
      "stable 1.0.0 -> 1.2.0, follow",
    ])
    const plan = withoutReleasesOf(outcome.plan, new Set([NAME]))
    expect(plan.steps.map(({ kind }) => kind)).toEqual(["mark", "point", "point"])
    expect(movesOf({ ...outcome, plan })).toEqual([
      "candidate 1.1.0 -> 1.0.0, rollback",
      "stable 1.1.0 -> 1.0.0, rollback",
    ])
  })
})
