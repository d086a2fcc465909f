import { describe, expect, it } from "vitest"
import type { ChangeEvidence } from "../../src/domain/authorization/evidence.ts"
import { BEFORE, codesOf, decide, evidence, verdict } from "../support/authorization.ts"

/** All that the forge says is in order: the environment was approved by one of six, an administrator passed by the rules. */
const guard: NonNullable<ChangeEvidence["guard"]> = {
  readAt: BEFORE,
  rules: [
    { name: "pull request", state: "holds", detail: "2 approvals" },
    { name: "environment signing", state: "holds", detail: "approved by @sven, 1 of 6" },
    { name: "bypass", state: "broken", detail: "administrators (always)" },
  ],
}

describe("C09: the approval of an environment is taken for a quorum", () => {
  it("counts for nothing here: one of six is enough for GitHub, not for the policy", () => {
    expect(codesOf(decide([], { evidence: evidence([], { guard }) }))).toEqual(["quorum-missing", "quorum-missing"])
    expect(codesOf(decide([], { evidence: evidence([verdict("sara")], { guard }) }))).toEqual(["quorum-missing"])
  })

  it("is not needed where the policy is met", () => {
    const said = [verdict("dora"), verdict("dave"), verdict("sara")]
    expect(decide([], { evidence: evidence(said, { guard }) }).verdict).toBe("authorized")
  })
})
