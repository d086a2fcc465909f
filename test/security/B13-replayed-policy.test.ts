import { describe, expect, it } from "vitest"
import { replayed } from "../../src/domain/authorization/authorize.ts"
import { approvals, codesOf, decide, POLICY_EDIT, verdict } from "../support/authorization.ts"

const edit = { items: [POLICY_EDIT] }
const SECURITY = [verdict("sara"), verdict("sven")]

describe("B13: an older, laxer policy is put back", () => {
  it.each([
    ["an older revision", 3, ["policy-replayed"]],
    ["the same revision with other rules", 4, ["policy-replayed"]],
    ["the next revision", 5, []],
  ])("%s", (_, revision, expected) => {
    expect(codesOf(decide(SECURITY, { ...edit, nextPolicy: approvals({ revision }) }))).toEqual(expected)
  })

  it("counts from the highest revision that the ledger has seen", () => {
    const next = { ...edit, nextPolicy: approvals({ revision: 5 }), recordedRevision: 7 }
    const decision = decide(SECURITY, next)
    expect(codesOf(decision)).toEqual(["policy-replayed"])
    expect(decision.refusals[0]?.sentence).toContain("expected more than 7")
  })

  it("holds also where the file comes back after it was gone", () => {
    expect(replayed(approvals({ revision: 3 }), 5).map(({ code }) => code)).toEqual(["policy-replayed"])
    expect(replayed(approvals({ revision: 6 }), 5)).toEqual([])
  })

  it("holds although nobody noticed an edit", () => {
    const older = { nextPolicy: approvals({ revision: 3 }) }
    expect(codesOf(decide([verdict("dora"), verdict("dave"), verdict("sara")], older))).toEqual(["policy-replayed"])
  })

  it("asks nothing of a change of comments", () => {
    const neutral = { items: [{ ...POLICY_EDIT, effect: "neutral" } as const] }
    expect(decide([], neutral).verdict).toBe("authorized")
  })
})
