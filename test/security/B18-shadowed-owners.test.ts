import { describe, expect, it } from "vitest"
import { approvals, codesOf, decide, GRANT, TWO_AND_ONE, verdict } from "../support/authorization.ts"

/** In CODEOWNERS the last line that matches would be the only one, and any one of its owners would do. */
const shadowed = approvals({
  rules: [
    { name: "production", environments: ["production"], require: TWO_AND_ONE },
    { name: "later", paths: ["bundles/prod/checkout.yaml"], require: [{ from: "asks", count: 1 }] },
    { name: "latest", paths: ["**"], require: [] },
  ],
})
const changed = { policy: shadowed, nextPolicy: shadowed, items: [GRANT] }

describe("B18: a later rule takes a path away from its owners", () => {
  it("takes nothing: every rule that matches has to be met", () => {
    expect(decide([], changed).quorums.map(({ rule, from }) => `${rule} ${from}`)).toEqual([
      "production database",
      "production security",
      "later asks",
    ])
  })

  it("asks each of two teams, where one is enough for CODEOWNERS", () => {
    expect(codesOf(decide([verdict("dora"), verdict("dave")]))).toEqual(["quorum-missing"])
    expect(codesOf(decide([verdict("sara"), verdict("sven")]))).toEqual(["quorum-missing"])
    expect(decide([verdict("dora"), verdict("dave"), verdict("sara")]).verdict).toBe("authorized")
  })

  it("counts nobody for two teams at once", () => {
    expect(codesOf(decide([verdict("beth"), verdict("dora")]))).toEqual(["quorum-missing"])
  })
})
