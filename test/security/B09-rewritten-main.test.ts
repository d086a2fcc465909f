import { afterAll, beforeAll, describe, expect, it } from "vitest"
import type { Desk, DeskMaker } from "../support/desk.ts"
import { approveAs, commitAs, editKeyspace, merge, proposeAs, refusals, signedDesks } from "../support/signed-desk.ts"

let desks: DeskMaker

beforeAll(async () => {
  desks = await signedDesks()
})
afterAll(() => desks.remove())

/** Acted on twice, then put back by somebody to where it was, and on from there. */
async function rewritten(): Promise<Desk> {
  const desk = desks.fresh()
  const before = desk.git("rev-parse", "HEAD")
  await proposeAs(desk, "ada", "keyspace", () => editKeyspace(desk, "good"))
  expect((await approveAs(desk, "bob", "keyspace")).code).toBe(0)
  merge(desk, "keyspace")
  await desk.apply()
  desk.git("reset", "--quiet", "--hard", before)
  editKeyspace(desk, "evil")
  await commitAs(desk, "ada")
  return desk
}

const error = async (desk: Desk, ...args: readonly string[]): Promise<readonly unknown[]> => {
  const { code, stdout } = await desk.scb(...args, "--format", "json")
  return [code, JSON.parse(stdout).error?.code]
}

describe("B09: main is rewritten", () => {
  it("is seen by whoever builds, and nothing is written", async () => {
    const desk = await rewritten()
    expect(await refusals(desk)).toEqual([
      { verb: "build", code: 3, error: "history-rewritten" },
      { verb: "apply", code: 3, error: "history-rewritten" },
    ])
  })

  it("is seen by an auditor, though the new history is approved in itself", async () => {
    const desk = await rewritten()
    expect((await approveAs(desk, "bob", "main")).code).toBe(0)
    expect(await error(desk, "authorize", "--all")).toEqual([3, "history-rewritten"])
    desk.git("branch", "--quiet", "-D", "keyspace")
    desk.git("reflog", "expire", "--expire=now", "--all")
    desk.git("gc", "--quiet", "--prune=now")
    expect(await error(desk, "authorize", "--all")).toEqual([3, "history-rewritten"])
    expect(await error(desk, "authorize", "--recorded")).not.toEqual([0, undefined])
  })

  it("is told from a clone that is only behind", async () => {
    const desk = desks.fresh()
    await proposeAs(desk, "ada", "keyspace", () => editKeyspace(desk, "good"))
    expect((await approveAs(desk, "bob", "keyspace")).code).toBe(0)
    merge(desk, "keyspace")
    await desk.apply()
    desk.git("reset", "--quiet", "--hard", "HEAD^")
    expect(await error(desk, "authorize", "--all")).toEqual([3, "stale-build"])
  })

  it("leaves clients with what was published: the catalog never goes back", async () => {
    const desk = await rewritten()
    const fetched = await desk.scb("fetch", "shop-dev/checkout", "--out", "../a.zip", "--force")
    expect(fetched.code).toBe(0)
    const catalog = desk.git("rev-parse", "ledger")
    await refusals(desk)
    expect(desk.git("rev-parse", "ledger")).toBe(catalog)
    expect((await desk.scb("inspect", "../a.zip", "--format", "json")).stdout).toContain('"good"')
  })
})
