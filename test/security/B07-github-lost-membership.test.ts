import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { codesOf, PEOPLE, reasonsOf } from "../support/authorization.ts"
import { type ReviewedRepository, reviewedRepository } from "../support/github-reviews.ts"

let here: ReviewedRepository

beforeEach(async () => {
  here = await reviewedRepository()
})
afterEach(() => here.close())

describe("B07 on GitHub: who approved is no longer one of us when it is merged", () => {
  it("is counted by the people of the commit below the merge, whatever GitHub shows", async () => {
    const number = await here.propose()
    here.as("dora").approve(number)
    here.later()
    const merged = await here.as("asks").merge(number)
    const [, , ...others] = [...PEOPLE.principals]
    const people = { ...PEOPLE, principals: new Map(others) }
    expect((await here.judge(merged)).verdict).toBe("authorized")
    expect(reasonsOf(await here.judge(merged, people))).toEqual(["dora not-a-principal"])
  })

  it("is nobody by a login that somebody else took over: ids are compared", async () => {
    const number = await here.propose()
    const users = here.github.model.users
    users.set("dora", { id: 4711, login: "dora", type: "User", email: "dora@elsewhere.example" })
    here.as("dora").approve(number)
    here.later()
    const decision = await here.judge(await here.as("asks").merge(number))
    expect(reasonsOf(decision)).toEqual(["dora not-a-principal"])
    expect(codesOf(decision)).toEqual(["quorum-missing"])
  })
})
