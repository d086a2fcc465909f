import { describe, expect, it } from "vitest"
import type { PeoplePolicy } from "../../src/domain/policies.ts"
import { codesOf, decide, PEOPLE, reasonsOf, STAGING, verdict } from "../support/authorization.ts"

const one = { items: [STAGING] }
const without = (name: string): PeoplePolicy => ({
  ...PEOPLE,
  groups: new Map([...PEOPLE.groups].map(([group, members]) => [group, members.filter(each => each !== name)])),
})

describe("B07: a reviewer who has left since", () => {
  it("counts as a member of the groups of the commit before the merge", () => {
    expect(decide([verdict("dora")], one).verdict).toBe("authorized")
    const decision = decide([verdict("dora")], { ...one, people: without("dora") })
    expect(codesOf(decision)).toEqual(["quorum-missing"])
    expect(reasonsOf(decision)).toEqual(["dora not-asked"])
  })

  it("is nobody once the principal is gone", () => {
    const principals = new Map([...PEOPLE.principals].filter(([name]) => name !== "dora"))
    const decision = decide([verdict("dora")], { ...one, people: { ...without("dora"), principals } })
    expect(codesOf(decision)).toEqual(["quorum-missing"])
    expect(reasonsOf(decision)).toEqual(["@dora not-a-principal"])
  })
})
