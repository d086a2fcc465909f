import { describe, expect, it } from "vitest"
import { DEFAULT_ROLLOUT } from "../../src/domain/default-policies.ts"
import { later } from "../../src/domain/instant.ts"
import { NOW } from "../support/planning.ts"
import { asking, codes, DAY, movesOf, run, type Street, seen, street, waited } from "../support/rollout.ts"

/** A freeze that never ends, begun a day after the first release. */
const freezes = [{ name: "for-ever", from: later(NOW, DAY), until: later(NOW, 4_000 * DAY), reason: "audit" }]
const FROZEN = { rollout: { ...DEFAULT_ROLLOUT, freezes } }

function firstRelease(): Street {
  return run(asking(street({ policies: FROZEN }), { channels: { stable: { after: 90 * DAY } } })).street
}

describe("G02: a window that never opens before a certificate ends", () => {
  it("lets renewals through, soak and freeze or not", () => {
    const { street: at, outcome } = run(waited(firstRelease(), 21 * DAY))
    expect([seen(at, "candidate"), seen(at)]).toEqual(["1.0.1", "1.0.1"])
    expect(movesOf(outcome)).toEqual(["candidate 1.0.0 -> 1.0.1, renewal", "stable 1.0.0 -> 1.0.1, renewal"])
  })

  it("warns in time, then opens for what would otherwise end, and sounds the alarm", () => {
    let at = run(asking(waited(firstRelease(), 2 * DAY), { keyspace: "k1" })).street
    const course: [number, string, readonly string[]][] = []
    for (const days of [19, 20, 24, 25, 26]) {
      const { street: next, outcome } = run({ ...at, now: later(NOW, days * DAY) })
      at = next
      course.push([days, seen(at), codes(outcome).filter(code => code === "S25" || code === "S27")])
    }
    expect(course).toEqual([
      [19, "1.0.0", []],
      [20, "1.0.0", ["S27"]],
      [24, "1.0.0", ["S27"]],
      [25, seen(at, "candidate"), ["S25"]],
      [26, seen(at, "candidate"), []],
    ])
  })

  it("keeps in the ledger which gates were closed", () => {
    const at = run(asking(waited(firstRelease(), 2 * DAY), { keyspace: "k1" })).street
    const { outcome } = run({ ...at, now: later(NOW, 25 * DAY) })
    const move = outcome.plan.steps.find(step => step.kind === "point" && step.channel === "candidate")
    expect(move).toMatchObject({ reason: "replacement", gates: [{ check: "freeze", answer: "fail" }] })
  })

  it("does not open for a version that is known to be bad", () => {
    const policies = {
      ...FROZEN,
      health: {
        file: "policies/health.yaml",
        whenUnknown: "pause",
        minimumSamples: 1,
        maximumFailurePercent: 1,
        staleAfter: DAY,
      },
    } as const
    let at = run({ ...asking(waited(firstRelease(), 2 * DAY), { keyspace: "k1" }), policies }).street
    at = run({ ...at, policies: { health: policies.health } }).street
    expect([seen(at, "candidate"), seen(at)]).toEqual(["1.1.0", "1.0.0"])
    const now = later(NOW, 26 * DAY)
    const bad = {
      kind: "traffic",
      bundle: "payments-prod/checkout",
      version: "1.1.0",
      at: now,
      samples: 9,
      failures: 9,
    } as const
    expect(seen(run({ ...at, now, health: [bad] }).street)).toBe("1.0.0")
    expect(seen(run({ ...at, now }).street)).not.toBe("1.0.0")
  })
})
