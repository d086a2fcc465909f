import { describe, expect, it } from "vitest"
import { type Instant, later, parseInstant } from "../../../../src/domain/instant.ts"
import type { BundleName } from "../../../../src/domain/names.ts"
import type { PlanIntent } from "../../../../src/domain/plan/plan.ts"
import { FAULTS, type FaultKind, faultsFor } from "../../../../src/domain/simulation/faults.ts"
import { type SimulationRequest, simulate } from "../../../../src/domain/simulation/simulation.ts"
import { bundleOf, inputOf } from "../../../support/planning.ts"
import { policies } from "../../../support/policies.ts"

const FROM = parseInstant("2026-11-22T00:00:00Z") as Instant
const HOUR = 3_600_000
const DAY = 24 * HOUR

function intentOf(count: number, own: Parameters<typeof bundleOf>[0] = {}): PlanIntent {
  const names = Array.from({ length: count }, (_, index): BundleName => `payments-prod/b${index}`)
  return {
    commit: "0".repeat(40),
    policyDigest: "0".repeat(64),
    policies: policies(),
    desired: new Map(
      names.map(fullName => {
        const bundle = bundleOf({ ...own, fullName })
        return [fullName, { bundle, input: inputOf(), inputDigest: "1".repeat(64) }]
      }),
    ),
    health: [],
    matrix: new Map(),
    locate: file => ({ file, line: 1, column: 1 }),
  }
}

function yearOf(intent: PlanIntent, faults: readonly FaultKind[] = [], step = HOUR): SimulationRequest {
  const until = later(FROM, 365 * DAY)
  return {
    intent,
    from: FROM,
    until,
    step,
    faults: faultsFor("seed", faults, { from: FROM, until }),
    catalogLifetime: 7 * DAY,
  }
}

describe("a simulated year", () => {
  it("renews each bundle about every twenty days and breaks no law", () => {
    const { runs, transactions, counts, violations } = simulate(yearOf(intentOf(5)))
    expect(violations).toEqual([])
    expect(runs).toBe(365 * 24)
    expect(counts["release first-release"]).toBe(5)
    expect(counts["release renewal-due"]).toBeGreaterThanOrEqual(5 * 18)
    expect(counts["release renewal-due"]).toBeLessThanOrEqual(5 * 21)
    expect(transactions).toBeLessThan(200)
  })

  it.each(FAULTS)("breaks no law with %s", fault => {
    expect(simulate(yearOf(intentOf(5), [fault])).violations).toEqual([])
  })

  it("breaks no law with everything that goes wrong", () => {
    const { missed, counts, violations } = simulate(yearOf(intentOf(10), FAULTS))
    expect(violations).toEqual([])
    expect(missed).toBeGreaterThan(0)
    expect(Object.keys(counts)).toContain("attempt issuer-unusable")
  })

  it("is the same for the same seed", () => {
    expect(simulate(yearOf(intentOf(3), FAULTS))).toEqual(simulate(yearOf(intentOf(3), FAULTS)))
  })

  it("excuses a bundle that expires in an outage of a third of its life, and no other", () => {
    const request = yearOf(intentOf(1))
    const outage = { kind: "issuer-down", from: later(FROM, 15 * DAY), until: later(FROM, 40 * DAY) } as const
    expect(simulate({ ...request, faults: [outage] }).violations).toEqual([])
    const skew = {
      kind: "clock-skew",
      from: later(FROM, 15 * DAY),
      until: later(FROM, 40 * DAY),
      by: -30 * DAY,
    } as const
    expect(new Set(simulate({ ...request, faults: [skew] }).violations.map(({ law }) => law))).toContain(
      "no live bundle expires without an outage of a third of its life",
    )
  })

  it("tells when nobody ran it for longer than clients believe a catalog", () => {
    const request = yearOf(intentOf(1))
    const faults = [{ kind: "missed-runs", from: later(FROM, DAY), until: later(FROM, 9 * DAY) }] as const
    expect(new Set(simulate({ ...request, faults }).violations.map(({ law }) => law))).toEqual(
      new Set(["clients always have a catalog to believe"]),
    )
  })
})
