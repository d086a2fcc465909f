import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { type Desk, type DeskMaker, prepareDesk } from "../support/desk.ts"
import {
  approveAs,
  commitAs,
  editKeyspace,
  merge,
  proposeAs,
  refusals,
  UNAUTHORIZED,
  withPolicy,
} from "../support/signed-desk.ts"

let desks: DeskMaker

/** Something was published first; then people agreed on who approves, and nothing has been published since. */
beforeAll(async () => {
  desks = await prepareDesk(async desk => {
    await desk.apply()
    await withPolicy(desk)
  })
})
afterAll(() => desks.remove())

async function verdicts(desk: Desk, ...args: readonly string[]): Promise<readonly string[]> {
  const { stdout } = await desk.scb("authorize", ...args, "--format", "json")
  const { decisions }: { decisions: readonly { verdict: string }[] } = JSON.parse(stdout)
  return decisions.map(({ verdict }) => verdict)
}

describe("B01: a push between the first policy and the first release under it", () => {
  it("is judged: the anchor is the change that brought the policy in, not whatever came after it", async () => {
    const desk = desks.fresh()
    editKeyspace(desk, "evil")
    await commitAs(desk, "ada")
    expect(await verdicts(desk, "--all")).toEqual(["anchor", "refused"])
    expect(await refusals(desk)).toEqual(UNAUTHORIZED)
  })

  it("cannot be hidden by taking the policy out and putting it back", async () => {
    const desk = desks.fresh()
    const policy = desk.read("policies/approvals.yaml")
    desk.git("rm", "--quiet", "policies/approvals.yaml")
    await commitAs(desk, "ada")
    editKeyspace(desk, "evil")
    desk.write("policies/approvals.yaml", policy)
    await commitAs(desk, "ada")
    expect((await verdicts(desk, "--all")).slice(0, 2)).toEqual(["anchor", "refused"])
    expect(await refusals(desk)).toEqual(UNAUTHORIZED)
  })

  it("goes ahead when people have approved it, and is kept with the anchor", async () => {
    const desk = desks.fresh()
    await proposeAs(desk, "ada", "keyspace", () => editKeyspace(desk, "shop2"))
    expect((await approveAs(desk, "bob", "keyspace")).code).toBe(0)
    merge(desk, "keyspace")
    await desk.apply()
    expect(await verdicts(desk, "--recorded")).toEqual(["anchor", "authorized"])
  })
})
