import { describe, expect, it } from "vitest"
import { later } from "../../../../src/domain/instant.ts"
import { momentAt } from "../../../../src/domain/plan/moment.ts"
import { deathOf, standingOf, withholdingOf } from "../../../../src/domain/plan/standing.ts"
import type { Marking } from "../../../../src/domain/release.ts"
import { historyOf, NAME, NOW, recordOf } from "../../../support/planning.ts"

const DAY = 86_400_000
const REVOKED: Marking = { kind: "revoked", revocation: { reason: "superseded" } }
const FAILED: Marking = { kind: "failed", why: "3 probes in a row failed" }

/** What a version is good for after some days of its thirty, with these marks. */
function standingAfter(days: number, markings: readonly Marking[]) {
  const release = recordOf()
  const marks = markings.map(marking => ({ version: release.version, at: NOW, ...marking }))
  return standingOf(
    [],
    historyOf({ bundle: NAME, releases: [release], marks }),
    release,
    momentAt(later(NOW, days * DAY)),
  )
}

describe("a version", () => {
  it.each([
    ["active", 29, []],
    ["active", 29, [FAILED]],
    ["limited", 29, [{ kind: "limited" }]],
    ["security-only", 29, [{ kind: "limited" }, { kind: "security-only" }]],
    ["end-of-life", 29, [{ kind: "end-of-life" }]],
    ["archived", 29, [{ kind: "end-of-life" }, { kind: "archived" }]],
    ["revoked", 29, [REVOKED]],
    ["revoked", 29, [REVOKED, { kind: "archived" }, FAILED]],
    ["expired", 30, []],
    ["expired", 30, [{ kind: "security-only" }]],
    ["end-of-life", 30, [{ kind: "end-of-life" }]],
    ["revoked", 30, [REVOKED]],
  ] as const)("is %s after %i of its thirty days with the marks %j", (standing, days, marks) => {
    expect(standingAfter(days, marks)).toBe(standing)
  })

  it.each([
    ["active", undefined, undefined],
    ["deprecated", undefined, undefined],
    ["limited", undefined, "limited"],
    ["security-only", undefined, "security-only"],
    ["end-of-life", "end-of-life", "end-of-life"],
    ["archived", "archived", "archived"],
    ["expired", "expired", "expired"],
    ["revoked", "revoked", "revoked"],
  ] as const)("that is %s is dead as %s, and kept from channels as %s", (standing, death, withholding) => {
    expect([deathOf(standing), withholdingOf(standing)]).toEqual([death, withholding])
  })
})
