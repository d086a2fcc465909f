import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { type Hook, runHook } from "../../../src/adapters/hook-process.ts"

describe("runHook", () => {
  let folder: string
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "scb-hook-"))
  })
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  const run = (command: string, changes: Partial<Hook> = {}) =>
    runHook({
      command,
      env: { PATH: process.env["PATH"] },
      workingDirectory: folder,
      timeoutMillis: 60_000,
      print: () => {},
      ...changes,
    })

  it("tells how it has ended", async () => {
    expect(await run("exit 0")).toEqual({ succeeded: true, message: "ended with 0" })
    expect(await run("exit 7")).toEqual({ succeeded: false, message: "ended with 7" })
    expect(await run("kill -TERM $$")).toEqual({ succeeded: false, message: "was ended by SIGTERM" })
  })

  it("gives what changes by the environment, as it is", async () => {
    const odd = "$(touch hacked) `touch hacked` ; \"' \\"
    await run('printf %s "$SCB_BUNDLE_PATH" > seen', { env: { PATH: process.env["PATH"], SCB_BUNDLE_PATH: odd } })
    expect(readFileSync(join(folder, "seen"), "utf8")).toBe(odd)
  })

  it("ends what takes too long", async () => {
    expect(await run("exec sleep 600", { timeoutMillis: 50 })).toEqual({
      succeeded: false,
      message: "was ended by SIGKILL",
    })
  })

  it("cannot be started where its folder is gone, and says so", async () => {
    const { succeeded, message } = await run("true", { workingDirectory: join(folder, "gone") })
    expect([succeeded, message.startsWith("cannot be started")]).toEqual([false, true])
  })
})
