import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { prettyJson } from "../../src/domain/json.ts"
import type { Desk, DeskMaker } from "../support/desk.ts"
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

async function pushed(): Promise<Desk> {
  const desk = desks.fresh()
  editKeyspace(desk, "stolen")
  await commitAs(desk, "ada")
  return desk
}

describe("B01: a commit on main that nobody approved", () => {
  it("is built by nobody, and nothing is written", async () => {
    const desk = await pushed()
    expect(await refusals(desk)).toEqual(UNAUTHORIZED)
    expect((await desk.scb("authorize")).code).toBe(1)
    expect((await decisionOn(desk)).refusals).toMatchObject([{ code: "quorum-missing" }])
  })

  it("is not built either where a later commit is approved, or takes it back", async () => {
    const desk = await pushed()
    await proposeAs(desk, "ada", "back", () => editKeyspace(desk, "shop"))
    expect((await approveAs(desk, "bob", "back")).code).toBe(0)
    merge(desk, "back")
    editKeyspace(desk, "other", "bundles/shop-prod/reporting.yaml")
    desk.git("checkout", "--quiet", "-b", "more")
    await commitAs(desk, "ada")
    expect((await approveAs(desk, "bob", "more")).code).toBe(0)
    merge(desk, "more")
    expect(await refusals(desk)).toEqual(UNAUTHORIZED)
  })

  it("is built once people have approved the very tree that it brought", async () => {
    const desk = await pushed()
    expect((await approveAs(desk, "bob", "main")).code).toBe(0)
    await desk.apply()
    expect((await decisionOn(desk)).verdict).toBe("authorized")
  })

  it("is published by nobody, though somebody built it before the approval was taken back", async () => {
    const desk = await pushed()
    expect((await approveAs(desk, "bob", "main")).code).toBe(0)
    expect((await desk.scb("build", "--out", "../build")).code).toBe(0)
    expect((await approveAs(desk, "bob", "main", "--reject")).code).toBe(0)
    const head = desk.git("rev-parse", "ledger")
    const { code, stdout } = await desk.scb("publish", "--from", "../build", "--format", "json")
    expect([code, JSON.parse(stdout).error.code]).toEqual([1, "change-unauthorized"])
    expect(desk.git("rev-parse", "ledger")).toBe(head)
  })

  it("is published by nobody, though a build claims that it was authorised", async () => {
    const desk = await pushed()
    expect((await approveAs(desk, "bob", "main")).code).toBe(0)
    expect((await desk.scb("build", "--out", "../build")).code).toBe(0)
    const file = join(desk.folder, "../build/build.json")
    const build = JSON.parse(desk.read("../build/build.json"))
    const evidence = build.transaction.files.find(({ path }: { path: string }) => path.startsWith("approvals/"))
    evidence.text = evidence.text.replace("state: approved", "state: commented")
    writeFileSync(file, prettyJson(build))
    const { code, stdout } = await desk.scb("publish", "--from", "../build", "--format", "json")
    expect([code, JSON.parse(stdout).error.code]).toEqual([1, "change-unauthorized"])
  })
})
