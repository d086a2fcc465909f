import fc from "fast-check"
import { describe, expect, it } from "vitest"
import type { ChannelRule, Pin, Rollout, VersionDecision } from "../../src/domain/bundle.ts"
import { DEFAULT_HEALTH, DEFAULT_ROLLOUT } from "../../src/domain/default-policies.ts"
import { later } from "../../src/domain/instant.ts"
import { momentAt } from "../../src/domain/plan/moment.ts"
import { standingOf, withholdingOf } from "../../src/domain/plan/standing.ts"
import { findRelease } from "../../src/domain/release.ts"
import { isAhead, placeOf } from "../../src/domain/rollout/cohort.ts"
import { PROMOTION_GATES } from "../../src/domain/rollout/gates.ts"
import { NAME, NOW } from "../support/planning.ts"
import {
  type Asked,
  DAY,
  HOUR,
  historyIn,
  planOf,
  run,
  type Street,
  seen,
  stateOf,
  street,
} from "../support/rollout.ts"

const CHANNELS = ["candidate", "canary", "stable"] as const
const duration = fc.constantFrom(0, HOUR, 6 * HOUR, DAY, 5 * DAY)
const keep = fc.constantFrom(HOUR, 40 * DAY)

const rollout: fc.Arbitrary<Rollout> = fc.oneof(
  fc.constant({ kind: "at-once" } as const),
  keep.map(each => ({ kind: "blue-green", keep: each }) as const),
  fc.tuple(fc.integer({ min: 1, max: 50 }), fc.integer({ min: 51, max: 99 }), keep).map(
    ([first, second, wait]) =>
      ({
        kind: "stages",
        stages: [{ percent: first, for: HOUR }, { percent: second, for: wait }, { percent: 100 }],
      }) as const,
  ),
)

const version = fc.tuple(fc.nat(1), fc.nat(3), fc.nat(3)).map(parts => `${parts[0] + 1}.${parts[1]}.${parts[2]}`)
const pin: fc.Arbitrary<Pin> = fc.record(
  { version, reason: fc.constantFrom("INC-1", "INC-2"), until: fc.nat(20).map(days => later(NOW, days * DAY)) },
  { requiredKeys: ["version", "reason"] },
)

const rule: fc.Arbitrary<Partial<ChannelRule>> = fc
  .record({
    after: duration,
    rollout,
    versions: fc.option(fc.constantFrom("<2.0.0", ">=1.1.0", "*"), { nil: undefined, freq: 6 }),
    pin: fc.option(pin, { nil: undefined, freq: 4 }),
  })
  .map(({ versions, pin: held, ...rest }) => ({
    ...rest,
    ...(versions === undefined ? {} : { versions }),
    ...(held === undefined ? {} : { pin: held }),
  }))

type Happening =
  | { readonly kind: "rule"; readonly channel: (typeof CHANNELS)[number]; readonly rule: Partial<ChannelRule> }
  | { readonly kind: "change"; readonly keyspace: string }
  | { readonly kind: "decide"; readonly version: string; readonly decision: VersionDecision }
  | { readonly kind: "see"; readonly version: string; readonly samples: number; readonly failures: number }
  | { readonly kind: "override"; readonly gate: (typeof PROMOTION_GATES)[number]; readonly days: number }
  | { readonly kind: "wait"; readonly millis: number }

const happening: fc.Arbitrary<Happening> = fc.oneof(
  fc.record({ kind: fc.constant("rule" as const), channel: fc.constantFrom(...CHANNELS), rule }),
  fc.record({ kind: fc.constant("change" as const), keyspace: fc.constantFrom("k0", "k1", "k2") }),
  fc.record({
    kind: fc.constant("decide" as const),
    version,
    decision: fc.oneof(
      fc.constant({ revoked: { reason: "keyCompromise" as const } }),
      fc.record({ retry: fc.record({ reason: fc.constantFrom("mended", "again") }) }),
    ),
  }),
  fc.record({
    kind: fc.constant("see" as const),
    version,
    samples: fc.constantFrom(0, 10, 100, Number.NaN),
    failures: fc.constantFrom(0, 1, 50, Number.NaN),
  }),
  fc.record({ kind: fc.constant("override" as const), gate: fc.constantFrom(...PROMOTION_GATES), days: fc.nat(9) }),
  fc.record({
    kind: fc.constant("wait" as const),
    millis: fc.constantFrom(1000, HOUR, 6 * HOUR, DAY, 5 * DAY, 21 * DAY),
  }),
)

const policies = fc.record({
  rollout: fc
    .record({
      freezes: fc.constantFrom(
        [],
        [{ name: "year-end", from: later(NOW, 2 * DAY), until: later(NOW, 9 * DAY), reason: "audit" }],
        [{ name: "for-ever", from: NOW, until: later(NOW, 4000 * DAY), reason: "war" }],
      ),
      ranges: fc.constantFrom([], [{ application: "checkout", versions: "<2.0.0", reason: "cluster too old" }]),
    })
    .map(own => ({ ...DEFAULT_ROLLOUT, environments: ["staging", "production"], ...own })),
  health: fc
    .record({
      whenUnknown: fc.constantFrom("pause" as const, "time-alone" as const),
      rollback: fc.constant({ failurePercent: 20, minimumSamples: 20, failedProbes: 2 }),
    })
    .map(own => ({ ...DEFAULT_HEALTH, ...own })),
})

const STAGING = "payments-staging/checkout"

describe("the laws of channels", () => {
  it("hold for rules, holds, decisions, facts and times of every kind", () => {
    fc.assert(
      fc.property(policies, fc.array(happening, { minLength: 1, maxLength: 25 }), (own, happenings) => {
        const asked = { [STAGING]: { environment: "staging" }, [NAME]: {} }
        let at = street({ policies: own, asked })
        for (const each of happenings) {
          // run() itself shows that performing a plan leaves nothing to plan
          at = run(happen(at, each)).street
          channelsAreAlive(at)
          heldChannelsStay(at)
          nothingHappensBefore(at)
        }
      }),
      { numRuns: 250 },
    )
  })

  it("give a consumer who is ahead the new version for as long as the percentage rises", () => {
    fc.assert(
      fc.property(fc.string(), version, fc.tuple(fc.nat(100), fc.nat(100)), (consumer, each, percents) => {
        const place = placeOf(consumer, NAME, each)
        const [low, high] = [...percents].sort((a, b) => a - b) as [number, number]
        expect(place).toBeGreaterThanOrEqual(0)
        expect(isAhead(place, 0)).toBe(false)
        expect(isAhead(place, 100)).toBe(true)
        if (isAhead(place, low)) expect(isAhead(place, high)).toBe(true)
        expect(placeOf(consumer, NAME, each)).toBe(place)
      }),
      { numRuns: 2000 },
    )
  })
})

function happen(at: Street, happening: Happening): Street {
  switch (happening.kind) {
    case "rule": {
      const { channels } = at.asked[NAME] ?? {}
      return asked(at, { channels: { ...channels, [happening.channel]: happening.rule } })
    }
    case "change":
      return asked(at, { keyspace: happening.keyspace }, STAGING, NAME)
    case "decide": {
      const versions = at.asked[NAME]?.bundle?.versions ?? new Map()
      const released = findRelease(historyIn(at), happening.version) !== undefined
      if (!released) return at
      return asked(at, {
        bundle: {
          ...at.asked[NAME]?.bundle,
          versions: new Map([...versions, [happening.version, happening.decision]]),
        },
      })
    }
    case "see": {
      const { version: subject, samples, failures } = happening
      const fact = { kind: "traffic", bundle: NAME, version: subject, at: at.now, samples, failures } as const
      return { ...at, health: [...at.health, fact] }
    }
    case "override": {
      const { gate, days } = happening
      const overrides = [{ gate, reason: "INC-3", until: later(at.now, days * DAY) }]
      return asked(at, { bundle: { ...at.asked[NAME]?.bundle, overrides } })
    }
    case "wait":
      return { ...at, now: later(at.now, happening.millis) }
  }
}

function asked(at: Street, more: Asked, ...names: readonly (typeof NAME | typeof STAGING)[]): Street {
  const changed = (names.length === 0 ? ([NAME] as const) : names).map(name => [name, { ...at.asked[name], ...more }])
  return { ...at, asked: { ...at.asked, ...Object.fromEntries(changed) } }
}

/** The ledger itself, and not only what the catalog hides. */
function channelsAreAlive(at: Street): void {
  const history = historyIn(at)
  for (const channel of CHANNELS) {
    const state = stateOf(at, channel)
    for (const each of [state?.version, state?.ahead?.version]) {
      if (each === undefined) continue
      const release = findRelease(history, each)
      if (release === undefined) throw new Error(`${channel} points at ${each}, which does not exist`)
      expect(withholdingOf(standingOf([], history, release, momentAt(at.now)))).toBeUndefined()
    }
  }
}

/** The plan knows when to look again: until then there is nothing to do. */
function nothingHappensBefore(at: Street): void {
  const { nextAt } = planOf(at).plan
  if (nextAt === undefined) return
  expect(planOf({ ...at, now: later(nextAt, -1000) }).plan.steps).toEqual([])
}

/** A hold that can be kept is kept. */
function heldChannelsStay(at: Street): void {
  const history = historyIn(at)
  for (const channel of CHANNELS) {
    const held = at.asked[NAME]?.channels?.[channel]?.pin
    if (held === undefined || (held.until !== undefined && held.until <= at.now)) continue
    const release = findRelease(history, held.version)
    const withheld = release && withholdingOf(standingOf([], history, release, momentAt(at.now)))
    const lastMove = history.moves.findLast(move => move.channel === channel)
    if (release === undefined || withheld !== undefined || lastMove?.reason === "rollback") continue
    expect(seen(at, channel)).toBe(held.version)
  }
}
