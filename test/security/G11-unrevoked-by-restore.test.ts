import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest"
import { later } from "../../src/domain/instant.ts"
import { demoEnvironment, type Environment, openShell, type Shell } from "../support/cli.ts"
import { git } from "../support/git.ts"
import { START } from "../support/world.ts"

const HOUR = 3_600_000
let shell: Shell
let env: Environment
let directory: string
let before: Backup
let after: Backup

/** Everything that a backup may hold: intent, facts, and what customers see. */
interface Backup {
  readonly main: string
  readonly ledger: string
  readonly published: string
}

beforeAll(async () => {
  shell = openShell()
  expect((await shell.scb(["init", "demo", "--demo"])).code).toBe(0)
  env = demoEnvironment(join(shell.folder, "demo-keys"))
  directory = join(shell.folder, "demo")
  expect((await scb(0, "apply")).code).toBe(0)
  before = backup("before")
  mkdirSync(join(directory, "policies/campaigns"), { recursive: true })
  writeFileSync(
    join(directory, "policies/campaigns/leak.yaml"),
    "apiVersion: scb/v1\nkind: Campaign\nname: leak\nreason: a backup was lost\nrevoke: { reason: cessationOfOperation }\nselect: { clusters: [shop-prod] }\n",
  )
  const file = join(directory, "bundles/shop-dev/checkout.yaml")
  const text = readFileSync(file, "utf8")
  writeFileSync(
    file,
    text.replace("channels:", "versions:\n  1.0.0: { revoked: { reason: keyCompromise } }\nchannels:"),
  )
  git(directory, "add", "--all")
  git(directory, "commit", "--quiet", "--message=revoke")
  expect((await scb(1, "apply")).code).toBe(0)
  after = backup("after")
})

afterAll(() => shell.remove())
beforeEach(() => restore({ ...after }))

const REVOKED = { "shop-dev/checkout": "version-revoked", "shop-prod/checkout": "version-revoked" }

describe("G11: a backup from before a revocation is restored", () => {
  it("of the ledger alone: nothing is planned or written on top of it", async () => {
    restore({ ...after, ledger: before.ledger })
    for (const verb of ["plan", "apply", "status"]) {
      expect(await said(2, verb)).toEqual({ code: 3, error: "ledger-moved" })
    }
    expect(git(directory, "rev-parse", "ledger")).toBe(before.ledger)
    expect(await verdicts(2)).toEqual(REVOKED)
  })

  it("of what is published: customers who have seen the revocation refuse it, and the next run brings it back", async () => {
    expect(await verdicts(2, "visitor")).toEqual(REVOKED)
    restore({ ...after, published: before.published })
    expect(new Set(Object.values(await verdicts(3, "visitor")))).toEqual(new Set(["catalog-rollback"]))
    expect((await scb(3, "apply")).code).toBe(0)
    expect(await verdicts(4, "visitor")).toEqual(REVOKED)
    expect(await epoch(4)).toBe(2)
  })

  it("of the ledger and what is published: the YAML revokes it again", async () => {
    restore({ ...before, main: after.main })
    expect((await scb(3, "apply")).code).toBe(0)
    expect(await verdicts(4)).toEqual(REVOKED)
    expect(await epoch(4)).toBe(2)
  })

  it("of the YAML: what was revoked stays so, and people are told", async () => {
    restore({ ...after, main: before.main })
    const { code, stdout } = await scb(3, "apply", "--format", "json")
    expect(code).toBe(0)
    const codes = JSON.parse(stdout).findings.map((finding: { code: string }) => finding.code)
    expect(codes).toEqual(expect.arrayContaining(["S03", "S45"]))
    expect(await verdicts(4)).toEqual(REVOKED)
    expect(await epoch(4)).toBe(2)
  })

  it("of all three: customers who have seen the revocation do not go back", async () => {
    expect(await verdicts(2, "witness")).toEqual(REVOKED)
    restore(before)
    expect((await scb(3, "apply")).code).toBe(0)
    expect(new Set(Object.values(await verdicts(4, "witness")))).toEqual(new Set(["catalog-rollback"]))
  })
})

function scb(hours: number, ...args: readonly string[]) {
  return shell.scb(args, { in: "demo", env, now: later(START, hours * HOUR) })
}

async function said(hours: number, verb: string) {
  const { code, stdout } = await scb(hours, verb, "--format", "json")
  return { code, error: JSON.parse(stdout).error?.code }
}

async function epoch(hours: number): Promise<number> {
  return JSON.parse((await scb(hours, "status", "--format", "json")).stdout).ledger.epoch
}

/** What customers hear who ask for the first versions; `who` tells one memory from another. */
async function verdicts(hours: number, who = "stranger"): Promise<Readonly<Record<string, string>>> {
  const state = join(shell.folder, `${who}.json`)
  if (who === "stranger") rmSync(state, { force: true })
  const answers: [string, string][] = []
  for (const bundle of Object.keys(REVOKED)) {
    const asked = [
      "fetch",
      bundle,
      "--version",
      "1.0.0",
      "--encrypted",
      "--dry-run",
      "--state",
      state,
      "--format",
      "json",
    ]
    const { stdout } = await scb(hours, ...asked)
    answers.push([bundle, JSON.parse(stdout).error?.code ?? "accepted"])
  }
  return Object.fromEntries(answers)
}

function backup(name: string): Backup {
  const published = join(shell.folder, name)
  cpSync(join(shell.folder, "demo-releases"), published, { recursive: true })
  return { main: git(directory, "rev-parse", "main"), ledger: git(directory, "rev-parse", "ledger"), published }
}

function restore({ main, ledger, published }: Backup): void {
  git(directory, "reset", "--quiet", "--hard", main)
  git(directory, "update-ref", "refs/heads/ledger", ledger)
  rmSync(join(shell.folder, "demo-releases"), { recursive: true })
  cpSync(published, join(shell.folder, "demo-releases"), { recursive: true })
}
