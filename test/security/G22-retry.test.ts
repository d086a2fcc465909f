import { describe, expect, it } from "vitest"
import type { VersionDecision } from "../../src/domain/bundle.ts"
import { DEFAULT_HEALTH } from "../../src/domain/default-policies.ts"
import {
  asking,
  codes,
  DAY,
  HOUR,
  movesOf,
  run,
  type Street,
  seen,
  street,
  traffic,
  waited,
} from "../support/rollout.ts"

const health = { ...DEFAULT_HEALTH, rollback: { failurePercent: 20, minimumSamples: 20, failedProbes: 3 } }

function failing(at: Street): Street {
  return { ...at, health: [...at.health, traffic(at, "1.1.0", 50, 50)] }
}

function retrying(at: Street, reason: string): Street {
  const versions = new Map<string, VersionDecision>([["1.1.0", { retry: { reason } }]])
  return asking(at, { bundle: { versions } })
}

/** 1.1.0 has failed, everybody is back at 1.0.0. */
function failed(): Street {
  const first = run(street({ policies: { health } })).street
  const second = run(asking(waited(first, DAY), { keyspace: "k1" })).street
  return waited(run(failing(waited(second, HOUR))).street, HOUR)
}

describe("G22: a version that has failed", () => {
  it("is not tried again by itself, however long it takes and whatever else is seen of it", () => {
    let at: Street = { ...failed(), health: [] }
    for (let days = 0; days < 10; days += 1) {
      at = run(waited({ ...at, health: [traffic(at, "1.1.0", 100, 0)] }, DAY)).street
      expect(seen(at)).toBe("1.0.0")
    }
  })

  it("is tried again for a reason, which is recorded", () => {
    const { street: at, outcome } = run(retrying(failed(), "the firewall was at fault, INC-9"))
    expect(seen(at)).toBe("1.1.0")
    expect(outcome.plan.steps[0]).toMatchObject({
      mark: { kind: "retried", reason: "the firewall was at fault, INC-9" },
    })
    expect(movesOf(outcome)).toHaveLength(2)
  })

  it("is taken back again when it fails again, and the same reason does nothing then", () => {
    const tried = run(retrying(failed(), "once")).street
    const { street: again } = run(failing(waited(tried, HOUR)))
    expect(seen(again)).toBe("1.0.0")
    const { street: at, outcome } = run(waited(again, HOUR))
    expect([seen(at), movesOf(outcome)]).toEqual(["1.0.0", []])
    expect(codes(outcome)).toEqual(["S20", "S21"])
    expect(seen(run(retrying(at, "another")).street)).toBe("1.1.0")
  })

  it("stays failed though a retry was written before it failed: that spends the reason", () => {
    const second = run(asking(waited(run(street({ policies: { health } })).street, DAY), { keyspace: "k1" })).street
    const { street: at, outcome } = run(failing(waited(retrying(second, "just in case"), HOUR)))
    expect(outcome.plan.steps.flatMap(step => (step.kind === "mark" ? [step.mark.kind] : []))).toEqual([
      "retried",
      "failed",
    ])
    expect(seen(at)).toBe("1.0.0")
    expect(codes(run(waited(at, HOUR)).outcome)).toEqual(["S20", "S21"])
    expect(seen(run(retrying(at, "the firewall is open now")).street)).toBe("1.1.0")
  })

  it("is what a retry is for: a warning says so where nothing has failed", () => {
    expect(
      codes(run(retrying(run(asking(run(street()).street, { keyspace: "k1" })).street, "why not")).outcome),
    ).toEqual(["S22"])
  })
})
