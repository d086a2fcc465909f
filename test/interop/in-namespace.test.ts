import { spawn, spawnSync } from "node:child_process"
import { once } from "node:events"
import { existsSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { describe, expect, it } from "vitest"
import { temporaryDirectory } from "../support/git.ts"
import { hasTool } from "../support/tools.ts"

const SCRIPT = fileURLToPath(new URL("../../scripts/in-namespace.sh", import.meta.url))

const inside = (...command: readonly string[]): { readonly status: number | null; readonly stdout: string } =>
  spawnSync(SCRIPT, command, { encoding: "utf8" })

describe.runIf(hasTool("unshare") && hasTool("ip"))("a command in a namespace", () => {
  it("resolves names of tests by DNS and by the C library, and no others", () => {
    const resolve = `
      const { resolve4, resolve6, lookup } = require("node:dns").promises
      const settled = [resolve4("cass.example.com"), lookup("a.b.lab.test"), resolve6("cass.example.com"), resolve4("apache.org")]
      Promise.allSettled(settled).then(all => console.log(JSON.stringify(all.map(({ value, reason }) => value ?? reason.code))))`
    const answers = JSON.parse(inside(process.execPath, "-e", resolve).stdout)
    expect(answers).toEqual([["127.0.0.1"], { address: "127.0.0.1", family: 4 }, "ENODATA", "ENOTFOUND"])
  })

  it("has no network but loopback", () => {
    const interfaces = inside("cat", "/proc/net/dev").stdout.match(/^\s*\w+(?=:)/gm)
    expect(interfaces?.map(name => name.trim())).toEqual(["lo"])
    expect(inside("cat", "/proc/net/route").stdout.trim().split("\n")).toHaveLength(1)
  })

  it("gives its exit code, and leaves the system's files as they are", () => {
    const files = ["/etc/hosts", "/etc/resolv.conf"]
    const before = files.map(file => readFileSync(file, "utf8"))
    expect(inside("sh", "-c", "exit 7").status).toBe(7)
    expect(files.map(file => readFileSync(file, "utf8"))).toEqual(before)
  })

  it("is told of a signal, and ends as it ends", async () => {
    const child = spawn(SCRIPT, ["sh", "-c", 'trap "exit 9" TERM; echo ready; sleep 60 & wait'], { stdio: "pipe" })
    await once(child.stdout, "data")
    child.kill("SIGTERM")
    expect(await once(child, "exit")).toEqual([9, null])
  })

  it("takes with it what it has left running", async () => {
    const folder = temporaryDirectory()
    const pidFile = join(folder.path, "pid")
    inside(
      "sh",
      "-c",
      `setsid sh -c 'echo $$ >${pidFile}; exec sleep 60' & while [ ! -s ${pidFile} ]; do sleep 0.1; done`,
    )
    const pid = readFileSync(pidFile, "utf8").trim()
    const commandLine = (): string =>
      existsSync(`/proc/${pid}/cmdline`) ? readFileSync(`/proc/${pid}/cmdline`, "latin1") : ""
    await expect.poll(commandLine).not.toContain("sleep")
    folder.remove()
  })
})
