import { describe, expect, it } from "vitest"
import type { Actor } from "../../src/domain/authorization/evidence.ts"
import { actor, approvals, codesOf, decide, evidence, reasonsOf, STAGING, verdict } from "../support/authorization.ts"

/** One approval of `database` is all that is asked. */
const one = { items: [STAGING], policy: approvals() }

describe("B02: who made a change approves it", () => {
  it.each<[string, readonly Actor[], "account" | "key"]>([
    ["the author", [actor("dora")], "account"],
    ["a committer beside another author", [actor("asks"), actor("dora")], "account"],
    ["who pushed last, known by key", [actor("asks"), actor("dora", "key")], "account"],
    ["the author by account, with a signed approval", [actor("dora")], "key"],
  ])("%s counts for nothing", (_, contributors, by) => {
    const own = evidence([verdict(actor("dora", by))], { contributors })
    const decision = decide([], { ...one, evidence: own })
    expect(codesOf(decision)).toEqual(["quorum-missing"])
    expect(reasonsOf(decision)).toEqual(["dora contributor"])
    expect(decision.quorums[0]?.candidates).toEqual(["beth", "dave"])
  })

  it("is authorised by somebody else, and by nobody's number of approvals of one's own", () => {
    const many = [verdict("dora"), verdict(actor("dora", "key"))]
    const contributors = [actor("dora")]
    expect(codesOf(decide([], { ...one, evidence: evidence(many, { contributors }) }))).toEqual(["quorum-missing"])
    expect(decide([], { ...one, evidence: evidence([...many, verdict("dave")], { contributors }) }).verdict).toBe(
      "authorized",
    )
  })

  it("may object to what one has made oneself", () => {
    const own = evidence([verdict("dave"), verdict("dora", "changes-requested")], { contributors: [actor("dora")] })
    expect(codesOf(decide([], { ...one, evidence: own }))).toEqual(["changes-requested"])
  })
})
