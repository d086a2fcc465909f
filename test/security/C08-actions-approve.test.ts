import { describe, expect, it } from "vitest"
import { BOT, codesOf, decide, reasonsOf, STAGING, verdict } from "../support/authorization.ts"

describe("C08: a workflow approves its own pull request", () => {
  it("counts nothing that github-actions[bot] approves, however often", () => {
    const decision = decide([verdict(BOT), verdict(BOT), verdict(BOT)], { items: [STAGING] })
    expect(codesOf(decision)).toEqual(["quorum-missing"])
    expect(decision.quorums[0]?.counted).toEqual([])
    expect(reasonsOf(decision)).toEqual(Array(3).fill("github-actions[bot] bot"))
  })

  it("lets no bot block what people approve", () => {
    expect(decide([verdict("dora"), verdict(BOT, "changes-requested")], { items: [STAGING] }).verdict).toBe(
      "authorized",
    )
  })
})
