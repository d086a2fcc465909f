import { spawn } from "node:child_process"
import { existsSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { setTimeout as delay } from "node:timers/promises"
import { afterAll, describe, expect, it } from "vitest"
import { gitLedger } from "../../src/adapters/git-ledger.ts"
import { runWriter } from "../support/child.ts"
import { git, newRepository, temporaryDirectory } from "../support/git.ts"
import { append } from "../support/writing.ts"

const temporary = temporaryDirectory()
afterAll(() => temporary.remove())
const author = { name: "scb", email: "scb@localhost" }

describe("writers in processes of their own", () => {
  it("lose no transaction when twenty append at once, while git commits, packs and collects", async () => {
    const directory = join(temporary.path, "busy")
    newRepository(directory)
    const writers = Array.from({ length: 20 }, (_, at) => runWriter(["append", directory, `w${at}`]))
    const done = Promise.all(writers).then(endings => ({ endings }))
    let ended = false
    void done.finally(() => {
      ended = true
    })
    let commits = 0
    while (!ended) {
      await run("git", ["commit", "--quiet", "--allow-empty", `--message=${++commits}`], directory)
      await run("git", ["pack-refs", "--all"], directory)
      await run("git", ["gc", "--quiet"], directory)
      await delay(200)
    }
    expect((await done).endings.filter(({ code }) => code !== 0)).toEqual([])
    const ledger = gitLedger({ directory, author })
    expect((await ledger.read()).files.size).toBe(20)
    expect(await ledger.history()).toHaveLength(20)
    expect(git(directory, "rev-list", "--count", "main")).toBe(`${commits + 1}`)
    expect(git(directory, "rev-list", "--count", "ledger")).toBe("20")
    expect(git(directory, "fsck", "--strict", "--no-dangling")).toBe("")
    expect(git(directory, "status", "--porcelain")).toBe("")
  })

  it("take over from one that was killed while it held the lock", async () => {
    const directory = join(temporary.path, "stale")
    newRepository(directory)
    const lock = join(directory, ".git/refs/heads/ledger.lock")
    expect(await runWriter(["append", directory, "w"], { killAt: "appendFile" })).toMatchObject({ signal: "SIGKILL" })
    expect(existsSync(lock)).toBe(true)
    await append(gitLedger({ directory, author, patienceMillis: 0 }), "bundles/c/b.yaml")
    expect(existsSync(lock)).toBe(false)
  })

  it("wait for a lock that is not theirs, then say who is in the way and leave it alone", async () => {
    const directory = join(temporary.path, "foreign")
    newRepository(directory)
    const lock = join(directory, ".git/refs/heads/ledger.lock")
    writeFileSync(lock, "somebody's")
    const ledger = gitLedger({ directory, author, patienceMillis: 100 })
    await expect(append(ledger, "bundles/c/b.yaml")).rejects.toMatchObject({
      code: "busy",
      hint: expect.stringContaining(lock),
    })
    expect(readFileSync(lock, "utf8")).toBe("somebody's")
  })
})

/** Git may find its own locks taken by itself (gc in the background); what it does is not what is tested here. */
function run(command: string, args: readonly string[], cwd: string): Promise<void> {
  const env = { ...process.env, GIT_CONFIG_GLOBAL: "/dev/null" }
  const names = ["AUTHOR", "COMMITTER"].flatMap(role => [
    [`GIT_${role}_NAME`, "Ada"],
    [`GIT_${role}_EMAIL`, "ada@example.com"],
  ])
  const child = spawn(command, args, { cwd, env: { ...env, ...Object.fromEntries(names) }, stdio: "ignore" })
  return new Promise(resolve => child.on("close", () => resolve()))
}
