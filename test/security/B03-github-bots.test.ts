import { afterEach, beforeEach, describe, expect, it } from "vitest"
import type { Principal } from "../../src/domain/policies.ts"
import { codesOf, PEOPLE, reasonsOf } from "../support/authorization.ts"
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

  it("a branch that a workflow pushed is nobody's until the policy names GitHub's own bot, and then that bot does not approve", async () => {
    const author = { name: "asks", email: "asks@example.com", at: here.github.now() }
    const bot = here.as("github-actions[bot]")
    await bot.push("emergency/1", { "bundles/staging/checkout.yaml": "one: 1\n" }, { author, committer: author })
    const number = await here.as("asks").open("emergency/1", "Revoke 1.2.0")
    here.as("dora").approve(number)
    bot.approve(number)
    here.later()
    const commit = await here.as("asks").merge(number)
    expect(codesOf(await here.judge(commit))).toEqual(["author-unknown"])
    const machine: Principal = { name: "github-actions", kind: "machine", github: 41_898_282 }
    const people = { ...PEOPLE, principals: new Map([...PEOPLE.principals, ["github-actions", machine]]) }
    const decision = await here.judge(commit, people)
    expect([decision.verdict, reasonsOf(decision)]).toEqual(["authorized", ["github-actions bot"]])
  })
})
