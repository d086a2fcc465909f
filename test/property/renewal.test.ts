import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { type Instant, later, parseInstant } from "../../src/domain/instant.ts"
import type { BundleName } from "../../src/domain/names.ts"
import type { PlanIntent } from "../../src/domain/plan/plan.ts"
import type { Fault } from "../../src/domain/simulation/faults.ts"
import { simulate } from "../../src/domain/simulation/simulation.ts"
import { bundleOf, inputOf } from "../support/planning.ts"
import { policies } from "../support/policies.ts"

const HOUR = 3_600_000
const DAY = 24 * HOUR
const FROM = parseInstant("2026-11-22T10:00:00Z") as Instant

interface House {
  /** Hours. */
  readonly step: number
  /** Of a certificate, in steps: so long that a tenth of it sees a run or two. */
  readonly lives: number
  readonly jitterPercent: number
  readonly backoff: { readonly first: number; readonly doublings: number }
  readonly bundles: number
  readonly from: Instant
  /** Whether promotions are frozen for ever, and would soak otherwise. */
  readonly frozen: boolean
}

const house: fc.Arbitrary<House> = fc.record({
  step: fc.constantFrom(1, 2, 6, 12, 24),
  lives: fc.integer({ min: 20, max: 2_200 }),
  jitterPercent: fc.nat(20),
  backoff: fc.record({ first: fc.integer({ min: 1, max: 4 }), doublings: fc.nat(6) }),
  bundles: fc.integer({ min: 1, max: 4 }),
  frozen: fc.boolean(),
  from: fc.constantFrom(
    FROM,
    ...["2027-03-28T00:30:00Z", "2028-02-28T23:00:00Z", "2049-12-01T00:00:00Z", "2038-01-10T00:00:00Z"].map(
      text => parseInstant(text) as Instant,
    ),
  ),
})

const lifeOf = ({ step, lives }: House) => step * lives * HOUR

const CHANNELS = bundleOf().channels
const SOAKING = new Map([...CHANNELS].map(([name, rule]) => [name, { ...rule, after: DAY }]))
const FREEZE = { name: "for-ever", from: FROM, until: later(FROM, 40_000 * DAY), reason: "audit" }

function intentOf(own: House): PlanIntent {
  const { jitterPercent, backoff, bundles, frozen } = own
  const lifetime = lifeOf(own)
  const names = Array.from({ length: bundles }, (_, index): BundleName => `payments-prod/b${index}`)
  const defaults = policies()
  return {
    commit: "0".repeat(40),
    policyDigest: "0".repeat(64),
    policies: {
      ...defaults,
      rollout: { ...defaults.rollout, freezes: frozen ? [FREEZE] : [] },
      renewal: {
        ...defaults.renewal,
        jitterPercent,
        backoff: { first: backoff.first * HOUR, most: backoff.first * 2 ** backoff.doublings * HOUR },
      },
    },
    desired: new Map(
      names.map(fullName => [
        fullName,
        {
          bundle: bundleOf({ fullName, lifetime, channels: frozen ? SOAKING : CHANNELS }),
          input: inputOf(),
          inputDigest: "1".repeat(64),
        },
      ]),
    ),
    health: [],
    matrix: new Map(),
    locate: file => ({ file, line: 1, column: 1 }),
  }
}

/** Three lives, under these faults. */
function livesThrough(own: House, faults: readonly Fault[]) {
  return simulate({
    intent: intentOf(own),
    from: own.from,
    until: later(own.from, 3 * lifeOf(own)),
    step: own.step * HOUR,
    faults,
    catalogLifetime: 100 * 365 * DAY, // not what is looked at here
  })
}

describe("the laws of renewal", () => {
  it("no live bundle ever expires while everything works, however often it runs", () => {
    fc.assert(
      fc.property(house, own => {
        const { violations, counts } = livesThrough(own, [])
        expect(violations).toEqual([])
        expect(counts["release expired"]).toBeUndefined()
        expect(counts["point replacement"]).toBeUndefined() // no gate was waited for
        // three lives hold at most a renewal each 33 percent (66 - 20 of jitter, halved at most), and at least one each 66 and a run
        expect(counts["release renewal-due"]).toBeGreaterThanOrEqual(4 * own.bundles)
        expect(counts["release renewal-due"]).toBeLessThanOrEqual(9 * own.bundles)
      }),
      { numRuns: 60 },
    )
  })

  it.each(["issuer-down", "missed-runs"] as const)(
    "nor does it in an outage shorter than a third of its life: %s",
    kind => {
      // above all where it hurts: from when the first renewal is due, as long as may be
      const share = (min: number, max: number) => fc.double({ min, max, noNaN: true })
      const outage = fc.record({
        begins: fc.oneof(share(0.1, 2), share(0.6, 0.67)),
        lasts: fc.oneof(share(0, 1), share(0.97, 1)),
      })
      fc.assert(
        fc.property(house, outage, (own, { begins, lasts }) => {
          const life = lifeOf(own)
          // a third from the last run that worked to the next: each may lie a step beside the outage
          const length = Math.max(0, lasts * (life / 3 - 2 * own.step * HOUR))
          const from = later(own.from, begins * life)
          const { violations, counts } = livesThrough(own, [{ kind, from, until: later(from, length) }])
          expect(violations).toEqual([])
          expect(counts["release expired"]).toBeUndefined()
        }),
        { numRuns: 60 },
      )
    },
  )
})
