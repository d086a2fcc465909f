import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { codesOf, reasonsOf } from "../support/authorization.ts"
import { type ReviewedRepository, reviewedRepository } from "../support/github-reviews.ts"

let here: ReviewedRepository

beforeEach(async () => {
  here = await reviewedRepository()
})
afterEach(() => here.close())

const CHECKOUT = "bundles/staging/checkout.yaml"

describe("B06 on GitHub: an approval of something else", () => {
  it("given for another base is void once the pull request is pointed at main", async () => {
    const evil = await here.as("asks").push("dev", { [CHECKOUT]: "evil: 1\n" })
    await here.as("asks").push("change", { "README.md": "harmless\n" }, { onto: evil })
    const number = await here.as("asks").open("change", "Harmless", { base: "dev" })
    here.as("dora").approve(number)
    here.later()
    here.as("asks").retarget(number, "main")
    here.later()
    const decision = await here.judge(await here.as("asks").merge(number))
    expect(reasonsOf(decision)).toEqual(["dora other-context"])
    expect(codesOf(decision)).toEqual(["quorum-missing"])
  })

  it("given in another pull request for the same head does not count here", async () => {
    await here.as("asks").push("dev", { "README.md": "dev\n" })
    await here.as("asks").push("change", { [CHECKOUT]: "new: 1\n" })
    const approved = await here.as("asks").open("change", "Into dev", { base: "dev" })
    here.as("dora").approve(approved)
    const number = await here.as("asks").open("change", "Into main")
    here.later()
    const decision = await here.judge(await here.as("asks").merge(number))
    expect([reasonsOf(decision), codesOf(decision)]).toEqual([[], ["quorum-missing"]])
  })

  it("given where the name now leads to another repository does not count", async () => {
    const number = await here.propose()
    here.as("dora").approve(number)
    here.later()
    const merged = await here.as("asks").merge(number)
    const { problems } = await here.evidence(merged, here.repository.id + 1)
    expect(problems).toEqual([expect.stringContaining(`is one of repository ${here.repository.id}`)])
  })
})
