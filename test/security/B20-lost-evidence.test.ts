import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import type { Desk, DeskMaker } from "../support/desk.ts"
import { approveAs, editKeyspace, merge, proposeAs, signedDesks } from "../support/signed-desk.ts"

let desks: DeskMaker
let merged: string

beforeAll(async () => {
  desks = await signedDesks()
})
afterAll(() => desks.remove())

/** Acted on, and then all that could be asked is gone. */
async function forgotten(): Promise<Desk> {
  const desk = desks.fresh()
  await proposeAs(desk, "ada", "keyspace", () => editKeyspace(desk, "good"))
  expect((await approveAs(desk, "bob", "keyspace")).code).toBe(0)
  merged = merge(desk, "keyspace")
  await desk.apply()
  desk.git("branch", "--quiet", "-D", "approvals")
  return desk
}

async function audit(desk: Desk, ...args: readonly string[]) {
  const { code, stdout } = await desk.scb("authorize", ...args, "--format", "json")
  const { decisions = [], error } = JSON.parse(stdout)
  return [code, error?.code ?? decisions.map((each: { verdict: string }) => each.verdict)]
}

/** Writes to the ledger as somebody without its key does. */
function forge(desk: Desk, change: (text: string) => string | undefined): void {
  const path = `approvals/${merged}.yaml`
  const text = change(desk.git("show", `ledger:${path}`))
  const index = { GIT_INDEX_FILE: join(desk.folder, "..", "forged-index") }
  desk.gitWith(index, "read-tree", "ledger")
  if (text === undefined) desk.gitWith(index, "rm", "--quiet", "--cached", path)
  else {
    const file = join(desk.folder, "..", "forged")
    writeFileSync(file, text)
    const blob = desk.git("hash-object", "-w", file)
    desk.gitWith(index, "update-index", "--cacheinfo", `100644,${blob},${path}`)
  }
  const tree = desk.gitWith(index, "write-tree")
  desk.git("update-ref", "refs/heads/ledger", desk.git("commit-tree", tree, "-p", "ledger", "-m", "0 released"))
}

describe("B20: approvals that can no longer be asked for", () => {
  it("are in the ledger: an audit needs nothing else", async () => {
    const desk = await forgotten()
    expect(await audit(desk, merged)).toEqual([1, ["refused"]])
    expect(await audit(desk, "--recorded")).toEqual([0, ["anchor", "authorized"]])
    expect(await audit(desk, "--recorded", merged)).toEqual([0, ["authorized"]])
    expect((await desk.scb("apply")).code).toBe(0)
  })

  it.each([
    ["edited", (text: string) => text.replace("state: approved", "state: commented")],
    ["deleted", () => undefined],
  ])("cannot be %s there without the key that signs the ledger", async (_how, change) => {
    const desk = await forgotten()
    forge(desk, change)
    expect(await audit(desk, "--recorded")).toEqual([3, "signature-missing"])
    expect(await audit(desk, "--all")).toEqual([3, "signature-missing"])
  })
})
