import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { codesOf, reasonsOf } from "../support/authorization.ts"
import { type ReviewedRepository, reviewedRepository } from "../support/github-reviews.ts"

let here: ReviewedRepository

beforeEach(async () => {
  here = await reviewedRepository()
})
afterEach(() => here.close())

const CHECKOUT = "bundles/staging/checkout.yaml"

describe("B02 on GitHub: who made a change approves it", () => {
  it("is authorised by somebody who had no part in it", async () => {
    const number = await here.propose()
    here.as("dora").approve(number)
    here.later()
    const decision = await here.judge(await here.as("sara").merge(number))
    expect([decision.verdict, decision.evidence?.problems]).toEqual(["authorized", []])
  })

  it("does not count who merged", async () => {
    const number = await here.propose()
    here.later()
    const decision = await here.judge(await here.as("dora").merge(number))
    expect(codesOf(decision)).toEqual(["quorum-missing"])
  })

  it("does not count who pushed to the branch last, whoever stands in the commit as its author", async () => {
    const number = await here.propose()
    const author = { name: "asks", email: "asks@example.com", at: here.github.now() }
    await here.as("dora").push("change", { [CHECKOUT]: "one: 1\n" }, { author })
    here.later()
    here.as("dora").approve(number)
    here.later()
    const decision = await here.judge(await here.as("asks").merge(number, "squash"))
    expect(reasonsOf(decision)).toEqual(["dora contributor"])
    expect(codesOf(decision)).toEqual(["quorum-missing"])
  })

  it("does not count a co-author", async () => {
    await here.as("asks").push(
      "change",
      { [CHECKOUT]: "one: 1\n" },
      {
        message: "pair work\n\nCo-authored-by: Dora <1+dora@users.noreply.github.com>",
      },
    )
    const number = await here.as("asks").open("change", "Pair work")
    here.as("dora").approve(number)
    here.later()
    expect(reasonsOf(await here.judge(await here.as("asks").merge(number)))).toEqual(["dora contributor"])
  })

  it.each([
    ["an author", { author: { name: "dora", email: "dora@elsewhere.example", at: 0 } }],
    ["a committer", { committer: { name: "dora", email: "dora@elsewhere.example", at: 0 } }],
    ["a co-author", { message: "x\n\nCo-authored-by: Dora <dora@elsewhere.example>" }],
  ])("refuses %s whom nobody can tell", async (_, options) => {
    await here.as("asks").push("change", { [CHECKOUT]: "one: 1\n" }, options)
    const number = await here.as("asks").open("change", "Work of a stranger")
    here.as("dave").approve(number)
    here.later()
    const decision = await here.judge(await here.as("asks").merge(number))
    expect(new Set(codesOf(decision))).toEqual(new Set(["evidence-missing"]))
  })

  it("refuses a branch of a fork, of which GitHub does not tell who pushed", async () => {
    await here.as("mallory").push("change", { [CHECKOUT]: "one: 1\n" })
    const number = await here.as("mallory").open("change", "From a fork", { fork: "mallory/bundles" })
    here.as("dora").approve(number)
    here.later()
    expect(codesOf(await here.judge(await here.as("dora").merge(number)))).toContain("evidence-missing")
  })
})
