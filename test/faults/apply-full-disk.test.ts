import { spawnSync } from "node:child_process"
import { readdirSync } from "node:fs"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { instantFromMillis } from "../../src/domain/instant.ts"
import { compiledMain } from "../support/child.ts"
import { demoEnvironment, type Environment, openShell, type Shell } from "../support/cli.ts"

const MAIN = compiledMain()

let shell: Shell
let env: Environment

beforeAll(async () => {
  shell = openShell()
  await shell.scb(["init", "demo", "--demo"], { now: instantFromMillis(Date.now()) }) // the processes read the real clock
  env = demoEnvironment(join(shell.folder, "demo-keys"))
})

afterAll(() => shell.remove())

/** `scb …` where no file can grow beyond so many KiB: a full disk for who is not root. */
function limited(kibibytes: number, ...args: readonly string[]) {
  const command = [process.execPath, MAIN, ...args, "--repo", join(shell.folder, "demo")]
  const { status, stdout, stderr } = spawnSync(
    "bash",
    ["-c", `ulimit -f ${kibibytes}; exec "$@"`, "bash", ...command],
    {
      cwd: shell.folder,
      env: { ...process.env, ...env, NODE_DISABLE_COMPILE_CACHE: "1" },
      encoding: "utf8",
    },
  )
  return { code: status, stdout, stderr }
}

describe("scb apply on a full disk", () => {
  it("says disk-full, publishes nothing, and with room does what was left to do", () => {
    const full = limited(8, "apply", "--format", "json")
    expect([full.code, JSON.parse(full.stdout).error], full.stderr).toMatchObject([3, { code: "disk-full" }])
    expect(full.stderr).toContain("[disk-full]")
    const releases = join(shell.folder, "demo-releases")
    const left = readdirSync(releases, { recursive: true, encoding: "utf8" })
    expect(left.filter(path => /\.gpg$|catalog\/index/.test(path))).toEqual([])

    expect(limited(1024, "apply").code).toBe(0)
    expect(limited(1024, "apply").stdout).toContain("nothing to do")
  })
})
