import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest"
import { type Instant, instantFromMillis, later } from "../../src/domain/instant.ts"
import { compiledMain } from "../support/child.ts"
import { type CliResult, demoEnvironment, type Environment, openShell, type Shell } from "../support/cli.ts"
import { git } from "../support/git.ts"
import { START } from "../support/world.ts"

const BUNDLE = "shop-dev/checkout"

let shell: Shell
let env: Environment
const path = (...parts: readonly string[]): string => join(shell.folder, ...parts)

beforeAll(async () => {
  shell = openShell()
  expect((await shell.scb(["init", "demo", "--demo"])).code).toBe(0)
  env = demoEnvironment(path("demo-keys"))
  expect((await shell.scb(["apply"], { in: "demo", env })).code).toBe(0)
})
afterAll(() => shell.remove())

/** One look, an hour after the first release unless told. */
const lookOnce = (args: readonly string[], hours = 1): Promise<CliResult> =>
  shell.scb(["watch", BUNDLE, "--once", ...args], { in: "demo", env, now: later(START, hours * 3_600_000) })

const eventsOf = ({ stdout }: CliResult) =>
  stdout
    .trim()
    .split("\n")
    .map(line => JSON.parse(line) as Record<string, unknown>)

describe("scb watch --once", () => {
  it("brings the bundle, tells of it, and does nothing the second time", async () => {
    const hook = `printf '%s %s\\n' "$SCB_BUNDLE_VERSION" "$SCB_BUNDLE_PATH" >> "${path("told")}"`
    const args = ["--out", path("once.zip"), "--on-change", hook, "--format", "json", "--health", path("health.json")]
    const first = await lookOnce([...args, "--metrics", path("scb.prom")])
    expect(first.stderr).toBe("")
    expect([first.code, eventsOf(first).map(({ kind }) => kind)]).toEqual([0, ["changed", "hook-ended"]])
    expect(statSync(path("once.zip")).mode & 0o777).toBe(0o600)
    const second = await lookOnce(args)
    expect([second.code, eventsOf(second).map(({ kind }) => kind)]).toEqual([0, ["unchanged"]])
    expect(readFileSync(path("told"), "utf8")).toBe(`1.0.0 ${path("once.zip")}\n`)
    expect(JSON.parse(readFileSync(path("health.json"), "utf8"))).toMatchObject({
      kind: "WatchHealth",
      bundle: BUNDLE,
      healthy: true,
      version: "1.0.0",
      alarms: [],
    })
    expect(readFileSync(path("scb.prom"), "utf8")).toContain(`scb_watch_healthy{bundle="${BUNDLE}"} 1\n`)
  })

  it("keeps what the command must not see from it", async () => {
    const hook = `env > "${path("seen")}"`
    expect((await lookOnce(["--out", path("env.zip"), "--on-change", hook])).code).toBe(0)
    const seen = readFileSync(path("seen"), "utf8")
    expect(seen).toContain(`SCB_BUNDLE=${BUNDLE}\n`)
    expect(seen).not.toMatch(/^SCB_(?:IDENTITY_KEY|SIGNING_KEY|CA_KEY)/m)
  })

  it("gives the command no more than its environment, whatever the path is called", async () => {
    const odd = path("$(touch hacked) `touch hacked`; touch hacked '\".zip")
    const { code } = await lookOnce(["--out", odd, "--on-change", `test -f "$SCB_BUNDLE_PATH"`])
    expect([code, existsSync(odd), existsSync(path("demo", "hacked"))]).toEqual([0, true, false])
  })

  it("ends with 1 when the command fails, and the bundle is there", async () => {
    const result = await lookOnce(["--out", path("failed.zip"), "--on-change", "exit 7", "--format", "json"])
    expect(result.code).toBe(1)
    expect(eventsOf(result)).toContainEqual(expect.objectContaining({ kind: "alarm", alarm: "hook-failed" }))
    expect(existsSync(path("failed.zip"))).toBe(true)
  })

  it("ends with 1 when the catalog was to be renewed long ago", async () => {
    const result = await lookOnce(["--out", path("overdue.zip"), "--max-staleness", "1h", "--format", "json"], 6 * 24)
    expect(result.code).toBe(1)
    expect(eventsOf(result)).toContainEqual(expect.objectContaining({ kind: "alarm", alarm: "catalog-overdue" }))
  })

  it("ends with 3 and leaves the file alone when nothing can be believed", async () => {
    writeFileSync(path("kept.zip"), "kept")
    const result = await lookOnce(["--out", path("kept.zip"), "--format", "json"], 400 * 24)
    expect(result.code).toBe(3)
    expect(eventsOf(result)).toContainEqual(expect.objectContaining({ kind: "failed", code: "catalog-expired" }))
    expect(readFileSync(path("kept.zip"), "utf8")).toBe("kept")
  })

  it.each([
    ["--interval", "soon"],
    ["--jitter", "120%"],
    ["--max-staleness", "0h"],
  ])("refuses %s %s", async (option, value) => {
    expect((await lookOnce(["--out", path("a.zip"), option, value])).code).toBe(2)
  })

  it("takes --now for one look alone", async () => {
    const { code } = await shell.scb(["watch", BUNDLE, "--out", "a.zip", "--now", "2027-01-01"], { in: "demo", env })
    expect(code).toBe(2)
  })
})

describe("scb watch, until it is stopped", () => {
  const children: ChildProcess[] = []
  afterEach(() => {
    for (const child of children.splice(0)) child.kill("SIGKILL")
  })

  /** Its lines of JSON as they come; `until` waits for one of a kind. */
  function start(args: readonly string[]) {
    const program = [compiledMain(), "watch", BUNDLE, "--repo", path("live"), "--format", "json", ...args]
    const child = spawn(process.execPath, program, {
      env: { PATH: process.env["PATH"], HOME: shell.folder, ...live },
      stdio: ["ignore", "pipe", "pipe"],
    })
    children.push(child)
    const lines: Record<string, unknown>[] = []
    let rest = ""
    const waiting = new Set<() => void>()
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      const parts = (rest + text).split("\n")
      rest = parts.pop() ?? ""
      lines.push(...parts.map(part => JSON.parse(part) as Record<string, unknown>))
      for (const look of waiting) look()
    })
    let errors = ""
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      errors += text
    })
    const until = (kind: string, count = 1) =>
      new Promise<void>((resolve, reject) => {
        const look = (): void => {
          if (lines.filter(line => line["kind"] === kind).length >= count) resolve()
        }
        waiting.add(look)
        child.on("exit", code => reject(new Error(`ended with ${code}: ${errors}`)))
        look()
      })
    return { child, lines, until }
  }

  let live: Environment = {}
  beforeAll(async () => {
    // from here on the clock of the machine: a process of its own has no other
    expect((await shell.scb(["init", "live", "--demo"], { now: wallClock() })).code).toBe(0)
    live = demoEnvironment(path("live-keys"))
    expect((await applied()).code).toBe(0)
  })

  const wallClock = (): Instant => instantFromMillis(Date.now())
  const applied = () => shell.scb(["apply"], { in: "live", env: live, now: wallClock() })

  it("takes up a new version on SIGHUP and ends with 0 on SIGTERM", async () => {
    const out = path("live.zip")
    const { child, lines, until } = start(["--out", out, "--interval", "24h", "--on-change", "true"])
    await until("hook-ended", 1)
    const before = readFileSync(out)

    const file = path("live/bundles", `${BUNDLE}.yaml`)
    writeFileSync(file, readFileSync(file, "utf8").replace(/^role: .*$/m, "role: other_role"))
    git(path("live"), "commit", "--quiet", "--all", "--message=another role")
    expect((await applied()).code).toBe(0)
    child.kill("SIGHUP")
    await until("hook-ended", 2)
    expect(readFileSync(out).equals(before)).toBe(false)
    expect(lines.filter(({ kind }) => kind === "changed").map(({ version }) => version)).toEqual(["1.0.0", "2.0.0"])

    child.kill("SIGTERM")
    const [code] = await once(child, "exit")
    expect(code).toBe(0)
    expect(lines.at(-1)).toMatchObject({ kind: "stopped" })
  })
})
