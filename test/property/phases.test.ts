import fc from "fast-check"
import { describe, expect, it } from "vitest"
import type { ChannelRule, VersionDecision } from "../../src/domain/bundle.ts"
import type { Duration } from "../../src/domain/duration.ts"
import { type Instant, instantFromMillis, later } from "../../src/domain/instant.ts"
import { phaseSteps } from "../../src/domain/lifecycle/phases.ts"
import { phaseByDate, retirementsOf, scheduleFrom } from "../../src/domain/lifecycle/schedule.ts"
import { momentAt } from "../../src/domain/plan/moment.ts"
import type { LifecyclePolicy } from "../../src/domain/policies.ts"
import { type BundleHistory, type Mark, PHASES } from "../../src/domain/release.ts"
import { channelState, channelTarget } from "../../src/domain/rollout/channels.ts"
import type { HealthFact } from "../../src/domain/rollout/health.ts"
import { DAY, type Life, marked, planningAt, problems, runAt, twoVersions } from "../support/lifecycle.ts"
import { bundleOf, NAME, NOW } from "../support/planning.ts"
import { asking, HOUR, historyIn, objectionsTo, run, type Street, street, waited } from "../support/rollout.ts"

const days = (most: number) => fc.integer({ min: 1, max: most }).map(each => each * DAY)
const lifecycle: fc.Arbitrary<LifecyclePolicy> = fc.record({
  file: fc.constant("policies/lifecycle.yaml"),
  deprecated: days(60),
  limited: days(60),
  securityOnly: days(60),
  archiveAfter: days(60),
  maximumActive: fc.integer({ min: 1, max: 4 }),
  maximumExtension: days(60),
})

/** From today on, to the second, over leap days, daylight saving and the years 2049 and 2050 of X.509. */
const start = fc
  .oneof(
    fc.constantFrom(Date.UTC(2028, 1, 28), Date.UTC(2026, 2, 29, 1), Date.UTC(2049, 11, 30), Date.UTC(2099, 11, 31)),
    fc.integer({ min: NOW, max: NOW + 3_000 * DAY }),
  )
  .map(instantFromMillis)

describe("phases", () => {
  const decided = (from: Instant): ReadonlyMap<string, VersionDecision> =>
    new Map([["1.0.0", { deprecated: { from, reason: "superseded", replacement: "1.1.0" } }]])

  it("end where the dates say, whichever runs were missed, hourly, daily or all but the last", () => {
    fc.assert(
      fc.property(
        lifecycle,
        start,
        fc.integer({ min: 0, max: 20 * 24 }),
        fc.array(fc.integer({ min: 0, max: 260 * 24 }), { maxLength: 30 }),
        (policy, seen, ahead, hours) => {
          const from = later(seen, ahead * HOUR)
          const runs = [0, ...hours.sort((a, b) => a - b)].map(each => later(seen, each * HOUR))
          let life = lasting(seen, policy, decided(from))
          for (const now of runs) life = runAt(life, now).life
          const last = runs.at(-1) ?? seen
          expect(retirementsOf(life.history).get("1.0.0")?.phase).toBe(
            phaseByDate(scheduleFrom(from, policy), at => at <= last),
          )
        },
      ),
      { numRuns: 300 },
    )
  })

  it("never go back, and begin at their date or after it", () => {
    fc.assert(
      fc.property(
        lifecycle,
        start,
        fc.array(fc.record({ hours: fc.integer({ min: 1, max: 40 * 24 }), consumers: fc.nat(3), until: fc.nat(150) }), {
          maxLength: 15,
        }),
        (policy, seen, runs) => {
          let life = runAt(lasting(seen, { ...policy, usageGate: { maximumConsumers: 1 } }, decided(seen)), seen).life
          let now = seen
          for (const { hours, consumers, until } of runs) {
            now = later(now, hours * HOUR)
            const extended = until < 75 ? {} : { extended: { until: later(seen, until * DAY), reason: "INC-1" } }
            const deprecated = { from: seen, reason: "superseded", replacement: "1.1.0", ...extended }
            const health = consumers === 0 ? [] : [used(consumers, now)]
            const before = retirementsOf(life.history).get("1.0.0")
            life = runAt({ ...life, decisions: new Map([["1.0.0", { deprecated }]]), health }, now).life
            const after = retirementsOf(life.history).get("1.0.0")
            expect(rank(after?.phase)).toBeGreaterThanOrEqual(rank(before?.phase))
            if (after === undefined || before === undefined) throw new Error("it was announced")
            expect(rank(after.phase)).toBeLessThanOrEqual(rank(phaseByDate(before.schedule, at => at <= now)))
            expect(after.schedule.endOfLifeAt).toBeGreaterThanOrEqual(before.schedule.endOfLifeAt)
            expect(after.schedule.endOfLifeAt - after.announced.endOfLifeAt).toBeLessThanOrEqual(
              policy.maximumExtension,
            )
          }
        },
      ),
      { numRuns: 300 },
    )
  })

  it("have nothing to do until the instant that they name", () => {
    fc.assert(
      fc.property(
        lifecycle,
        start,
        fc.integer({ min: 0, max: 260 * 24 }),
        fc.nat(1_000),
        (policy, seen, hours, share) => {
          const announced = runAt(lasting(seen, policy, decided(seen)), seen).life
          const now = later(seen, hours * HOUR)
          const { life } = runAt(announced, now)
          const planning = planningAt(life, now)
          phaseSteps(planning)
          const next = planning.moment.next()
          const between = next === undefined ? later(now, share * DAY) : later(now, ((next - 1 - now) * share) / 1_000)
          expect(marked(runAt(life, between))).toEqual([])
        },
      ),
      { numRuns: 200 },
    )
  })

  function lasting(seen: Instant, policy: LifecyclePolicy, decisions: Life["decisions"]): Life {
    const { history } = twoVersions()
    const published = later(seen, -7 * DAY)
    const releases = history.releases.map(each => ({
      ...each,
      publishedAt: published,
      certificate: { ...each.certificate, notAfter: later(seen, 10_000 * DAY) },
    }))
    const moves = history.moves.map(move => ({ ...move, at: published }))
    const life = { history: { ...history, releases, moves }, decisions, policies: { lifecycle: policy } }
    expect(problems(runAt(life, seen))).toEqual([])
    return life
  }
})

function used(consumers: number, at: Instant): HealthFact {
  return { kind: "traffic", bundle: NAME, version: "1.0.0", at, samples: 9, failures: 0, consumers }
}

const rank = (phase: (typeof PHASES)[number] | undefined): number => (phase === undefined ? -1 : PHASES.indexOf(phase))

/** What people and time do to a bundle between two runs. */
type Happening =
  | { readonly kind: "change"; readonly keyspace: number }
  | { readonly kind: "deprecate"; readonly version: number; readonly replacement: number; readonly inDays: number }
  | { readonly kind: "extend"; readonly days: number }
  | { readonly kind: "pin"; readonly version: number | undefined }
  | { readonly kind: "revoke"; readonly version: number }
  | { readonly kind: "wait"; readonly hours: number }

const happening: fc.Arbitrary<Happening> = fc.oneof(
  fc.record({ kind: fc.constant("change" as const), keyspace: fc.nat(4) }),
  fc.record({
    kind: fc.constant("deprecate" as const),
    version: fc.nat(5),
    replacement: fc.nat(5),
    inDays: fc.integer({ min: -1, max: 5 }),
  }),
  fc.record({ kind: fc.constant("extend" as const), days: fc.nat(40) }),
  fc.record({ kind: fc.constant("pin" as const), version: fc.option(fc.nat(5), { nil: undefined }) }),
  fc.record({ kind: fc.constant("revoke" as const), version: fc.nat(5) }),
  fc.record({ kind: fc.constant("wait" as const), hours: fc.integer({ min: 0, max: 20 * 24 }) }),
)

describe("whatever happens to a bundle whose versions come and go", () => {
  it("a run leaves nothing to do, no channel leads to what is withheld, and no phase goes back", () => {
    fc.assert(
      fc.property(
        lifecycle,
        fc.array(happening, { maxLength: 20, size: "max" }),
        days(90),
        (policy, happenings, idle) => {
          let current = street({ policies: { lifecycle: policy } })
          for (const each of happenings) {
            const before = historyIn(current)
            current = run(happen(current, each)).street // throws when something is left to do
            channelsLeadToWhatIsOffered(current, idle)
            phasesGoOn(before, historyIn(current))
          }
        },
      ),
      { numRuns: 400 },
    )
  })
})

function happen(before: Street, happening: Happening): Street {
  const { releases } = historyIn(before)
  const pick = (index: number) => releases[index % Math.max(1, releases.length)]?.version
  const versions = before.asked[NAME]?.bundle?.versions ?? new Map<string, VersionDecision>()
  const decide = (version: string | undefined, decision: VersionDecision): Street => {
    if (version === undefined) return before
    return asking(before, {
      bundle: {
        ...before.asked[NAME]?.bundle,
        versions: new Map([...versions, [version, { ...versions.get(version), ...decision }]]),
      },
    })
  }
  switch (happening.kind) {
    case "change":
      return asking(before, { keyspace: `k${happening.keyspace}` })
    case "deprecate": {
      const replacement = pick(happening.replacement)
      if (replacement === undefined) return before
      const from = later(before.now, happening.inDays * DAY)
      return decide(pick(happening.version), { deprecated: { from, reason: "superseded", replacement } })
    }
    case "extend": {
      const [version, decision] = [...versions].find(([, { deprecated }]) => deprecated !== undefined) ?? []
      const until = later(before.now, happening.days * DAY)
      if (decision?.deprecated === undefined) return before
      return decide(version, { deprecated: { ...decision.deprecated, extended: { until, reason: "INC-1" } } })
    }
    case "pin": {
      const version = happening.version === undefined ? undefined : pick(happening.version)
      const rule: ChannelRule = { follow: "candidate", after: 0, rollout: { kind: "at-once" } }
      const pinned = version === undefined ? rule : { ...rule, pin: { version, reason: "INC-2" } }
      const bundle = { channels: new Map([...bundleOf().channels, ["stable", pinned] as const]), versions }
      return asking(before, { bundle })
    }
    case "revoke":
      return decide(pick(happening.version), { revoked: { reason: "superseded" } })
    case "wait":
      return waited(before, happening.hours * HOUR)
  }
}

/** Neither in the ledger nor, when nobody has run for a while, in the catalog. */
function channelsLeadToWhatIsOffered(current: Street, idle: Duration): void {
  const { ledger, now } = current
  const history = historyIn(current)
  const then = later(now, idle)
  for (const channel of ["candidate", "stable"]) {
    const written = channelState(history, channel)
    const read = channelTarget(ledger.invalidations, history, channel, momentAt(then))
    for (const version of [written?.version, written?.ahead?.version].filter(each => each !== undefined))
      expect(objectionsTo(history, version, now)).toEqual([])
    for (const version of [read?.version, read?.ahead?.version].filter(each => each !== undefined))
      expect(objectionsTo(history, version, then)).toEqual([])
  }
}

function phasesGoOn(before: BundleHistory, after: BundleHistory): void {
  const reached = (marks: readonly Mark[], version: string): number =>
    Math.max(-1, ...marks.flatMap(mark => (mark.version === version && isPhase(mark.kind) ? [rank(mark.kind)] : [])))
  for (const { version } of before.releases) {
    const [was, is] = [reached(before.marks, version), reached(after.marks, version)]
    expect(is).toBeGreaterThanOrEqual(was)
    const own = after.marks
      .filter(mark => mark.version === version)
      .flatMap(({ kind }) => (isPhase(kind) ? [rank(kind)] : []))
    expect(own).toEqual([...new Set(own)].sort((a, b) => a - b))
  }
}

function isPhase(kind: Mark["kind"]): kind is (typeof PHASES)[number] {
  return PHASES.some(phase => phase === kind)
}
