import { describe, expect, it } from "vitest"
import type { VersionDecision } from "../../../../src/domain/bundle.ts"
import { DEFAULT_HEALTH, DEFAULT_ROLLOUT } from "../../../../src/domain/default-policies.ts"
import { formatInstant, later } from "../../../../src/domain/instant.ts"
import { NAME, NOW } from "../../../support/planning.ts"
import {
  asking,
  codes,
  DAY,
  HOUR,
  movesOf,
  planOf,
  probe,
  run,
  type Street,
  seen,
  stateOf,
  street,
  traffic,
  waited,
  waitsOf,
} from "../../../support/rollout.ts"

const STAGES = {
  kind: "stages",
  stages: [{ percent: 10, for: 4 * HOUR }, { percent: 50, for: 4 * HOUR }, { percent: 100 }],
} as const
const PAUSE = { ...DEFAULT_HEALTH, whenUnknown: "pause" } as const
const TAKES_BACK = {
  ...DEFAULT_HEALTH,
  rollback: { failurePercent: 20, minimumSamples: 20, failedProbes: 3 },
}
const FREEZE = { name: "year-end", from: later(NOW, DAY), until: later(NOW, 10 * DAY), reason: "audit" }

/** 1.0.0 everywhere for a day, and then another input. */
function changed(own: Partial<Street> = {}, stable = {}): Street {
  const first = run(asking(street(own), { channels: { stable } })).street
  return asking(waited(first, DAY), { keyspace: "k1" })
}

/** 1.1.0 in candidate and nowhere else. */
function candidateOnly(stable: object, own: Partial<Street> = {}): Street {
  return run(changed(own, stable)).street
}

describe("a channel that follows", () => {
  it("goes where it follows to in the same plan, when it has neither soak nor stages", () => {
    const { outcome } = run(changed())
    expect(movesOf(outcome)).toEqual(["candidate 1.0.0 -> 1.1.0, follow", "stable 1.0.0 -> 1.1.0, follow"])
    expect(outcome.waits).toEqual([])
  })

  it("waits until the version has soaked where it follows to, and says until when", () => {
    const at = candidateOnly({ after: 24 * HOUR })
    expect(seen(at)).toBe("1.0.0")
    const early = planOf(waited(at, 24 * HOUR - 1000))
    expect([movesOf(early), waitsOf(early)]).toEqual([[], ["stable soak fail"]])
    const until = later(at.now, 24 * HOUR)
    expect(early.waits[0]?.gates[0]?.evidence).toBe(`1.1.0 in candidate until ${formatInstant(until)}`)
    expect(early.plan.nextAt).toBe(until)
    expect(seen(run(waited(at, 24 * HOUR)).street)).toBe("1.1.0")
  })

  it("is first filled at once, whatever gates there are: nobody is there yet whom it could break", () => {
    const rollout = { ...DEFAULT_ROLLOUT, freezes: [{ ...FREEZE, from: NOW }] }
    const { street: at } = run(asking(street({ policies: { rollout } }), { channels: { stable: { after: 5 * DAY } } }))
    expect(seen(at)).toBe("1.0.0")
  })

  it("never goes back because the one before it does", () => {
    const at = run(changed()).street
    const pinned = asking(at, { channels: { candidate: { pin: { version: "1.0.0", reason: "INC-7" } } } })
    const { outcome } = run(pinned)
    expect(movesOf(outcome)).toEqual(["candidate 1.1.0 -> 1.0.0, rollback"])
  })

  it("takes a renewal at once and goes on soaking what it renews", () => {
    let at = candidateOnly({ after: 25 * DAY })
    at = run(waited(at, 21 * DAY)).street
    expect([seen(at, "candidate"), seen(at)]).toEqual(["1.1.1", "1.0.0"])
    expect(stateOf(at, "candidate")?.since).toBe(later(NOW, DAY))
  })
})

describe("a channel with a version range", () => {
  it("never follows outside it, and takes the newest inside it from latest", () => {
    const at = asking(changed(), { channels: { candidate: { versions: "<1.1.0" }, stable: { versions: "<1.1.0" } } })
    const { outcome } = run(at)
    expect(movesOf(outcome)).toEqual([])
  })

  it("heeds the ranges of the rollout policy for its application and environment", () => {
    const ranges = [{ application: "checkout", environment: "production", versions: "<1.1.0", reason: "INC-8" }]
    const rollout = { ...DEFAULT_ROLLOUT, ranges }
    expect(movesOf(run(changed({ policies: { rollout } })).outcome)).toEqual([])
    const elsewhere = { ...DEFAULT_ROLLOUT, ranges: [{ ...ranges[0], application: "other" } as (typeof ranges)[0]] }
    expect(movesOf(run(changed({ policies: { rollout: elsewhere } })).outcome)).toHaveLength(2)
  })

  it("takes those back who are ahead outside it", () => {
    const ahead = candidateOnly({ rollout: STAGES })
    expect(seen(ahead)).toBe("1.0.0 10%:1.1.0")
    const { outcome } = run(asking(ahead, { channels: { stable: { rollout: STAGES, versions: "<1.1.0" } } }))
    expect(movesOf(outcome)).toEqual(["stable 1.0.0 -> 1.0.0, abort"])
  })
})

describe("a rollout in stages", () => {
  it("goes to more consumers as time goes by, and in the end to everybody", () => {
    let at = candidateOnly({ rollout: STAGES })
    const course = [seen(at)]
    for (let hours = 2; hours <= 8; hours += 2) {
      at = run(waited(at, 2 * HOUR)).street
      course.push(seen(at))
    }
    expect(course).toEqual(["1.0.0 10%:1.1.0", "1.0.0 10%:1.1.0", "1.0.0 50%:1.1.0", "1.0.0 50%:1.1.0", "1.1.0"])
  })

  it("makes one step at a time, however long nobody looked", () => {
    const at = run(waited(candidateOnly({ rollout: STAGES }), 5 * DAY)).street
    expect(seen(at)).toBe("1.0.0 50%:1.1.0")
  })

  it("is superseded by a newer version", () => {
    const at = asking(waited(candidateOnly({ rollout: STAGES }), HOUR), { keyspace: "k2" })
    const { street: next } = run(at)
    expect(seen(next)).toBe("1.0.0 10%:1.2.0")
    expect(stateOf(next, "stable")?.since).toBe(NOW)
  })

  it("is finished at once by the gates when it is no longer asked for in stages", () => {
    const at = asking(waited(candidateOnly({ rollout: STAGES }), HOUR), {
      channels: { stable: { rollout: { kind: "at-once" } } },
    })
    expect(seen(run(at).street)).toBe("1.1.0")
  })

  it("is aborted, and those ahead come back, when its version is revoked", () => {
    const ahead = candidateOnly({ rollout: STAGES })
    const versions = new Map<string, VersionDecision>([["1.1.0", { revoked: { reason: "keyCompromise" } }]])
    const { street: at } = run(asking(ahead, { bundle: { versions } }))
    expect(seen(at)).toBe("1.0.0 10%:1.1.1")
  })

  it("is aborted by a pin to what everybody has", () => {
    const ahead = candidateOnly({ rollout: STAGES })
    const pin = { version: "1.0.0", reason: "INC-7" }
    const { street: at, outcome } = run(asking(ahead, { channels: { stable: { rollout: STAGES, pin } } }))
    expect(movesOf(outcome)).toEqual(["stable 1.0.0 -> 1.0.0, abort"])
    expect(stateOf(at, "stable")).toEqual({ version: "1.0.0", since: NOW })
  })
})

describe("a blue-green channel", () => {
  const BLUE_GREEN = { rollout: { kind: "blue-green", keep: 5 * DAY } } as const

  it("switches everybody at once and remembers what it switched from", () => {
    const at = candidateOnly(BLUE_GREEN)
    expect(stateOf(at, "stable")).toMatchObject({ version: "1.1.0", previous: "1.0.0" })
    const pin = { version: "1.0.0", reason: "INC-7" }
    expect(seen(run(asking(waited(at, HOUR), { channels: { stable: { ...BLUE_GREEN, pin } } })).street)).toBe("1.0.0")
  })

  it("warns when what it keeps ends before it need not be kept any longer", () => {
    expect(codes(planOf(candidateOnly(BLUE_GREEN)))).toEqual([])
    const long = candidateOnly({ rollout: { kind: "blue-green", keep: 40 * DAY } })
    expect(codes(planOf(long))).toEqual(["S24"])
  })
})

describe("the order of environments", () => {
  const STAGING = "payments-staging/checkout"
  const rollout = { ...DEFAULT_ROLLOUT, environments: ["staging", "production"] }
  const both = (): Street => {
    const asked = { [NAME]: {}, [STAGING]: { environment: "staging", channels: { stable: { after: 2 * HOUR } } } }
    const first = run(street({ policies: { rollout }, asked })).street
    return asking(asking(waited(first, DAY), { keyspace: "k1" }), { keyspace: "k1" }, STAGING)
  }

  it("keeps production until staging has the newest version and has soaked it", () => {
    let at = run(both()).street
    expect([seen(at, "candidate"), seen(at, "candidate", STAGING)]).toEqual(["1.0.0", "1.1.0"])
    at = run(waited(at, HOUR)).street
    expect([seen(at, "candidate"), seen(at), seen(at, "stable", STAGING)]).toEqual(["1.1.0", "1.0.0", "1.0.0"])
    at = run(waited(at, HOUR)).street
    expect([seen(at), seen(at, "stable", STAGING)]).toEqual(["1.0.0", "1.1.0"])
    expect(waitsOf(planOf(at))).toEqual(["stable environment-order fail"])
    expect(seen(run(waited(at, 2 * HOUR)).street)).toBe("1.1.0")
  })

  it("keeps production while staging is asked for something that it does not have yet", () => {
    const at = asking(waited(run(both()).street, DAY), { keyspace: "k2" }, STAGING)
    expect(waitsOf(run(at).outcome)).toContain("candidate environment-order fail")
  })

  it("says nothing to the first environment, and to other applications", () => {
    const at = both()
    const other = asking(at, { bundle: { application: "reporting" } })
    expect(seen(run(other).street)).toBe("1.1.0")
  })
})

describe("a freeze", () => {
  const rollout = { ...DEFAULT_ROLLOUT, freezes: [FREEZE] }

  it("lets nothing be promoted until it ends", () => {
    const at = run(changed({ policies: { rollout } })).street
    expect([seen(at), waitsOf(planOf(at))]).toEqual(["1.0.0", ["candidate freeze fail"]])
    expect(planOf(at).waits[0]?.gates[0]?.evidence).toBe("year-end until 2026-12-02T10:00:00Z: audit")
    expect(seen(run({ ...at, now: FREEZE.until }).street)).toBe("1.1.0")
  })

  it("says nothing where it is meant for other environments", () => {
    const staging = { ...DEFAULT_ROLLOUT, freezes: [{ ...FREEZE, environments: ["staging"] }] }
    expect(seen(run(changed({ policies: { rollout: staging } })).street)).toBe("1.1.0")
  })
})

describe("an override", () => {
  const rollout = { ...DEFAULT_ROLLOUT, freezes: [FREEZE] }
  const override = (until: number) => ({
    bundle: { overrides: [{ gate: "freeze", reason: "INC-9", until: later(NOW, until) } as const] },
  })

  it("opens its gate, and the move says so", () => {
    const { street: at, outcome } = run(asking(changed({ policies: { rollout } }), override(3 * DAY)))
    expect(seen(at)).toBe("1.1.0")
    expect(movesOf(outcome)).toEqual(["candidate 1.0.0 -> 1.1.0, override", "stable 1.0.0 -> 1.1.0, override"])
    const [move] = outcome.plan.steps.filter(step => step.kind === "point")
    expect(move?.gates).toMatchObject([{ check: "freeze", answer: "fail", overridden: "INC-9" }])
  })

  it("opens nothing once it has ended", () => {
    expect(seen(run(asking(changed({ policies: { rollout } }), override(DAY))).street)).toBe("1.0.0")
  })

  it("opens nothing, with an error, while it reaches further than the policy allows", () => {
    const { street: at, outcome } = run(asking(changed({ policies: { rollout } }), override(30 * DAY)))
    expect([seen(at), codes(outcome)]).toEqual(["1.0.0", ["S23"]])
  })
})

describe("a hold", () => {
  const held = (version: string, more = {}) => ({
    channels: { stable: { pin: { version, reason: "rollback, INC-7", ...more } } },
  })

  it("rolls back at once, and automation goes on when it is lifted", () => {
    const at = run(asking(run(changed()).street, held("1.0.0"))).street
    expect(seen(at)).toBe("1.0.0")
    expect(seen(run(asking(waited(at, HOUR), { channels: { stable: {} } })).street)).toBe("1.1.0")
  })

  it("ends by itself where it says when", () => {
    const at = run(asking(run(changed()).street, held("1.0.0", { until: later(NOW, 2 * DAY) }))).street
    expect(seen(run({ ...at, now: later(NOW, 2 * DAY - 1000) }).street)).toBe("1.0.0")
    expect(seen(run({ ...at, now: later(NOW, 2 * DAY) }).street)).toBe("1.1.0")
  })

  it("is refused at a version that was never released, and moves nothing", () => {
    const { outcome } = run(asking(run(changed()).street, held("1.7.0")))
    expect([movesOf(outcome), codes(outcome)]).toEqual([[], ["S15"]])
  })

  it("warns at two thirds and at five sixths of what it holds, and withdraws at its end with an error", () => {
    const at = run(asking(run(changed()).street, held("1.0.0"))).street
    const course = [19, 20, 25, 30].map(days => {
      const { street: next, outcome } = run({ ...at, now: later(NOW, days * DAY) })
      const [first] = outcome.findings.filter(({ code }) => code === "S17" || code === "S18")
      return [seen(next), first?.code, first?.message.includes("very soon")]
    })
    expect(course).toEqual([
      ["1.0.0", undefined, undefined],
      ["1.0.0", "S17", false],
      ["1.0.0", "S17", true],
      ["nowhere", "S18", false],
    ])
  })

  it("is left for the newest good version when it is lifted after the channel has withdrawn", () => {
    const at = run(asking(run(changed()).street, held("1.0.0"))).street
    const gone = run({ ...at, now: later(NOW, 30 * DAY) }).street
    const { street: back, outcome } = run(asking(gone, { channels: { stable: { after: 9 * DAY } } }))
    expect(seen(back)).toBe(seen(back, "candidate"))
    expect(movesOf(outcome)).toContain(`stable nowhere -> ${seen(back)}, replacement`)
  })
})

describe("health as a gate", () => {
  const at = () => candidateOnly({ after: HOUR }, { policies: { health: PAUSE } })
  it.each([
    ["there are no facts", () => [], ["stable health inconclusive"]],
    ["there are too few", now => [traffic(now, "1.1.0", 19, 0)], ["stable health inconclusive"]],
    ["they are stale", () => [traffic(at(), "1.1.0", 100, 0)], ["stable health inconclusive"], 24 * HOUR],
    ["they are from the future", now => [traffic(waited(now, HOUR), "1.1.0", 99, 0)], ["stable health inconclusive"]],
    ["they are about another version", now => [traffic(now, "1.0.0", 99, 0)], ["stable health inconclusive"]],
    ["they are bad", now => [traffic(now, "1.1.0", 100, 2)], ["stable health fail"]],
    ["they are good", now => [traffic(now, "1.1.0", 100, 1)], []],
    ["twenty probes are good", now => Array.from({ length: 20 }, () => probe(now, "1.1.0", true)), []],
  ] satisfies [string, (now: Street) => Street["health"], string[], number?][])(
    "answers rightly when %s",
    (_name, facts, waits, more = 0) => {
      const now = waited(at(), 2 * HOUR + more)
      const known = facts(waited(at(), 2 * HOUR + more))
      expect(waitsOf(planOf({ ...now, health: known }))).toEqual(waits)
    },
  )

  it("counts a renewal as the version that it renews", () => {
    const renewed = run(waited(at(), 20 * DAY)).street
    expect([seen(renewed, "candidate"), seen(renewed)]).toEqual(["1.1.1", "1.0.0"])
    const { street: next } = run({ ...renewed, health: [traffic(renewed, "1.1.0", 50, 0)] })
    expect(seen(next)).toBe("1.1.1")
  })

  it("is not asked of what nobody has yet: the first channel after latest", () => {
    expect(seen(at(), "candidate")).toBe("1.1.0")
  })

  it("lets time alone decide where the policy says so", () => {
    const unknown = candidateOnly({ after: HOUR })
    expect(seen(run(waited(unknown, HOUR)).street)).toBe("1.1.0")
  })
})

describe("a version that fails in use", () => {
  const failing = (at: Street, version: string): Street => ({ ...at, health: [traffic(at, version, 50, 25)] })
  const everywhere = () => waited(run(changed({ policies: { health: TAKES_BACK } })).street, HOUR)

  it("is marked, and every channel goes back to what it had before", () => {
    const { street: at, outcome } = run(failing(everywhere(), "1.1.0"))
    expect(movesOf(outcome)).toEqual(["candidate 1.1.0 -> 1.0.0, rollback", "stable 1.1.0 -> 1.0.0, rollback"])
    expect(outcome.plan.steps.filter(step => step.kind === "mark")).toMatchObject([
      { version: "1.1.0", mark: { kind: "failed", why: "25 of 50 connections failed" } },
    ])
    expect(codes(planOf(at))).toEqual(["S20"])
  })

  it("is taken from those who are ahead", () => {
    const ahead = waited(candidateOnly({ rollout: STAGES }, { policies: { health: TAKES_BACK } }), HOUR)
    const { street: at } = run(failing(ahead, "1.1.0"))
    expect([seen(at, "candidate"), seen(at)]).toEqual(["1.0.0", "1.0.0"])
  })

  it("fails by probes too, when enough of them fail in a row", () => {
    const at = everywhere()
    const [bad, good] = [probe(at, "1.1.0", false), probe(at, "1.1.0", true)]
    expect(movesOf(planOf({ ...at, health: [bad, bad, good, bad, bad] }))).toEqual([])
    expect(movesOf(planOf({ ...at, health: [good, bad, bad, bad] }))).toHaveLength(2)
  })

  it("is not come back to by a renewal of it", () => {
    let at = run(failing(everywhere(), "1.1.0")).street
    at = run({ ...at, now: later(NOW, 22 * DAY), health: [] }).street
    expect([seen(at, "latest"), seen(at)]).toEqual(["nowhere", "1.0.0"])
    expect(codes(planOf(at))).toContain("S27")
  })

  it("stays where a hold holds it, with a warning", () => {
    const pin = { version: "1.1.0", reason: "INC-7" }
    const { outcome } = run(failing(asking(everywhere(), { channels: { stable: { pin } } }), "1.1.0"))
    expect(movesOf(outcome)).toEqual(["candidate 1.1.0 -> 1.0.0, rollback"])
    expect(codes(outcome)).toContain("S26")
  })

  it("is overtaken by a mended one", () => {
    const at = run(failing(everywhere(), "1.1.0")).street
    expect(seen(run(asking(waited(at, HOUR), { keyspace: "k2" })).street)).toBe("1.2.0")
  })
})

describe("kept by people", () => {
  it("is noted, with what is held and why, until when", () => {
    const pin = { version: "1.0.0", reason: "INC-7", until: later(NOW, 3 * DAY) }
    const { outcome } = run(asking(run(changed()).street, { channels: { stable: { pin } } }))
    const [note] = outcome.findings.filter(({ code }) => code === "S29")
    expect(note?.message).toBe(
      "payments-prod/checkout stable stays at 1.0.0 while candidate has 1.1.0: held until 2026-11-25T10:00:00Z: INC-7",
    )
  })

  it("is noted where a range does it", () => {
    const { outcome } = run(asking(changed(), { channels: { stable: { versions: "<1.1.0" } } }))
    expect(outcome.findings.map(({ code, severity }) => [code, severity])).toEqual([["S29", "note"]])
  })
})

describe("fallen behind", () => {
  it("warns when what a channel gives out is not renewed and two thirds of its life are over", () => {
    const at = candidateOnly({ after: 28 * DAY })
    expect(codes(run({ ...at, now: later(NOW, 20 * DAY - 1000) }).outcome)).not.toContain("S27")
    expect(codes(run({ ...at, now: later(NOW, 20 * DAY) }).outcome)).toContain("S27")
  })
})
