import fc from "fast-check"
import { describe, expect, it } from "vitest"
import type { Bundle, ChannelRule, Rollout } from "../../src/domain/bundle.ts"
import { type Instant, later, parseInstant } from "../../src/domain/instant.ts"
import type { BundleName } from "../../src/domain/names.ts"
import { type PlanIntent, type PlanRequest, plan, releaseSteps } from "../../src/domain/plan/plan.ts"
import { EMPTY_LEDGER, type LedgerState } from "../../src/domain/release.ts"
import { FAULTS, faultsFor } from "../../src/domain/simulation/faults.ts"
import { simulate } from "../../src/domain/simulation/simulation.ts"
import { bundleOf, inputOf } from "../support/planning.ts"
import { policies } from "../support/policies.ts"

const FROM = parseInstant("2026-11-22T00:00:00Z") as Instant
const HOUR = 3_600_000
const DAY = 24 * HOUR
const CLUSTERS = ["shop-dev", "shop-staging", "shop-prod"]

const rollout: fc.Arbitrary<Rollout> = fc.constantFrom(
  { kind: "at-once" },
  { kind: "stages", stages: [{ percent: 10, for: DAY }, { percent: 100 }] },
  { kind: "blue-green", keep: DAY },
)
const stable: fc.Arbitrary<ChannelRule> = fc.record({
  follow: fc.constant("candidate"),
  after: fc.constantFrom(0, HOUR, 2 * DAY),
  rollout,
})

/** Two applications in three environments; what they ask for changes now and then. */
interface House {
  readonly rules: readonly ChannelRule[]
  readonly keyspaces: readonly number[]
  readonly lifetimeDays: number
}

const house: fc.Arbitrary<House> = fc.record({
  rules: fc.array(stable, { minLength: 6, maxLength: 6 }),
  keyspaces: fc.array(fc.nat(2), { minLength: 6, maxLength: 6 }),
  lifetimeDays: fc.constantFrom(7, 30, 90),
})

function intentOf({ rules, keyspaces, lifetimeDays }: House): PlanIntent {
  const bundles = [...rules.keys()].map((index): Bundle => {
    const cluster = CLUSTERS[index % 3] ?? ""
    const name = index < 3 ? "checkout" : "reports"
    const rule = rules[index] ?? { follow: "candidate", after: 0, rollout: { kind: "at-once" } }
    return bundleOf({
      fullName: `${cluster}/${name}`,
      cluster,
      name,
      application: name,
      lifetime: lifetimeDays * DAY,
      channels: new Map([
        ["candidate", { follow: "latest", after: 0, rollout: { kind: "at-once" } }],
        ["stable", rule],
      ]),
    })
  })
  return {
    commit: "0".repeat(40),
    policyDigest: "0".repeat(64),
    policies: policies({ rollout: { ...policies().rollout, environments: ["dev", "staging", "prod"] } }),
    desired: new Map(
      bundles.map((bundle, index) => {
        const keyspace = `k${keyspaces[index]}`
        const input = inputOf(
          { name: bundle.name, keyspace },
          { name: bundle.cluster, environment: bundle.cluster.slice("shop-".length) },
        )
        return [bundle.fullName, { bundle, input, inputDigest: String(keyspaces[index]).repeat(64) }]
      }),
    ),
    health: [],
    matrix: new Map(),
    locate: file => ({ file, line: 1, column: 1 }),
  }
}

/** What some days of hourly runs make of the house before it changes. */
function ledgerOf(before: House, days: number): LedgerState {
  const until = later(FROM, days * DAY)
  return simulate({ intent: intentOf(before), from: FROM, until, step: HOUR, faults: [], catalogLifetime: 7 * DAY })
    .ledger
}

function requestOf(intent: PlanIntent, ledger: LedgerState, now: Instant): PlanRequest {
  return { ...intent, ledgerHead: null, ledger, unrecorded: new Map(), catalog: undefined, now }
}

const shuffled = <K, V>(map: ReadonlyMap<K, V>, order: readonly number[]): ReadonlyMap<K, V> =>
  new Map(
    [...map]
      .map((each, index) => [order[index] ?? 0, each] as const)
      .sort(([a], [b]) => a - b)
      .map(([, each]) => each),
  )

/** Its steps by bundle: between bundles there is no order. */
function stepsOf(request: PlanRequest) {
  const { plan: planned } = plan(request)
  const names = [...new Set(planned.steps.map(({ bundle }) => bundle))].sort()
  return names.map((name: BundleName) => planned.steps.filter(({ bundle }) => bundle === name))
}

describe("a plan", () => {
  it("does not depend on the order of files, of the YAML or of the ledger", () => {
    fc.assert(
      fc.property(
        house,
        house,
        fc.integer({ min: 0, max: 12 }),
        fc.array(fc.nat(), { minLength: 6, maxLength: 6 }),
        (before, after, days, order) => {
          const ledger = days === 0 ? EMPTY_LEDGER : ledgerOf(before, days)
          const request = requestOf(intentOf(after), ledger, later(FROM, days * DAY))
          const mixed = {
            ...request,
            desired: shuffled(request.desired, order),
            ledger: { ...ledger, bundles: shuffled(ledger.bundles, [...order].reverse()) },
          }
          expect(stepsOf(mixed)).toEqual(stepsOf(request))
        },
      ),
      { numRuns: 150 },
    )
  })

  it("does not depend on which of its releases a run that was cut off has published already", () => {
    fc.assert(
      fc.property(
        house,
        house,
        fc.integer({ min: 0, max: 12 }),
        fc.array(fc.boolean(), { minLength: 6, maxLength: 6 }),
        (before, after, days, done) => {
          const ledger = days === 0 ? EMPTY_LEDGER : ledgerOf(before, days)
          const request = requestOf(intentOf(after), ledger, later(FROM, days * DAY))
          const releases = releaseSteps(plan(request).plan).filter((_, index) => done[index])
          const unrecorded = new Map(
            releases.map(({ bundle, version, inputDigest, predecessor }) => [
              bundle,
              [{ version, inputDigest, predecessor }],
            ]),
          )
          expect(stepsOf({ ...request, unrecorded })).toEqual(stepsOf(request))
        },
      ),
      { numRuns: 150 },
    )
  })
})

describe("the calendar", () => {
  it("does not matter: the same days, centuries later, over leap days and over 2049, bring the same", () => {
    const story = (intent: PlanIntent, from: Instant) => {
      const until = later(from, 60 * DAY)
      const faults = faultsFor("calendar", FAULTS, { from, until })
      const outcome = simulate({ intent, from, until, step: 6 * HOUR, faults, catalogLifetime: 7 * DAY })
      const moves = [...outcome.ledger.bundles.values()].map(({ bundle, moves }) =>
        moves.map(({ at, channel, version, percent }) => [bundle, channel, version, percent, at - from]),
      )
      return { counts: outcome.counts, violations: outcome.violations, moves }
    }
    fc.assert(
      fc.property(house, fc.integer({ min: 0, max: 60_000 }), (each, days) => {
        const intent = intentOf(each)
        expect(story(intent, later(FROM, days * DAY))).toEqual(story(intent, FROM))
      }),
      { numRuns: 20, examples: [[{ rules: [], keyspaces: [], lifetimeDays: 30 }, 8_404]] },
    )
  })
})
