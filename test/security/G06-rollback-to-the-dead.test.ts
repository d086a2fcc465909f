import { describe, expect, it } from "vitest"
import type { VersionDecision } from "../../src/domain/bundle.ts"
import { later } from "../../src/domain/instant.ts"
import type { BundleName } from "../../src/domain/names.ts"
import type { BundleHistory, Mark } from "../../src/domain/release.ts"
import { NAME, NOW } from "../support/planning.ts"
import { asking, codes, DAY, historyIn, movesOf, run, type Street, seen, street, waited } from "../support/rollout.ts"

/** 1.1.0 everywhere, 1.0.0 before it. */
function twoVersions(): Street {
  const first = run(street()).street
  return run(asking(waited(first, DAY), { keyspace: "k1" })).street
}

function marked(at: Street, mark: Mark): Street {
  const history = historyIn(at)
  const bundles = new Map<BundleName, BundleHistory>([[NAME, { ...history, marks: [...history.marks, mark] }]])
  return { ...at, ledger: { ...at.ledger, bundles } }
}

const revoked = new Map<string, VersionDecision>([["1.0.0", { revoked: { reason: "keyCompromise" } }]])

describe("G06: a rollback to what cannot be used", () => {
  it.each<[string, (at: Street) => Street]>([
    ["revoked", at => run(asking(at, { bundle: { versions: revoked } })).street],
    ["revoked in the very same plan", at => asking(at, { bundle: { versions: revoked } })],
    ["expired", at => ({ ...at, now: later(NOW, 30 * DAY) })],
    ["at its end of life", at => marked(at, { kind: "end-of-life", version: "1.0.0", at: at.now })],
    ["archived", at => marked(at, { kind: "archived", version: "1.0.0", at: at.now })],
    ["encrypted to others", at => asking(at, { recipients: ["B".repeat(40)] })],
    ["only for those who name it", at => marked(at, { kind: "limited", version: "1.0.0", at: at.now })],
  ])("is refused where it is %s, and nothing moves back", (_name, happen) => {
    const pin = { version: "1.0.0", reason: "INC-7" }
    const { street: at, outcome } = run(asking(happen(twoVersions()), { channels: { stable: { pin } } }))
    expect(codes(outcome)).toContain("S15")
    expect(seen(at)).toBe("1.1.0")
    expect(movesOf(outcome).filter(move => move.startsWith("stable"))).toEqual([])
  })

  it("is refused where it was never released", () => {
    const pin = { version: "9.9.9", reason: "INC-7" }
    expect(codes(run(asking(twoVersions(), { channels: { stable: { pin } } })).outcome)).toEqual(["S15"])
  })

  it("warns where only some can open it", () => {
    const pin = { version: "1.0.0", reason: "INC-7" }
    const more = asking(twoVersions(), { recipients: ["A".repeat(40), "B".repeat(40)], channels: { stable: { pin } } })
    const { street: at, outcome } = run(more)
    expect([seen(at), codes(outcome)]).toEqual(["1.0.0", ["S28"]])
  })

  it("is never done by automation: what failed stays, and somebody is told", () => {
    const rollback = { failurePercent: 20, minimumSamples: 1, failedProbes: 1 }
    const health = {
      file: "h",
      whenUnknown: "time-alone",
      minimumSamples: 1,
      maximumFailurePercent: 1,
      staleAfter: DAY,
      rollback,
    } as const
    const at = waited(
      { ...run(asking(twoVersions(), { bundle: { versions: revoked } })).street, policies: { health } },
      DAY,
    )
    const fact = { kind: "probe", bundle: NAME, version: "1.1.0", at: at.now, healthy: false } as const
    const { street: next, outcome } = run({ ...at, health: [fact] })
    expect([seen(next), movesOf(outcome)]).toEqual(["1.1.0", []])
    expect(codes(outcome)).toContain("S19")
  })
})
