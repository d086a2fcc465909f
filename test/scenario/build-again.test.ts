import { readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { demoEnvironment, type Environment, openShell, type Shell } from "../support/cli.ts"
import { git } from "../support/git.ts"

let shell: Shell
let env: Environment

beforeAll(async () => {
  shell = openShell()
  expect((await shell.scb(["init", "demo", "--demo"])).code).toBe(0)
  env = demoEnvironment(join(shell.folder, "demo-keys"))
})

afterAll(() => shell.remove())

const inDemo = (...args: readonly string[]) => shell.scb([...args, "--format", "json"], { in: "demo", env })

function commitKeyspace(name: string): void {
  const file = join(shell.folder, "demo/bundles/shop-dev/checkout.yaml")
  writeFileSync(file, readFileSync(file, "utf8").replace(/keyspace: \w+/, `keyspace: ${name}`))
  git(join(shell.folder, "demo"), "commit", "--quiet", "--all", "--message=change")
}

describe("scb build into a folder that holds an older build", () => {
  it("says that it is in the way, and goes on in an empty one", async () => {
    expect((await inDemo("build", "--out", "../build")).code).toBe(0)
    commitKeyspace("second")
    const stale = await inDemo("publish", "--from", "../build")
    expect([stale.code, JSON.parse(stale.stdout).error.code]).toEqual([3, "stale-build"])
    const inTheWay = await inDemo("build", "--out", "../build")
    expect([inTheWay.code, JSON.parse(inTheWay.stdout).error.code]).toEqual([3, "already-exists"])
    expect((await inDemo("build", "--out", "../build-2")).code).toBe(0)
    expect((await inDemo("publish", "--from", "../build-2")).code).toBe(0)
    expect(JSON.parse((await inDemo("plan")).stdout).steps).toEqual([])
    const fetched = await inDemo("fetch", "shop-dev/checkout", "--out", "../a.zip")
    expect(fetched.code).toBe(0)
    const inspected = await shell.scb(["inspect", "a.zip", "--format", "json"])
    expect(JSON.parse(inspected.stdout).config.keyspace).toBe("second")
  })
})
