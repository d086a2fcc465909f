import fc from "fast-check"
import { describe, expect, it } from "vitest"
import type { Bundle, ChannelRule, Rollout } from "../../src/domain/bundle.ts"
import { type Instant, later, parseInstant } from "../../src/domain/instant.ts"
import type { BundleName } from "../../src/domain/names.ts"
import { type PlanIntent, type PlanRequest, plan, releaseSteps } from "../../src/domain/plan/plan.ts"
import { EMPTY_LEDGER, type LedgerState } from "../../src/domain/release.ts"
import type { Campaign } from "../../src/domain/revocation/campaigns.ts"
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
function decidedIn(request: PlanRequest) {
  const { plan: planned, findings } = plan(request)
  const names = [...new Set(planned.steps.map(({ bundle }) => bundle))].sort()
  return {
    steps: names.map((name: BundleName) => planned.steps.filter(({ bundle }) => bundle === name)),
    invalidations: planned.invalidations,
    nextAt: planned.nextAt,
    findings: findings.map(({ code, subject, message }) => `${code} ${subject} ${message}`).sort(),
  }
}

/** That began some hours ago, and go on every hour. */
type Started = Omit<Campaign, "before"> & { readonly hoursAgo: number }
const campaign: fc.Arbitrary<Started> = fc
  .record({
    name: fc.constantFrom("one", "two", "three"),
    select: fc.record({ clusters: fc.subarray(CLUSTERS, { minLength: 1 }) }),
    hoursAgo: fc.nat(3),
    size: fc.integer({ min: 1, max: 3 }),
    revokes: fc.boolean(),
  })
  .map(({ name, size, revokes, ...rest }) => ({
    ...rest,
    file: `policies/campaigns/${name}.yaml`,
    name,
    reason: name,
    waves: { size, every: HOUR },
    ...(revokes ? { revocation: { reason: "keyCompromise" } as const } : {}),
  }))
const campaigns = fc.uniqueArray(campaign, { selector: ({ name }) => name, maxLength: 3 })

function underWay(started: readonly Started[], now: Instant): ReadonlyMap<string, Campaign> {
  return new Map(
    started.map(({ hoursAgo, ...rest }) => [
      rest.name,
      rest.revocation === undefined ? { ...rest, before: later(now, -hoursAgo * HOUR) } : rest,
    ]),
  )
}

describe("a plan", () => {
  it("does not depend on the order of files, of the YAML or of the ledger", () => {
    fc.assert(
      fc.property(
        house,
        house,
        fc.integer({ min: 0, max: 12 }),
        campaigns,
        fc.array(fc.nat(), { minLength: 6, maxLength: 6 }),
        (before, after, days, planned, order) => {
          const ledger = days === 0 ? EMPTY_LEDGER : ledgerOf(before, days)
          const now = later(FROM, days * DAY)
          const intent = intentOf(after)
          const policies = { ...intent.policies, campaigns: underWay(planned, now) }
          const request = requestOf({ ...intent, policies }, ledger, now)
          const mixed = {
            ...request,
            policies: { ...policies, campaigns: shuffled(policies.campaigns, order) },
            desired: shuffled(request.desired, order),
            ledger: { ...ledger, bundles: shuffled(ledger.bundles, [...order].reverse()) },
          }
          expect(decidedIn(mixed)).toEqual(decidedIn(request))
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
          expect(decidedIn({ ...request, unrecorded })).toEqual(decidedIn(request))
        },
      ),
      { numRuns: 150 },
    )
  })
})

const ZONES = ["UTC", "Europe/Berlin", "America/New_York", "Pacific/Apia", "Asia/Kolkata"]
const WHOLE: House = {
  rules: Array.from({ length: 6 }, () => ({ follow: "candidate", after: 2 * DAY, rollout: { kind: "at-once" } })),
  keyspaces: [0, 0, 0, 0, 0, 0],
  lifetimeDays: 30,
}
const OVER_2049_AND_SUMMER_TIME: [House, number, string][] = [
  [WHOLE, 8_404, "UTC"],
  [WHOLE, 103, "America/New_York"],
  [WHOLE, 317, "Europe/Berlin"],
]

function inZone<T>(zone: string, run: () => T): T {
  const before = process.env["TZ"]
  process.env["TZ"] = zone
  try {
    return run()
  } finally {
    if (before === undefined) delete process.env["TZ"]
    else process.env["TZ"] = before
  }
}

describe("the calendar", () => {
  it("does not matter: the same days in another zone, centuries later, over leap days and over 2049, bring the same", () => {
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
      fc.property(house, fc.integer({ min: 0, max: 60_000 }), fc.constantFrom(...ZONES), (each, days, zone) => {
        const intent = intentOf(each)
        const then = later(FROM, days * DAY)
        expect(inZone(zone, () => story(intent, then))).toEqual(inZone("UTC", () => story(intent, FROM)))
      }),
      { numRuns: 30, examples: OVER_2049_AND_SUMMER_TIME },
    )
  })
})
