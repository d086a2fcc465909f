import { spawn, spawnSync } from "node:child_process"
import { cpSync, mkdtempSync, readdirSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { instantFromMillis } from "../../src/domain/instant.ts"
import { compiledMain } from "../support/child.ts"
import { demoEnvironment, type Environment, openShell, type Shell } from "../support/cli.ts"

const KILL_AT = fileURLToPath(new URL("../support/kill-at.ts", import.meta.url))
const MAIN = compiledMain()
const ROOT = fileURLToPath(new URL("../..", import.meta.url))
const ALL = ["shop-dev/checkout", "shop-prod/checkout", "shop-prod/reporting"]

let shell: Shell
let env: Environment

beforeAll(async () => {
  shell = openShell()
  await shell.scb(["init", "demo", "--demo"], { now: instantFromMillis(Date.now()) }) // the processes read the real clock
  env = demoEnvironment(join(shell.folder, "demo-keys"))
})

afterAll(() => shell.remove())

describe("scb apply in a process of its own", () => {
  it("killed (-9) at any write and run again, ends in the state of a run that was not killed", async () => {
    let killed = 0
    for (let step = 0, done = false; !done; step += 7) {
      const folder = freshCopy()
      done = (await apply(folder, step)).signal !== "SIGKILL"
      killed += done ? 0 : 1
      await expectFinished(folder, `killed at write ${step}`)
      rmSync(folder, { recursive: true })
    }
    expect(killed).toBeGreaterThan(10)
  }, 900_000)

  it("three at once release each bundle once, and lose nothing", async () => {
    for (let round = 0; round < 3; round += 1) {
      const folder = freshCopy()
      const endings = await Promise.all([apply(folder), apply(folder), apply(folder)])
      for (const ending of endings) expect(ending, ending.stderr).toMatchObject({ code: 0 })
      await expectFinished(folder, `round ${round}`)
      rmSync(folder, { recursive: true })
    }
  }, 300_000)
})

/** Runs it again, twice: the first may have work left, the second has none. */
async function expectFinished(folder: string, when: string): Promise<void> {
  const here = (...args: readonly string[]) =>
    shell.scb([...args, "--repo", join(folder, "demo")], { env, now: instantFromMillis(Date.now()) })
  expect(await here("apply"), when).toMatchObject({ code: 0 })
  expect((await here("apply")).stdout, when).toContain("nothing to do")
  const { stdout } = await here("status", "--format", "json")
  const { ledger, bundles, catalog } = JSON.parse(stdout)
  expect({ sequence: ledger.sequence, epoch: ledger.epoch, catalog }, when).toEqual({
    sequence: 1,
    epoch: 0,
    catalog: "current",
  })
  for (const { bundle, versions } of bundles) {
    expect(versions, `${bundle} ${when}`).toMatchObject([
      { version: "1.0.0", state: "active", channels: ["candidate", "stable"] },
    ])
  }
  const releases = join(folder, "demo-releases/releases")
  expect(
    ALL.map(name => readdirSync(join(releases, name))),
    when,
  ).toEqual(ALL.map(() => ["1.0.0"]))
}

function freshCopy(): string {
  const folder = mkdtempSync(join(tmpdir(), "scb-killed-"))
  cpSync(join(shell.folder, "demo"), join(folder, "demo"), { recursive: true })
  return folder
}

interface Ending {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
}

function apply(folder: string, killAt?: number): Promise<Ending> {
  return run(["apply"], folder, killAt)
}

function run(args: readonly string[], folder: string, killAt?: number): Promise<Ending> {
  const preload = killAt === undefined ? [] : ["--import", "tsx", "--import", KILL_AT]
  const child = spawn(process.execPath, [...preload, MAIN, ...args, "--repo", join(folder, "demo")], {
    cwd: ROOT,
    env: {
      ...process.env,
      ...env,
      TSX_DISABLE_CACHE: "1",
      ...(killAt === undefined ? {} : { SCB_TEST_KILL_AT: `${killAt}` }),
    },
  })
  const output = { stdout: "", stderr: "" }
  child.stdout.on("data", chunk => {
    output.stdout += chunk
  })
  child.stderr.on("data", chunk => {
    output.stderr += chunk
  })
  return new Promise((resolve, reject) => {
    child.on("error", reject)
    child.on("close", (code, signal) => resolve({ code, signal, ...output }))
  })
}

describe("scb in a pipe", () => {
  it("ends quietly when its reader is gone", () => {
    const command = `"${process.execPath}" "${MAIN}" status --format json --repo "$DEMO" | true`
    const { stdout, stderr, status } = spawnSync("bash", ["-o", "pipefail", "-c", command], {
      env: { ...process.env, ...env, DEMO: join(shell.folder, "demo") },
      encoding: "utf8",
    })
    expect({ stdout, stderr, status }).toEqual({ stdout: "", stderr: "", status: 0 })
  })
})
