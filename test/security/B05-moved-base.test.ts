import { afterAll, beforeAll, describe, expect, it } from "vitest"
import type { Desk, DeskMaker } from "../support/desk.ts"
import {
  approveAs,
  decisionOn,
  editKeyspace,
  merge,
  proposeAs,
  refusals,
  signedDesks,
  UNAUTHORIZED,
} from "../support/signed-desk.ts"

let desks: DeskMaker

beforeAll(async () => {
  desks = await signedDesks()
})
afterAll(() => desks.remove())

const REPORTING = "bundles/shop-prod/reporting.yaml"

/** Two branches of the same main, each approved there; the first is merged. */
async function twoApproved(): Promise<Desk> {
  const desk = desks.fresh()
  await proposeAs(desk, "ada", "first", () => editKeyspace(desk, "first"))
  desk.git("checkout", "--quiet", "main")
  await proposeAs(desk, "ada", "second", () => editKeyspace(desk, "second", REPORTING))
  for (const branch of ["first", "second"]) expect((await approveAs(desk, "bob", branch)).code).toBe(0)
  merge(desk, "first")
  return desk
}

describe("B05: main moves between approval and merge", () => {
  it("voids the approval: nobody has seen what both make together", async () => {
    const desk = await twoApproved()
    merge(desk, "second")
    expect(await refusals(desk)).toEqual(UNAUTHORIZED)
    expect((await decisionOn(desk)).notCounted).toMatchObject([{ reason: "stale" }])
  })

  it("is told before anybody approves", async () => {
    const desk = await twoApproved()
    const { code, stdout } = await desk.scb("approvals", "second", "--format", "json")
    expect([code, JSON.parse(stdout).error.code]).toEqual([3, "stale-build"])
    expect((await approveAs(desk, "carol", "second")).code).toBe(3)
  })

  it("does not let one tree pass for another merge into something else", async () => {
    const desk = desks.fresh()
    await proposeAs(desk, "ada", "there", () => editKeyspace(desk, "there"))
    expect((await approveAs(desk, "bob", "there")).code).toBe(0)
    const tree = desk.git("rev-parse", "there^{tree}")
    desk.git("checkout", "--quiet", "main")
    await proposeAs(desk, "ada", "between", () => editKeyspace(desk, "between", REPORTING))
    expect((await approveAs(desk, "bob", "between")).code).toBe(0)
    const between = merge(desk, "between")
    // a merge that silently takes `between` back: its tree is the one that was approved, on another base
    const forged = desk.git("commit-tree", tree, "-p", between, "-p", "there", "-m", "merge")
    desk.git("reset", "--quiet", "--hard", forged)
    expect(await refusals(desk)).toEqual(UNAUTHORIZED)
    expect((await decisionOn(desk)).notCounted).toMatchObject([{ reason: "other-context" }])
  })
})
