import { readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { type Instant, later } from "../../src/domain/instant.ts"
import { demoEnvironment, type Environment, openShell, type Shell } from "../support/cli.ts"
import { git } from "../support/git.ts"
import { START } from "../support/world.ts"

const DAY = 86_400_000
const NAME = "shop-dev/checkout"
const FILE = `bundles/${NAME}.yaml`

let shell: Shell
let env: Environment

/** 1.0.0; then another role, 2.0.0; then its renewal, 2.0.1; an uncommitted change of the keyspace beside them. */
beforeAll(async () => {
  shell = openShell()
  expect((await shell.scb(["init", "demo", "--demo"])).code).toBe(0)
  env = demoEnvironment(join(shell.folder, "demo-keys"))
  await released(START, "1.0.0")
  edit("role: checkout_rw", "role: checkout_ro")
  commit()
  await released(later(START, DAY), "2.0.0")
  await released(RENEWED, "2.0.1")
  edit("keyspace: shop", "keyspace: shop2")
})

afterAll(() => shell.remove())

const RENEWED = later(START, 28 * DAY)

const scb = (...args: readonly string[]) => shell.scb(args, { in: "demo", env, now: later(RENEWED, 60_000) })

async function json(...args: readonly string[]) {
  const { code, stdout } = await scb(...args, "--format", "json")
  return { code, result: JSON.parse(stdout) }
}

function edit(before: string, after: string): void {
  const file = join(shell.folder, "demo", FILE)
  const text = readFileSync(file, "utf8")
  if (!text.includes(before)) throw new Error(`${FILE} does not contain ${before}`)
  writeFileSync(file, text.replace(before, after))
}

function commit(): void {
  git(join(shell.folder, "demo"), "commit", "--quiet", "--all", "--message=edit")
}

/** Applies, keeps the ZIP, and applies again, which does nothing. */
async function released(now: Instant, version: string): Promise<void> {
  const run = (...args: readonly string[]) => shell.scb(args, { in: "demo", env, now })
  expect((await run("apply")).code).toBe(0)
  expect((await run("apply")).stdout).toContain("nothing to do")
  expect((await run("fetch", NAME, "--version", version, "--out", `../${version}.zip`)).code).toBe(0)
}

describe("scb diff", () => {
  it("explains two versions: what differs, what it means, who must act, which way leads there", async () => {
    const { code, result } = await json("diff", `${NAME}@1.0.0`, `${NAME}@2.0.0`)
    expect(code).toBe(0)
    expect(result.comparisons).toMatchObject([
      {
        subject: NAME,
        from: "1.0.0",
        to: "2.0.0",
        class: "major",
        changes: [{ member: "bundle.role", class: "major", before: "checkout_rw", after: "checkout_ro" }],
        tasks: [{ who: "cluster-operators" }],
        upgrade: { through: [], obstacles: [] },
      },
    ])
    const { stdout } = await scb("diff", `${NAME}@1.0.0`, `${NAME}@2.0.0`)
    expect(stdout).toContain(
      "shop-dev/checkout: 1.0.0 -> 2.0.0  major\n  major  bundle.role: checkout_rw -> checkout_ro\n",
    )
    expect(stdout).toContain("  way: 1.0.0 -> 2.0.0\n")
  })

  it("finds nothing but key, validity and passwords between a version and its renewal", async () => {
    const { result } = await json("diff", `${NAME}@2.0.0`, `${NAME}@2.0.1`)
    expect(result.comparisons).toMatchObject([{ class: "renewal", changes: [], tasks: [] }])
  })

  it("compares a version with what is written, committed or not", async () => {
    const { result } = await json("diff", `${NAME}@1.0.0`)
    expect(result.comparisons[0].to).toBe("working tree")
    expect(result.comparisons[0].changes.map((change: { member: string }) => change.member)).toEqual([
      "bundle.role",
      "bundle.keyspace",
    ])
    const newest = await json("diff", NAME)
    expect(newest.result.comparisons).toMatchObject([{ from: "2.0.1", class: "minor" }])
  })

  it("compares two commits, and names only what differs", async () => {
    const { result } = await json("diff", "--commits", git(join(shell.folder, "demo"), "rev-parse", "HEAD~1"), "HEAD")
    expect(result).toMatchObject({ comparisons: [{ subject: NAME, class: "major" }], added: [], gone: [] })
    expect((await scb("diff", "--commits", "HEAD")).stdout).toBe("no bundle differs\n")
  })

  it("proves a renewal by the two files alone", async () => {
    const renewal = await json("diff", "../2.0.0.zip", "../2.0.1.zip")
    expect(renewal.result.comparisons).toMatchObject([{ class: "renewal", changes: [], entries: [] }])
    const change = await json("diff", "../1.0.0.zip", "../2.0.0.zip")
    expect(change.result.comparisons).toMatchObject([
      { class: "major", changes: [{ member: "bundle.role" }], entries: ["README.md", "metadata.json"] },
    ])
  })

  it("writes a migration guide, driver by driver", async () => {
    const { stdout } = await scb("diff", `${NAME}@1.0.0`, `${NAME}@2.0.0`, "--format", "markdown")
    expect(stdout).toContain("# shop-dev/checkout: from 1.0.0 to 2.0.0\n\nA **major** change: 1 difference.")
    expect(stdout).toContain("1. **Operators of the cluster**\n   - Grant the new role")
    expect(stdout).toContain("| `bundle.role` | major | `checkout_rw` | `checkout_ro` |")
    expect(stdout).toContain("### Java driver 4.x (`java`)\n")
  })

  it.each<[number, ...string[]]>([
    [3, `${NAME}@9.0.0`, `${NAME}@2.0.0`],
    [3, "shop-dev/other"],
    [2, `${NAME}@1.0.0`, "x.zip"],
    [2, "x.zip"],
    [3, "--commits", "nowhere"],
  ])("ends with %s for %s %s", async (expected, ...args) => {
    expect((await scb("diff", ...args)).code).toBe(expected)
  })
})

describe("scb changelog", () => {
  it("tells the story of a bundle, newest first", async () => {
    const { stdout, code } = await scb("changelog", NAME)
    expect(code).toBe(0)
    expect([...stdout.matchAll(/^## (.*)$/gm)].map(([, head]) => head)).toEqual([
      "2.0.1 (2026-12-20, renewal)",
      "2.0.0 (2026-11-23, major)",
      "1.0.0 (2026-11-22, major)",
    ])
    expect(stdout).toContain(
      "- `bundle.role` (major): `checkout_rw` → `checkout_ro`: the application gets other rights.",
    )
    const { result } = await json("changelog", NAME)
    expect(result.versions.map((each: { class: string }) => each.class)).toEqual(["renewal", "major", "major"])
  })

  it("ends with 3 for a bundle that was never released, and with 2 for what is no bundle", async () => {
    expect((await scb("changelog", "shop-dev/other")).code).toBe(3)
    expect((await scb("changelog", `${NAME}@1.0.0`)).code).toBe(2)
  })
})

describe("scb compat", () => {
  it("answers for one client, and ends with 1 when it is not among those that the version is made for", async () => {
    const good = await json("compat", `${NAME}@2.0.1`, "--client", "java@4.19.0")
    expect(good).toMatchObject({ code: 0, result: { answers: [{ compatible: true }] } })
    const old = await scb("compat", `${NAME}@2.0.1`, "--client", "java@4.0.0")
    expect(old.code).toBe(1)
    expect(old.stdout).toContain(
      "shop-dev/checkout 2.0.1 and java 4.0.0: not compatible\n  made for java >=4.17.0, not for 4.0.0\n",
    )
    expect(old.stderr).toContain("S11")
    expect((await scb("compat", `${NAME}@2.0.1`, "--client", "spark@3.5.0")).code).toBe(1)
  })

  it("shows versions in force by driver and cluster", async () => {
    const { code, result } = await json("compat", NAME, "shop-prod/checkout")
    expect(code).toBe(0)
    const cells = result.rows.map(
      (row: Readonly<Record<string, string>>) => `${row["cluster"]} ${row["version"]} ${row["platform"]}`,
    )
    expect(cells).toContain("shop-dev 2.0.1 python")
    expect(cells).toContain("shop-prod 1.0.1 nodejs")
    expect((await scb("compat", NAME)).stdout).toMatch(/^shop-dev\/checkout +2\.0\.1 +java +>=4\.17\.0 +4\.18\.0 +\S/m)
  })

  it("needs nothing but the published files and a key that is trusted", async () => {
    const from = ["--from", "../demo-releases", "--trust", "policies/keys/release.asc"]
    expect((await scb("compat", `${NAME}@2.0.1`, ...from, "--client", "java@4.19.0")).code).toBe(0)
    expect((await scb("compat", `${NAME}@2.0.1`, "--from", "../demo-releases")).code).toBe(2)
    expect((await scb("compat", `${NAME}@2.0.1`, "--client", "java")).code).toBe(2)
    expect((await scb("compat", `${NAME}@7.0.0`)).code).toBe(3)
  })
})

describe("scb status of one bundle", () => {
  it("shows every published version, newest first, as the catalog has it", async () => {
    const { code, result } = await json(
      "status",
      NAME,
      "--from",
      "../demo-releases",
      "--trust",
      "policies/keys/release.asc",
    )
    expect(code).toBe(0)
    expect(result.versions).toMatchObject([
      { version: "2.0.1", state: "active", channels: ["candidate", "stable"] },
      { version: "2.0.0", channels: [] },
      { version: "1.0.0", channels: [] },
    ])
    expect((await scb("status", NAME)).stdout).toMatch(/^2\.0\.1 +active +candidate, stable /m)
  })

  it("ends with 2 where options do not fit, and with 3 for a bundle that was never published", async () => {
    expect((await scb("status", "--from", "../demo-releases")).code).toBe(2)
    expect((await scb("status", "shop-dev")).code).toBe(2)
    expect((await scb("status", "shop-dev/other")).code).toBe(3)
  })
})
