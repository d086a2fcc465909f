import { describe, expect, it } from "vitest"
import { codesOf, decide, evidence, verdict } from "../support/authorization.ts"

const ALL = [verdict("dora"), verdict("dave"), verdict("sara")]
const context = { repository: "github:42", branch: "main", base: "base", tree: "tree" }

describe("B05: the base moves between approval and merge", () => {
  it.each(["repository", "branch", "base", "tree"] as const)("evidence about another %s authorises nothing", what => {
    const other = evidence(ALL, { context: { ...context, [what]: "other" } })
    const decision = decide([], { evidence: other })
    expect(codesOf(decision)).toEqual(["wrong-context"])
    expect(decision.refusals[0]?.sentence).toBe(
      `pull request #12 is about another change: expected the ${what} ${context[what]}, got other`,
    )
  })

  it("an approval that was given for another base counts for nothing", () => {
    const voided = { reason: "other-context", sentence: "dora approved it on top of another commit" } as const
    const decision = decide([verdict("dora", "approved", { voidBecause: voided }), ...ALL.slice(1)])
    expect(codesOf(decision)).toEqual(["quorum-missing"])
    expect(decision.notCounted).toEqual([{ who: "dora", ...voided }])
  })

  it("evidence about the branch that the policy does not name authorises nothing", () => {
    const other = { ...context, branch: "release" }
    expect(codesOf(decide([], { context: {}, evidence: evidence(ALL, { context: other }) }))).toEqual(["wrong-context"])
  })
})
