import { describe, expect, it } from "vitest"
import type { VersionDecision } from "../../../../src/domain/bundle.ts"
import { later } from "../../../../src/domain/instant.ts"
import { phaseSteps } from "../../../../src/domain/lifecycle/phases.ts"
import { retirementsOf } from "../../../../src/domain/lifecycle/schedule.ts"
import type { MarkStep } from "../../../../src/domain/plan/steps.ts"
import type { ReleaseRecord } from "../../../../src/domain/release.ts"
import type { HealthFact } from "../../../../src/domain/rollout/health.ts"
import {
  DAY,
  deprecating,
  extending,
  type Life,
  longLived,
  marked,
  moves,
  on,
  planningAt,
  problems,
  runAt,
  twoVersions,
} from "../../../support/lifecycle.ts"
import { historyOf, NAME, NOW } from "../../../support/planning.ts"
import { policies } from "../../../support/policies.ts"

/** By the defaults: 90, 60 and 30 days, then a year. */
const SCHEDULE = {
  from: on("2026-12-01"),
  limitedAt: on("2027-03-01"),
  securityOnlyAt: on("2027-04-30"),
  endOfLifeAt: on("2027-05-30"),
  archivedAt: on("2028-05-29"),
}
const announced = (): Life => runAt(twoVersions({ decisions: deprecating("2026-12-01") }), NOW).life
type Decided = readonly [version: string, decision: VersionDecision]
const markOf = ([step]: readonly MarkStep[]) => step?.mark

describe("a deprecation", () => {
  it("is announced as soon as it is seen, with all its dates", () => {
    const { steps, findings } = runAt(twoVersions({ decisions: deprecating("2026-12-01") }), NOW)
    expect(steps).toEqual([
      {
        kind: "mark",
        bundle: NAME,
        version: "1.0.0",
        mark: { kind: "deprecated", reason: "superseded", replacement: "1.1.0", schedule: SCHEDULE },
      },
    ])
    expect(findings.map(({ code, severity }) => [code, severity])).toEqual([["S35", "note"]])
  })

  it("is announced once", () => {
    expect(runAt(announced(), NOW).steps).toEqual([])
  })

  it("keeps its dates when the policy changes afterwards", () => {
    const shorter = { ...announced(), policies: { lifecycle: { ...policies().lifecycle, deprecated: DAY } } }
    expect(runAt(shorter, on("2026-12-03")).steps).toEqual([])
    expect(marked(runAt(shorter, SCHEDULE.limitedAt))).toEqual(["1.0.0 limited"])
  })

  it("may begin on the day of the run that sees it, whatever the hour", () => {
    expect(marked(runAt(twoVersions({ decisions: deprecating("2026-11-22") }), on("2026-11-22T23:59:59Z")))).toEqual([
      "1.0.0 deprecated",
    ])
  })

  it("is not back-dated", () => {
    const run = runAt(twoVersions({ decisions: deprecating("2026-11-21T23:59:59Z") }), on("2026-11-22"))
    expect(run.steps).toEqual([])
    expect(problems(run)).toEqual(["S36"])
  })

  it.each(["2026-11-30", "2026-12-02"])("keeps its day when the YAML says %s afterwards", from => {
    const run = runAt({ ...announced(), decisions: deprecating(from) }, NOW)
    expect(run.steps).toEqual([])
    expect(problems(run)).toEqual(["S37"])
  })

  it("goes on when its line is gone", () => {
    const silent: Life = { ...announced(), decisions: new Map() }
    expect(marked(runAt(silent, SCHEDULE.endOfLifeAt))).toEqual(["1.0.0 end-of-life"])
  })

  it("may name another replacement later, without another date", () => {
    const life = announced()
    const more = { ...life, history: { ...life.history, releases: [...life.history.releases, longLived("1.2.0")] } }
    const run = runAt({ ...more, decisions: deprecating("2026-12-01", { replacement: "1.2.0" }) }, on("2026-12-24"))
    expect(markOf(run.steps)).toMatchObject({ kind: "deprecated", replacement: "1.2.0", schedule: SCHEDULE })
    expect(retirementsOf(run.life.history).get("1.0.0")).toMatchObject({ replacement: "1.2.0", schedule: SCHEDULE })
  })

  it("says nothing about a version that is revoked", () => {
    const life = twoVersions({ decisions: deprecating("2026-11-01") })
    const mark = { kind: "revoked", revocation: { reason: "keyCompromise" }, version: "1.0.0", at: NOW } as const
    expect(runAt({ ...life, history: { ...life.history, marks: [mark] } }, NOW)).toMatchObject({
      steps: [],
      findings: [],
    })
  })
})

describe("a replacement", () => {
  const replacedBy = (replacement: string, history = twoVersions().history) =>
    runAt(twoVersions({ history, decisions: deprecating("2026-12-01", { replacement }) }), NOW)

  it("has been released", () => {
    expect(problems(replacedBy("1.9.0"))).toEqual(["S38"])
  })

  it("is not revoked", () => {
    const revoked = { kind: "revoked", revocation: { reason: "superseded" }, version: "1.1.0", at: NOW } as const
    const run = replacedBy("1.1.0", { ...twoVersions().history, marks: [revoked] })
    expect([run.steps, problems(run)]).toEqual([[], ["S38"]])
  })

  it("is not on its way out itself", () => {
    const { history } = runAt(
      twoVersions({
        decisions: new Map([
          ["1.1.0", { deprecated: { from: on("2026-12-01"), reason: "bad", replacement: "1.0.0" } }],
        ]),
      }),
      NOW,
    ).life
    expect(problems(replacedBy("1.1.0", history))).toEqual(["S38"])
  })

  it("is not to be deprecated in the same breath, in whichever order that is written", () => {
    const first: Decided = ["1.0.0", { deprecated: { from: on("2026-12-01"), reason: "old", replacement: "1.1.0" } }]
    const second: Decided = ["1.1.0", { deprecated: { from: on("2026-12-01"), reason: "bad", replacement: "1.0.0" } }]
    for (const written of [
      [first, second],
      [second, first],
    ]) {
      const decisions = new Map<string, VersionDecision>(written)
      const run = runAt(twoVersions({ decisions }), NOW)
      expect([run.steps, problems(run)]).toEqual([[], ["S38", "S38"]])
    }
  })

  it("has not expired", () => {
    const [old, newer] = twoVersions().history.releases
    const expired = newer && { ...newer, certificate: { ...newer.certificate, notAfter: NOW } }
    const releases = [old, expired].filter(each => each !== undefined)
    expect(problems(replacedBy("1.1.0", historyOf({ releases })))).toEqual(["S38"])
  })

  it("may be older", () => {
    const { history } = twoVersions()
    const decisions = new Map([
      ["1.1.0", { deprecated: { from: on("2026-12-01"), reason: "bad", replacement: "1.0.0" } }],
    ])
    expect(marked(runAt(twoVersions({ history, decisions }), NOW))).toEqual(["1.1.0 deprecated"])
  })
})

describe("a phase", () => {
  it.each([
    ["2027-02-28T23:59:59Z", []],
    ["2027-03-01", ["1.0.0 limited"]],
    ["2027-04-29T23:59:59Z", ["1.0.0 limited"]],
    ["2027-04-30", ["1.0.0 security-only"]],
    ["2027-05-30", ["1.0.0 end-of-life"]],
    ["2028-05-29", ["1.0.0 archived"]],
    ["2040-01-01", ["1.0.0 archived"]],
  ])("that is due at %s is the only one marked, however many were missed: %s", (now, expected) => {
    const run = runAt(announced(), on(now))
    expect(marked(run)).toEqual(expected)
    expect(runAt(run.life, on(now)).steps).toEqual([])
  })

  it("does not begin for a version that is revoked", () => {
    const life = announced()
    const mark = { kind: "revoked", revocation: { reason: "keyCompromise" }, version: "1.0.0", at: NOW } as const
    const revoked = { ...life, history: { ...life.history, marks: [...life.history.marks, mark] } }
    expect(runAt(revoked, SCHEDULE.archivedAt)).toMatchObject({ steps: [], findings: [] })
  })

  it("waits until a channel has led to the replacement for a day", () => {
    const life = announced()
    const withMoves = (at: string): Life => ({ ...life, history: { ...life.history, moves: moves("1.1.0", on(at)) } })
    const nowhere: Life = { ...life, history: { ...life.history, moves: moves("1.0.0", NOW) } }
    expect(problems(runAt(nowhere, SCHEDULE.limitedAt))).toEqual(["S39", "S43", "S43"])
    expect(problems(runAt(withMoves("2027-02-28T00:00:01Z"), SCHEDULE.limitedAt))).toEqual(["S39"])
    expect(marked(runAt(withMoves("2027-02-28"), SCHEDULE.limitedAt))).toEqual(["1.0.0 limited"])
  })

  it("waits for the second half of a plan that replaces the replacement", () => {
    const life = announced()
    const releases = life.history.releases.map(each =>
      each.version === "1.1.0" ? { ...each, certificate: { ...each.certificate, notAfter: SCHEDULE.limitedAt } } : each,
    )
    const before = { ...life, history: { ...life.history, releases } }
    expect(problems(runAt(before, SCHEDULE.limitedAt))).toEqual(["S39"])
    const history = {
      ...before.history,
      releases: [...releases, { ...longLived("1.1.1"), publishedAt: SCHEDULE.limitedAt }],
      moves: [...life.history.moves, ...moves("1.1.1", SCHEDULE.limitedAt)],
    }
    expect(problems(runAt({ ...before, history }, SCHEDULE.limitedAt))).toEqual(["S39"])
    expect(marked(runAt({ ...before, history }, later(SCHEDULE.limitedAt, 1_000)))).toEqual(["1.0.0 limited"])
  })

  it("takes what came after the replacement for it", () => {
    const life = announced()
    const history = {
      ...life.history,
      releases: [...life.history.releases, longLived("1.1.1")],
      moves: [...life.history.moves, ...moves("1.1.1", on("2027-02-28T23:00:00Z"))],
    }
    expect(marked(runAt({ ...life, history }, SCHEDULE.limitedAt))).toEqual(["1.0.0 limited"])
  })

  it("waits for nobody once the certificate has expired", () => {
    const life = announced()
    const releases = life.history.releases.map(each => ({
      ...each,
      certificate: { ...each.certificate, notAfter: on("2027-01-01") },
    }))
    const run = runAt({ ...life, history: { ...life.history, releases, moves: [] } }, SCHEDULE.limitedAt)
    expect([marked(run), problems(run)]).toEqual([["1.0.0 limited"], []])
  })
})

describe("the usage gate", () => {
  const used = (consumers: number | undefined, at = SCHEDULE.limitedAt): HealthFact => ({
    kind: "traffic",
    bundle: NAME,
    version: "1.0.0",
    at,
    samples: 100,
    failures: 0,
    ...(consumers === undefined ? {} : { consumers }),
  })
  const gated = (health: readonly HealthFact[]): Life => ({
    ...announced(),
    policies: { lifecycle: { ...policies().lifecycle, usageGate: { maximumConsumers: 2 } } },
    health,
  })

  it("holds a phase back while more consumers use the version, and says how many", () => {
    const run = runAt(gated([used(3)]), SCHEDULE.limitedAt)
    expect([marked(run), problems(run)]).toEqual([[], ["S40"]])
    expect(run.findings.find(({ code }) => code === "S40")?.message).toContain("3 still use it")
  })

  it.each([
    ["few enough", [used(2)]],
    ["nothing is known", []],
    ["numbers are not known", [used(undefined)]],
    ["what is known is old", [used(9, later(SCHEDULE.limitedAt, -DAY))]],
    ["there were more before", [used(9, later(SCHEDULE.limitedAt, -3_600_000)), used(0)]],
  ])("opens when %s", (_why, facts) => {
    expect(marked(runAt(gated(facts), SCHEDULE.limitedAt))).toEqual(["1.0.0 limited"])
  })

  it("is opened by an override, until that ends, if policy lets it be open for so long", () => {
    const overrides = [{ gate: "usage", reason: "INC-3", until: later(SCHEDULE.limitedAt, 1_000) }] as const
    expect(marked(runAt({ ...gated([used(3)]), bundle: { overrides } }, SCHEDULE.limitedAt))).toEqual(["1.0.0 limited"])
    const over = [{ gate: "usage", reason: "INC-3", until: SCHEDULE.limitedAt }] as const
    expect(problems(runAt({ ...gated([used(3)]), bundle: { overrides: over } }, SCHEDULE.limitedAt))).toEqual(["S40"])
    const long = [{ gate: "usage", reason: "INC-3", until: later(SCHEDULE.limitedAt, 8 * DAY) }] as const
    expect(problems(runAt({ ...gated([used(3)]), bundle: { overrides: long } }, SCHEDULE.limitedAt))).toEqual(["S40"])
  })

  it("holds nothing back that nobody asks for: the archive", () => {
    const dead = runAt({ ...announced() }, SCHEDULE.endOfLifeAt).life
    const late = used(9, SCHEDULE.archivedAt)
    expect(marked(runAt({ ...gated([late]), history: dead.history }, SCHEDULE.archivedAt))).toEqual(["1.0.0 archived"])
  })
})

describe("an extension", () => {
  const asked = (until: string, now: string, before = announced()) =>
    runAt({ ...before, decisions: extending("2026-12-01", until) }, on(now))

  it("puts off whatever has not begun", () => {
    const run = asked("2027-06-29", "2027-03-10", runAt(announced(), SCHEDULE.limitedAt).life)
    expect(marked(run)).toEqual(["1.0.0 extended"])
    expect(retirementsOf(run.life.history).get("1.0.0")?.schedule).toEqual({
      ...SCHEDULE,
      securityOnlyAt: on("2027-05-30"),
      endOfLifeAt: on("2027-06-29"),
      archivedAt: on("2028-06-28"),
    })
    expect(runAt(run.life, on("2027-03-10")).steps).toEqual([])
    expect(marked(runAt(run.life, SCHEDULE.endOfLifeAt))).toEqual(["1.0.0 security-only"])
    expect(marked(runAt(run.life, on("2027-06-29")))).toEqual(["1.0.0 end-of-life"])
  })

  it("comes after what was due when it was first seen", () => {
    expect(marked(asked("2027-06-29", "2027-03-10"))).toEqual(["1.0.0 limited", "1.0.0 extended"])
  })

  it.each([
    ["is longer than policy allows", "2027-08-29", "2027-03-10", "S41"],
    ["brings the end forward", "2027-05-29", "2027-03-10", "S37"],
    ["changes nothing", "2027-05-30", "2027-03-10", "S37"],
    ["comes after the end of life", "2027-06-29", "2027-05-30", "S41"],
  ])("is refused when it %s", (_why, until, now, code) => {
    const run = asked(until, now)
    expect(marked(run).some(each => each.endsWith("extended"))).toBe(false)
    expect(problems(run)).toEqual([code])
  })

  it("lasts as long as policy allows, and not a second longer", () => {
    expect(marked(asked("2027-08-28", "2026-12-24"))).toEqual(["1.0.0 extended"])
    expect(problems(asked("2027-08-28T00:00:01Z", "2026-12-24"))).toEqual(["S41"])
  })

  it("is measured from what was announced, so that many short ones are no longer than one", () => {
    const once = asked("2027-08-01", "2026-12-24").life
    expect(problems(asked("2027-09-01", "2027-01-24", once))).toEqual(["S41"])
    expect(marked(asked("2027-08-28", "2027-01-24", once))).toEqual(["1.0.0 extended"])
  })

  it("is not taken back, neither by another date nor by a missing line", () => {
    const once = asked("2027-08-01", "2026-12-24").life
    expect(problems(asked("2027-07-01", "2027-01-24", once))).toEqual(["S37"])
    const run = runAt({ ...once, decisions: deprecating("2026-12-01") }, on("2027-01-24"))
    expect([run.steps, problems(run)]).toEqual([[], ["S37"]])
  })
})

describe("the greatest number of active versions", () => {
  const NUMBERS = ["1.0.0", "1.1.0", "1.2.0", "1.3.0", "1.4.0", "1.5.0"]
  const crowd = (own: Partial<Life> = {}): Life => ({
    history: historyOf({ releases: NUMBERS.map(longLived), moves: moves("1.5.0", later(NOW, -2 * DAY)) }),
    decisions: new Map(),
    policies: { lifecycle: { ...policies().lifecycle, maximumActive: 4 } },
    ...own,
  })

  it("deprecates the oldest from now, in favour of what stable points at", () => {
    const run = runAt(crowd(), NOW)
    expect(marked(run)).toEqual(["1.0.0 deprecated", "1.1.0 deprecated"])
    expect(markOf(run.steps)).toMatchObject({
      kind: "deprecated",
      reason: "superseded: more than 4 active versions",
      replacement: "1.5.0",
      schedule: { from: NOW },
    })
    expect(runAt(run.life, NOW).steps).toEqual([])
  })

  it("spares what a channel leads to or is pinned to, and what one has left today", () => {
    const { history } = crowd()
    const led = [{ channel: "old", version: "1.0.0", at: later(NOW, -5 * DAY), reason: "pin", cause: "test" }] as const
    const left = [
      { channel: "blue", version: "1.1.0", at: later(NOW, -5 * DAY), reason: "pin", cause: "test" },
      { channel: "blue", version: "1.5.0", at: later(NOW, 1_000 - DAY), reason: "follow", cause: "test" },
    ] as const
    const pin = { version: "1.2.0", reason: "INC-1" }
    const rule = { follow: "candidate", after: 0, rollout: { kind: "at-once" }, pin } as const
    const run = runAt(
      crowd({
        history: { ...history, moves: [...led, ...left, ...history.moves] },
        bundle: { channels: new Map([["stable", rule]]) },
      }),
      NOW,
    )
    expect(marked(run)).toEqual(["1.3.0 deprecated", "1.4.0 deprecated"])
  })

  it("counts neither the deprecated nor the dead", () => {
    const { history } = crowd()
    const marks = ["1.2.0", "1.3.0"].map(
      version => ({ kind: "revoked", revocation: { reason: "superseded" }, version, at: NOW }) as const,
    )
    expect(runAt(crowd({ history: { ...history, marks } }), NOW).steps).toEqual([])
  })

  it("deprecates nothing while stable leads nowhere, or has been there for less than a day", () => {
    const { history } = crowd()
    expect(runAt(crowd({ history: { ...history, moves: [] } }), NOW).steps).toEqual([])
    const young = moves("1.5.0", later(NOW, 1_000 - DAY))
    expect(runAt(crowd({ history: { ...history, moves: young } }), NOW).steps).toEqual([])
  })
})

describe("an advisory that deprecates", () => {
  const advisory = (versions: string) => ({
    file: "policies/advisories/adv-1.yaml",
    name: "adv-1",
    published: NOW,
    summary: "weak entropy",
    select: { versions },
    response: "deprecate" as const,
  })
  const advised = (versions: string): Life =>
    twoVersions({ policies: { advisories: new Map([["adv-1", advisory(versions)]]) } })

  it("deprecates what it speaks of in favour of the newest that it does not", () => {
    const run = runAt(advised("<1.1.0"), NOW)
    expect(marked(run)).toEqual(["1.0.0 deprecated"])
    expect(markOf(run.steps)).toMatchObject({ reason: "advisory adv-1", replacement: "1.1.0", schedule: { from: NOW } })
    expect(runAt(run.life, NOW).steps).toEqual([])
  })

  it("deprecates nothing that could not be replaced", () => {
    const run = runAt(advised("*"), NOW)
    expect([run.steps, problems(run)]).toEqual([[], ["S42", "S42"]])
  })
})

describe("a notice", () => {
  it.each([
    ["2026-11-22T10:00:00Z", "note"],
    ["2027-02-14T23:59:59Z", "note"],
    ["2027-02-15", "warning"],
  ])("at %s is a %s", (now, severity) => {
    expect(runAt(announced(), on(now)).findings).toMatchObject([{ code: "S35", severity, subject: NAME }])
  })

  it("is given for each phase until the end of life, and then no more", () => {
    const codes = ["limited", "security-only", "end-of-life"].map((_, index) => {
      const now = [SCHEDULE.limitedAt, SCHEDULE.securityOnlyAt, SCHEDULE.endOfLifeAt][index] ?? NOW
      return runAt(announced(), now).findings.length
    })
    expect(codes).toEqual([1, 1, 0])
  })

  it("warns of a channel that still leads there in the last fortnight before it is withheld", () => {
    const life = announced()
    const led = { channel: "old", version: "1.0.0", at: NOW, reason: "pin", cause: "test" } as const
    const history = { ...life.history, moves: [...life.history.moves, led] }
    expect(problems(runAt({ ...life, history }, on("2027-02-14T23:59:59Z")))).toEqual([])
    expect(problems(runAt({ ...life, history }, on("2027-02-15")))).toEqual(["S43"])
    expect(problems(runAt({ ...life, history }, SCHEDULE.limitedAt))).toEqual([])
  })

  it("names who must go where until when", () => {
    const [notice] = runAt(announced(), NOW).findings
    expect(notice?.message).toContain("2027-03-01")
    expect(notice?.message).toContain("2027-05-30")
    expect(notice?.hint).toContain("payments-team, oncall: go to 1.1.0")
  })

  it("sends nobody to a replacement that has been revoked, but to what came after it", () => {
    const { history, ...life } = announced()
    const revoked = { kind: "revoked", version: "1.1.0", at: NOW, revocation: { reason: "superseded" } } as const
    const marks = [...history.marks, revoked]
    const where = (releases: readonly ReleaseRecord[]) =>
      runAt({ ...life, history: { ...history, marks, releases } }, NOW).findings.map(({ hint }) => hint)
    const next = { ...longLived("1.1.1"), publishedAt: NOW }
    expect(where([...history.releases, next])).toEqual([expect.stringContaining("go to 1.1.1;")])
    expect(where(history.releases)).toEqual([expect.stringContaining("go to a version that is good;")])
  })
})

describe("the instant of the next decision", () => {
  it.each([
    ["2026-12-02", "2027-02-15"],
    ["2027-02-15", "2027-03-01"],
  ])("is, at %s, %s", (now, next) => {
    const planning = planningAt(announced(), on(now))
    phaseSteps(planning)
    expect(planning.moment.next()).toBe(on(next))
  })
})
