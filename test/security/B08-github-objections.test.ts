import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { codesOf } from "../support/authorization.ts"
import { type ReviewedRepository, reviewedRepository } from "../support/github-reviews.ts"

let here: ReviewedRepository

beforeEach(async () => {
  here = await reviewedRepository()
})
afterEach(() => here.close())

describe("B08 on GitHub: somebody takes an approval back, or says no", () => {
  it("refuses after approve and request changes by the same person", async () => {
    const number = await here.propose()
    here.as("dora").approve(number)
    here.later()
    here.as("dora").review(number, "REQUEST_CHANGES")
    expect(codesOf(await here.judge(await here.merged(number)))).toContain("changes-requested")
  })

  it("refuses while another one asks for changes, also of an earlier state", async () => {
    const number = await here.propose()
    here.as("dave").review(number, "REQUEST_CHANGES")
    here.later()
    await here.as("asks").push("change", { "README.md": "other\n" })
    here.as("dora").approve(number)
    expect(codesOf(await here.judge(await here.merged(number)))).toEqual(["changes-requested"])
  })

  it("does not count what was dismissed", async () => {
    const number = await here.propose()
    const { id } = here.as("dora").approve(number)
    here.as("asks").dismiss(number, id)
    expect(codesOf(await here.judge(await here.merged(number)))).toEqual(["quorum-missing"])
  })

  it("goes on when a comment follows an approval", async () => {
    const number = await here.propose()
    here.as("dora").approve(number)
    here.later()
    here.as("dora").review(number, "COMMENT", { body: "nice" })
    expect((await here.judge(await here.merged(number))).verdict).toBe("authorized")
  })
})
