import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { codesOf, reasonsOf } from "../support/authorization.ts"
import { type ReviewedRepository, reviewedRepository } from "../support/github-reviews.ts"

let here: ReviewedRepository

beforeEach(async () => {
  here = await reviewedRepository()
})
afterEach(() => here.close())

describe("B03 and C08 on GitHub: approvals of bots and strangers", () => {
  it.each([
    ["github-actions[bot]", "bot"],
    ["mallory", "not-a-principal"],
  ])("%s counts for nothing", async (login, reason) => {
    const number = await here.propose()
    here.as(login).approve(number)
    here.later()
    const decision = await here.judge(await here.as("asks").merge(number))
    expect(reasonsOf(decision)).toEqual([`${login} ${reason}`])
    expect(codesOf(decision)).toEqual(["quorum-missing"])
  })

  it("a deleted account counts for nothing: nobody can tell who it was", async () => {
    const number = await here.propose()
    const review = here.as("dora").approve(number)
    const pull = here.repository.issues.find(issue => issue.number === number)?.pull
    pull?.reviews.splice(0, 1, { ...review, user: null })
    here.later()
    const decision = await here.judge(await here.as("asks").merge(number))
    expect(reasonsOf(decision)).toEqual(["a deleted account unknown-person"])
  })
})
