import { readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { readRevocationList } from "../../src/artifact/crl.ts"
import { decodePem } from "../../src/artifact/pem.ts"
import { later } from "../../src/domain/instant.ts"
import { demoEnvironment, type Environment, openShell, type Shell } from "../support/cli.ts"
import { git } from "../support/git.ts"
import { START } from "../support/world.ts"

const HOUR = 3_600_000
const DAY = 24 * HOUR

describe("scb crl", () => {
  let shell: Shell
  let env: Environment
  const path = (name: string): string => join(shell.folder, name)
  const scb = (after: number, ...args: readonly string[]) =>
    shell.scb(args, { in: "demo", env, now: later(START, after) })

  beforeAll(async () => {
    shell = openShell()
    expect((await shell.scb(["init", "demo", "--demo"])).code).toBe(0)
    env = demoEnvironment(path("demo-keys"))
    expect((await scb(0, "apply")).code).toBe(0)
    const file = path("demo/bundles/shop-dev/checkout.yaml")
    const text = readFileSync(file, "utf8")
    writeFileSync(file, text.replace("channels:", "versions:\n  1.0.0: { revoked: { reason: superseded } }\nchannels:"))
    git(path("demo"), "commit", "--quiet", "--all", "--message=revoke")
    expect((await scb(HOUR, "apply")).code).toBe(0)
  })
  afterAll(() => shell.remove())

  it("prints the lists of a cluster, and nothing else, to stdout", async () => {
    const { code, stdout, stderr } = await scb(HOUR, "crl", "shop-dev")
    expect(code).toBe(0)
    const [list, ...others] = decodePem(stdout).map(({ der }) => readRevocationList(der))
    expect(others).toEqual([])
    expect(list?.revoked).toMatchObject([{ reason: "superseded", revokedAt: later(START, HOUR) }])
    expect(stderr).toContain("verified 1 revocation list of shop-dev")
  })

  it("writes them, and leaves alone what is the same", async () => {
    const out = path("crl.pem")
    const outcomes: unknown[] = []
    for (const _ of [1, 2]) {
      const { code, stdout } = await scb(HOUR, "crl", "shop-dev", "--out", out, "--format", "json")
      expect(code).toBe(0)
      outcomes.push(JSON.parse(stdout).written)
    }
    expect(outcomes).toEqual(["written", "unchanged"].map(outcome => ({ path: out, outcome })))
    expect(decodePem(readFileSync(out, "latin1")).map(({ label }) => label)).toEqual(["X509 CRL"])
  })

  it("tells of them as JSON, the delta with what it is to be added to", async () => {
    const { stdout } = await scb(HOUR, "crl", "shop-dev", "--delta", "--format", "json")
    const { kind, cluster, lists, pem } = JSON.parse(stdout)
    expect({ kind, cluster }).toEqual({ kind: "RevocationLists", cluster: "shop-dev" })
    expect(lists).toMatchObject([{ revoked: [{ reason: "superseded", revokedAt: "2026-11-22T11:00:00Z" }] }])
    expect(BigInt(`0x${lists[0].number}`)).toBeGreaterThan(BigInt(`0x${lists[0].base}`))
    expect(decodePem(pem)).toHaveLength(1)
  })

  it("is refused for a cluster without any, and for a catalog whose time is over", async () => {
    for (const [args, after, error] of [
      [["crl", "shop-test"], HOUR, "release-missing"],
      [["crl", "shop-dev"], 40 * DAY, "catalog-expired"],
    ] as const) {
      const { code, stdout } = await scb(after, ...args, "--format", "json")
      expect([code, JSON.parse(stdout).error.code]).toEqual([3, error])
    }
    expect((await scb(HOUR, "crl", "shop-test")).stderr).toContain("the catalog knows no cluster shop-test")
  })
})
