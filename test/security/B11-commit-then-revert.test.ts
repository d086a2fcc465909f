import { afterAll, beforeAll, describe, expect, it } from "vitest"
import type { Desk, DeskMaker } from "../support/desk.ts"
import {
  approveAs,
  commitAs,
  decisionOn,
  editKeyspace,
  merge,
  refusals,
  signedDesks,
  UNAUTHORIZED,
} from "../support/signed-desk.ts"

let desks: DeskMaker

beforeAll(async () => {
  desks = await signedDesks()
})
afterAll(() => desks.remove())

/** A branch whose first commit is evil and whose second takes that back and does what it says; it is approved as a whole. */
async function evilBetween(): Promise<{ readonly desk: Desk; readonly evil: string }> {
  const desk = desks.fresh()
  desk.git("checkout", "--quiet", "-b", "branch")
  editKeyspace(desk, "evil")
  const evil = await commitAs(desk, "ada")
  editKeyspace(desk, "good")
  await commitAs(desk, "ada")
  expect((await approveAs(desk, "bob", "branch")).code).toBe(0)
  return { desk, evil }
}

describe("B11: an evil commit that a later one of the same branch takes back", () => {
  it("is never acted on when the branch is merged or squashed: only its end is", async () => {
    for (const squash of [false, true]) {
      const { desk } = await evilBetween()
      if (squash) {
        desk.git("checkout", "--quiet", "main")
        desk.git("merge", "--quiet", "--squash", "branch")
        await commitAs(desk, "ada")
      } else merge(desk, "branch")
      await desk.apply()
      expect(desk.git("log", "--format=%B", "ledger")).not.toContain("evil")
      expect(desk.git("show", "ledger:bundles/shop-dev/checkout.yaml")).not.toContain("evil")
    }
  })

  it("is refused when it gets onto the line of first parents, though the end is approved", async () => {
    const { desk, evil } = await evilBetween()
    desk.git("checkout", "--quiet", "main")
    desk.git("merge", "--quiet", "--ff-only", "branch")
    expect(await refusals(desk)).toEqual(UNAUTHORIZED)
    expect((await decisionOn(desk, evil)).refusals).toMatchObject([{ code: "quorum-missing" }])
  })
})
