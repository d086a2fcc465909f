import { mkdirSync } from "node:fs"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { type Desk, type DeskMaker, prepareDesk } from "../support/desk.ts"
import { POLICY, withPolicy } from "../support/signed-desk.ts"

let desks: DeskMaker
let desk: Desk

beforeAll(async () => {
  desks = await prepareDesk(async first => {
    await withPolicy(first)
    first.write(
      "policies/people.yaml",
      first.read("policies/people.yaml").replace("- name: ada\n", "- name: ada\n    login: ada-l\n"),
    )
  })
  desk = desks.fresh()
})

afterAll(() => desks.remove())

describe("scb settings codeowners", () => {
  it("prints whom GitHub is to ask, and says whom it cannot", async () => {
    const { code, stdout, stderr } = await desk.scb("settings", "codeowners")
    expect([code, stderr]).toEqual([0, ""])
    expect(stdout.split("\n").slice(1)).toEqual([
      "*                   @ada-l",
      "/bundles/shop-dev/  @ada-l",
      "/bundles/shop-prod/ @ada-l",
      "/policies/          @ada-l",
      "/.github/           @ada-l",
      "/policies/**        @ada-l",
      "",
    ])
  })

  it("says whether the file is current, until the policy changes", async () => {
    expect((await desk.scb("settings", "codeowners", "--check")).code).toBe(3)
    const { stdout } = await desk.scb("settings", "codeowners")
    mkdirSync(join(desk.folder, ".github"))
    desk.write(".github/CODEOWNERS", stdout)
    expect((await desk.scb("settings", "codeowners", "--check")).code).toBe(0)
    desk.write("policies/approvals.yaml", POLICY.replace("otherwise: { reviewers: 1 }", "otherwise: { bob: 1 }"))
    const after = await desk.scb("settings", "codeowners", "--check")
    expect(after).toMatchObject({
      code: 1,
      stderr: "note: GitHub does not ask bob: add a login or a team to policies/people.yaml\n",
    })
  })
})

describe("scb settings ruleset", () => {
  it.each(["branch", "tags", "records"])("prints that of %s as GitHub takes it", async name => {
    const { code, stdout } = await desk.scb("settings", "ruleset", name)
    expect(code).toBe(0)
    expect(JSON.parse(stdout)).toMatchObject({ enforcement: "active", bypass_actors: [] })
  })

  it("knows no others", async () => {
    expect((await desk.scb("settings", "ruleset", "ledger")).code).toBe(2)
  })
})

describe("scb settings check", () => {
  it("is for repositories that publish on GitHub", async () => {
    const { code, stderr } = await desk.scb("settings", "check")
    expect(code).toBe(2)
    expect(stderr).toContain("policies/distribution.yaml names no GitHub repository")
  })
})

it("without a policy there is nothing to be set up", async () => {
  const own = desks.fresh()
  own.git("rm", "--quiet", "policies/approvals.yaml")
  expect((await own.scb("settings", "ruleset")).code).toBe(3)
})
