import fc from "fast-check"
import { describe, expect, it } from "vitest"
import type { ChannelRule, Pin, Rollout, VersionDecision } from "../../src/domain/bundle.ts"
import { DEFAULT_HEALTH, DEFAULT_ROLLOUT } from "../../src/domain/default-policies.ts"
import { later } from "../../src/domain/instant.ts"
import type { PlanOutcome } from "../../src/domain/plan/plan.ts"
import { MOVE_REASONS, type MoveReason, type PointerMove } from "../../src/domain/release.ts"
import { rolloutShare } from "../../src/domain/rollout/cohort.ts"
import { PROMOTION_GATES } from "../../src/domain/rollout/gates.ts"
import { NAME, NOW } from "../support/planning.ts"
import {
  type Asked,
  DAY,
  HOUR,
  historyIn,
  objectionsTo,
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

const stages = fc.tuple(fc.integer({ min: 1, max: 50 }), fc.integer({ min: 51, max: 99 }), keep).map(
  ([first, second, wait]): Rollout => ({
    kind: "stages",
    stages: [{ percent: first, for: HOUR }, { percent: second, for: wait }, { percent: 100 }],
  }),
)
const rollout: fc.Arbitrary<Rollout> = fc.oneof(
  fc.constant<Rollout>({ kind: "at-once" }),
  keep.map((each): Rollout => ({ kind: "blue-green", keep: each })),
  { weight: 4, arbitrary: stages },
)

/** What it begins with: a rollout that can get somewhere. */
const staged = fc.record({ after: fc.constantFrom(0, HOUR), rollout: stages })

/** One of those that have been released, counted back from the newest: so that what happens, happens to something. */
const back = fc.constantFrom(0, 0, 0, 1, 2, 3)
const pin = fc.record(
  { back, reason: fc.constantFrom("INC-1", "INC-2"), until: fc.nat(20).map(days => later(NOW, days * DAY)) },
  { requiredKeys: ["back", "reason"] },
)

const rule: fc.Arbitrary<Partial<ChannelRule>> = fc
  .record({
    after: duration,
    rollout,
    versions: fc.option(fc.constantFrom("<2.0.0", ">=1.1.0", "*"), { nil: undefined, freq: 6 }),
  })
  .map(({ versions, ...rest }) => (versions === undefined ? rest : { ...rest, versions }))

type Held = Omit<Pin, "version"> & { readonly back: number }

type Happening =
  | { readonly kind: "rule"; readonly channel: (typeof CHANNELS)[number]; readonly rule: Partial<ChannelRule> }
  | { readonly kind: "hold"; readonly channel: (typeof CHANNELS)[number]; readonly pin: Held }
  | { readonly kind: "change"; readonly keyspace: string }
  | { readonly kind: "decide"; readonly back: number; readonly decision: VersionDecision }
  | { readonly kind: "see"; readonly back: number; readonly samples: number; readonly failures: number }
  | { readonly kind: "override"; readonly gate: (typeof PROMOTION_GATES)[number]; readonly days: number }
  | { readonly kind: "wait"; readonly millis: number }

const happening: fc.Arbitrary<Happening> = fc.oneof(
  fc.record({ kind: fc.constant("rule" as const), channel: fc.constantFrom(...CHANNELS), rule }),
  fc.record({ kind: fc.constant("hold" as const), channel: fc.constantFrom(...CHANNELS), pin }),
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant("change" as const), keyspace: fc.constantFrom("k0", "k1", "k2") }),
  },
  fc.record({
    kind: fc.constant("decide" as const),
    back,
    decision: fc.oneof(
      fc.constant({ revoked: { reason: "keyCompromise" as const } }),
      fc.record({ retry: fc.record({ reason: fc.constantFrom("mended", "again") }) }),
    ),
  }),
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant("see" as const),
      back,
      samples: fc.constantFrom(100, 100, 100, 10, Number.NaN),
      failures: fc.constantFrom(0, 1, 50, 50, Number.NaN),
    }),
  },
  fc.record({ kind: fc.constant("override" as const), gate: fc.constantFrom(...PROMOTION_GATES), days: fc.nat(9) }),
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant("wait" as const),
      millis: fc.constantFrom(1000, HOUR, 6 * HOUR, DAY, 5 * DAY, 21 * DAY),
    }),
  },
)

const policies = fc.record({
  rollout: fc
    .record({
      freezes: fc.constantFrom(
        [],
        [],
        [],
        [{ name: "year-end", from: later(NOW, 2 * DAY), until: later(NOW, 9 * DAY), reason: "audit" }],
        [{ name: "for-ever", from: NOW, until: later(NOW, 4000 * DAY), reason: "war" }],
      ),
      ranges: fc.constantFrom([], [], [{ application: "checkout", versions: "<2.0.0", reason: "cluster too old" }]),
    })
    .map(own => ({ ...DEFAULT_ROLLOUT, environments: ["staging", "production"], ...own })),
  health: fc
    .record({
      whenUnknown: fc.constantFrom("pause" as const, "time-alone" as const, "time-alone" as const),
      rollback: fc.constant({ failurePercent: 20, minimumSamples: 20, failedProbes: 2 }),
    })
    .map(own => ({ ...DEFAULT_HEALTH, ...own })),
})

const version = fc.tuple(fc.nat(9), fc.nat(9), fc.nat(9)).map(parts => parts.join("."))
const percents = fc.array(fc.nat(100), { maxLength: 5 }).map(each => each.sort((a, b) => a - b))

const STAGING = "payments-staging/checkout"

const happenings = fc.array(happening, { minLength: 1, maxLength: 30, size: "max" })

describe("the laws of channels", () => {
  /** What has been seen to move: laws hold easily where nothing does. */
  const reasons = new Set<MoveReason>()

  it("hold for rules, holds, decisions, facts and times of every kind", () => {
    fc.assert(
      fc.property(policies, staged, happenings, (own, stable, each) => {
        const asked = { [STAGING]: { environment: "staging" }, [NAME]: { channels: { stable } } }
        let at = street({ policies: own, asked })
        for (const happening of each) {
          const before = at
          // run() itself shows that performing a plan leaves nothing to plan
          const { street: after, outcome } = run(happen(before, happening))
          at = after
          for (const { reason } of movesSince(before, at)) reasons.add(reason)
          expect(movesSince(before, at).map(({ at: _at, cause: _cause, gates: _gates, ...move }) => move)).toEqual(
            movesIn(outcome),
          )
          channelsAreAlive(at)
          rolloutsOnlyGrow(before, at)
          heldChannelsStay(at)
          nothingHappensBefore(at)
        }
      }),
      { numRuns: 120 },
    )
    expect([...reasons].sort()).toEqual([...MOVE_REASONS].sort())
  })

  it("give a consumer who is ahead the new version for as long as the percentage rises", () => {
    fc.assert(
      fc.property(fc.string(), version, percents, (consumer, each, rising) => {
        const shares = [0, ...rising, 100].map(percent =>
          rolloutShare({ version: "1.0.0", ahead: { version: each, percent, dealt: each } }, NAME, consumer),
        )
        const ahead = shares.map(share => share?.isAhead)
        expect(ahead.at(0)).toBe(false)
        expect(ahead.at(-1)).toBe(true)
        expect(ahead.lastIndexOf(false)).toBeLessThan(ahead.indexOf(true))
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
    case "hold": {
      const { channels } = at.asked[NAME] ?? {}
      const { back: steps, ...rest } = happening.pin
      const subject = releasedBefore(at, steps)
      if (subject === undefined) return at
      const held = { ...channels?.[happening.channel], pin: { ...rest, version: subject } }
      return asked(at, { channels: { ...channels, [happening.channel]: held } })
    }
    case "change":
      return asked(at, { keyspace: happening.keyspace }, STAGING, NAME)
    case "decide": {
      const versions = at.asked[NAME]?.bundle?.versions ?? new Map()
      const subject = releasedBefore(at, happening.back)
      if (subject === undefined) return at
      return asked(at, {
        bundle: { ...at.asked[NAME]?.bundle, versions: new Map([...versions, [subject, happening.decision]]) },
      })
    }
    case "see": {
      const { samples, failures } = happening
      const subject = releasedBefore(at, happening.back)
      if (subject === undefined) return at
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

function releasedBefore(at: Street, steps: number): string | undefined {
  const { releases } = historyIn(at)
  return releases[Math.max(0, releases.length - 1 - steps)]?.version
}

function movesSince(before: Street, after: Street): readonly PointerMove[] {
  return historyIn(after).moves.slice(historyIn(before).moves.length)
}

/** What the ledger must say once a plan has been performed. */
function movesIn({ plan: { steps } }: PlanOutcome) {
  return steps.flatMap(step =>
    step.kind === "point" && step.bundle === NAME
      ? [{ channel: step.channel, version: step.to, percent: step.percent, reason: step.reason }]
      : [],
  )
}

/** The ledger itself, and not only what the catalog hides. */
function channelsAreAlive(at: Street): void {
  for (const channel of CHANNELS) {
    const state = stateOf(at, channel)
    for (const each of [state?.version, state?.ahead?.version]) {
      if (each !== undefined)
        expect([channel, each, objectionsTo(historyIn(at), each, at.now)]).toEqual([channel, each, []])
    }
  }
}

/** As long as the same version is rolled out, nobody who has it loses it. */
function rolloutsOnlyGrow(before: Street, after: Street): void {
  for (const channel of CHANNELS) {
    const [was, is] = [before, after].map(each => stateOf(each, channel)?.ahead)
    if (was !== undefined && was.version === is?.version) expect(is.percent).toBeGreaterThanOrEqual(was.percent)
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
    const lastMove = history.moves.findLast(move => move.channel === channel)
    if (objectionsTo(history, held.version, at.now).length > 0 || lastMove?.reason === "rollback") continue
    expect(seen(at, channel)).toBe(held.version)
  }
}
