import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { codesOf, reasonsOf } from "../support/authorization.ts"
import { type ReviewedRepository, reviewedRepository } from "../support/github-reviews.ts"

let here: ReviewedRepository

beforeEach(async () => {
  here = await reviewedRepository()
})
afterEach(() => here.close())

describe("B04 on GitHub: a push after the approval", () => {
  it("voids it, where GitHub itself leaves it standing", async () => {
    const number = await here.propose()
    here.as("dora").approve(number)
    here.later()
    await here.as("asks").push("change", { "bundles/staging/checkout.yaml": "evil: 1\n" })
    const decision = await here.judge(await here.as("asks").merge(number))
    expect(reasonsOf(decision)).toEqual(["dora stale"])
    expect(codesOf(decision)).toEqual(["quorum-missing"])
  })

  it("voids it after a force-push, too", async () => {
    const number = await here.propose()
    here.as("dora").approve(number)
    here.later()
    const onto = here.repository.git.ref("refs/heads/main") ?? ""
    await here.as("asks").push("change", { "bundles/staging/checkout.yaml": "evil: 1\n" }, { onto, force: true })
    expect(reasonsOf(await here.judge(await here.as("asks").merge(number)))).toEqual(["dora stale"])
  })

  it("does not count one that was given after the merge", async () => {
    const number = await here.propose()
    const merged = await here.as("asks").merge(number)
    here.later()
    here.as("dora").approve(number)
    expect(reasonsOf(await here.judge(merged))).toEqual(["dora too-late"])
  })
})
