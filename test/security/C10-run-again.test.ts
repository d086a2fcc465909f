import { afterAll, beforeAll, describe, expect, it } from "vitest"
import type { Desk, DeskMaker } from "../support/desk.ts"
import { approveAs, editKeyspace, merge, proposeAs, refusals, signedDesks } from "../support/signed-desk.ts"

let desks: DeskMaker
let desk: Desk

beforeAll(async () => {
  desks = await signedDesks()
  desk = await secondPublished()
})
afterAll(() => desks.remove())

const error = async (desk: Desk, ...args: readonly string[]) => {
  const { code, stdout } = await desk.scb(...args, "--format", "json")
  return [code, JSON.parse(stdout).error?.code]
}

/** Everything of the first change up to its artifact; then the second is published. The checkout is that of the first. */
async function secondPublished(): Promise<Desk> {
  const desk = desks.fresh()
  const merged: string[] = []
  for (const name of ["first", "second"]) {
    await proposeAs(desk, "ada", name, () => editKeyspace(desk, name))
    expect((await approveAs(desk, "bob", name)).code).toBe(0)
    merged.push(merge(desk, name))
    expect((await desk.scb("build", "--out", `../build-${name}`)).code).toBe(0)
    await desk.apply()
  }
  desk.git("checkout", "--quiet", merged[0] ?? "")
  return desk
}

describe("C10: the run of an earlier change, started again after a later one, with the keys of today", () => {
  it("builds nothing: what it would build was overtaken", async () => {
    expect(await refusals(desk)).toEqual([
      { verb: "build", code: 3, error: "stale-build" },
      { verb: "apply", code: 3, error: "stale-build" },
    ])
  })

  it("publishes nothing of what it had built then", async () => {
    const ledger = desk.git("rev-parse", "ledger")
    expect(await error(desk, "publish", "--from", "../build-first")).toEqual([3, "stale-build"])
    expect(desk.git("rev-parse", "ledger")).toBe(ledger)
  })

  it("does not smuggle its build into a run of today either", async () => {
    desk.git("checkout", "--quiet", "main")
    expect(await error(desk, "publish", "--from", "../build-first")).toEqual([3, "stale-build"])
  })
})
