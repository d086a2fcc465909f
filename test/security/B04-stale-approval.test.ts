import { afterAll, beforeAll, describe, expect, it } from "vitest"
import type { DeskMaker } from "../support/desk.ts"
import {
  approveAs,
  commitAs,
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

describe("B04: approved, then changed, then merged", () => {
  it("counts for nothing: the approval is of another tree", async () => {
    const desk = desks.fresh()
    await proposeAs(desk, "ada", "keyspace", () => editKeyspace(desk, "good"))
    expect((await approveAs(desk, "bob", "keyspace")).code).toBe(0)
    editKeyspace(desk, "evil")
    await commitAs(desk, "ada")
    merge(desk, "keyspace")
    expect(await refusals(desk)).toEqual(UNAUTHORIZED)
    const { refusals: why, notCounted } = await decisionOn(desk)
    expect(why).toMatchObject([{ code: "quorum-missing" }])
    expect(notCounted).toMatchObject([{ who: expect.stringContaining("bob"), reason: "stale" }])
  })

  it("counts again once it is given again", async () => {
    const desk = desks.fresh()
    await proposeAs(desk, "ada", "keyspace", () => editKeyspace(desk, "good"))
    expect((await approveAs(desk, "bob", "keyspace")).code).toBe(0)
    editKeyspace(desk, "better")
    await commitAs(desk, "ada")
    expect((await approveAs(desk, "bob", "keyspace")).code).toBe(0)
    merge(desk, "keyspace")
    await desk.apply()
  })
})
