import { readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { type Instant, later } from "../../src/domain/instant.ts"
import type { Standing } from "../../src/domain/plan/standing.ts"
import { demoEnvironment, type Environment, openShell, type Shell } from "../support/cli.ts"
import { git } from "../support/git.ts"
import { on } from "../support/lifecycle.ts"
import { START } from "../support/world.ts"

/** Phases so short that no certificate of the demonstration, which lives for thirty days, ends before them. */
const LIFECYCLE = `apiVersion: scb/v1
kind: Lifecycle
phases: { deprecated: 4d, limited: 3d, securityOnly: 2d }
archiveAfter: 5d
maximumActive: 2
maximumExtension: 3d
usageGate: { maximumConsumers: 2 }
`
const CHECKOUT = "bundles/shop-dev/checkout.yaml"
const NAME = "shop-dev/checkout"

let shell: Shell
let env: Environment

beforeAll(async () => {
  shell = openShell()
  expect((await shell.scb(["init", "demo", "--demo"])).code).toBe(0)
  env = demoEnvironment(join(shell.folder, "demo-keys"))
  write("policies/lifecycle.yaml", LIFECYCLE)
  commit()
  await apply(START)
  edit("keyspace: shop", "keyspace: shop2")
  await apply(on("2026-11-23"))
})

afterAll(() => shell.remove())

const inDemo = (now: Instant, ...args: readonly string[]) => shell.scb(args, { in: "demo", env, now })

function write(file: string, text: string): void {
  writeFileSync(join(shell.folder, "demo", file), text)
}

function commit(): void {
  git(join(shell.folder, "demo"), "add", "--all")
  git(join(shell.folder, "demo"), "commit", "--quiet", "--message=edit")
}

/** A person's edit: replaces text in the bundle's file and commits. */
function edit(before: string, after: string): void {
  const text = readFileSync(join(shell.folder, "demo", CHECKOUT), "utf8")
  if (!text.includes(before)) throw new Error(`${CHECKOUT} does not contain ${before}`)
  write(CHECKOUT, text.replace(before, after))
  commit()
}

interface Applied {
  readonly code: number
  /** e.g. `1.0.0 limited`. */
  readonly marks: readonly string[]
  readonly findings: readonly string[]
}

/** Applies twice; the second time does nothing. */
async function apply(now: Instant, ...args: readonly string[]): Promise<Applied> {
  const first = await applyOnce(now, ...args)
  const second = await applyOnce(now, ...args)
  expect(second.steps).toEqual([])
  const { code, steps, findings } = first
  const marks = steps.filter(({ kind, bundle }) => kind === "mark" && bundle === NAME)
  return { code, marks: marks.map(({ version, mark }) => `${version} ${mark?.kind}`), findings }
}

interface WireStep {
  readonly kind: string
  readonly bundle: string
  readonly version: string
  readonly mark?: { readonly kind: string }
}

async function applyOnce(now: Instant, ...args: readonly string[]) {
  const { code, stdout, stderr } = await inDemo(now, "apply", "--format", "json", ...args)
  if (code > 1) throw new Error(stderr)
  const { plan, findings } = JSON.parse(stdout) as {
    readonly plan: { readonly steps: readonly WireStep[] }
    readonly findings: readonly { readonly code: string; readonly subject: string }[]
  }
  const own = findings.filter(({ subject, code }) => subject === NAME && code !== "S35")
  return { code, steps: plan.steps, findings: own.map(each => each.code) }
}

/** The versions of the bundle, what they are good for, and the channels that lead there. */
async function tree(now: Instant): Promise<Readonly<Record<string, string>>> {
  const { stdout } = await inDemo(now, "status", "--format", "json")
  const { bundles } = JSON.parse(stdout) as {
    readonly bundles: readonly {
      readonly bundle: string
      readonly versions: readonly {
        readonly version: string
        readonly state: Standing
        readonly channels: readonly string[]
      }[]
    }[]
  }
  const own = bundles.find(({ bundle }) => bundle === NAME)?.versions ?? []
  return Object.fromEntries(own.map(({ version, state, channels }) => [version, [state, ...channels].join(" ")]).sort())
}

async function fetchedBy(now: Instant, ...args: readonly string[]) {
  const target = join(shell.folder, "bundle.zip")
  const { code, stderr } = await inDemo(now, "fetch", NAME, "--out", target, "--force", ...args)
  return { code, stderr }
}

describe("the way out of a version, from its announcement to the archive", () => {
  const NEWER = "active candidate stable"

  it("stands beside its successor before", async () => {
    expect(await tree(on("2026-11-23"))).toEqual({ "1.0.0": "active", "1.1.0": NEWER })
  })

  it("is not back-dated", async () => {
    edit(
      "channels:",
      "versions:\n  1.0.0: { deprecated: { from: 2026-11-22, reason: superseded, replacement: 1.1.0 } }\nchannels:",
    )
    expect(await apply(on("2026-11-23T09:00:00Z"))).toEqual({ code: 1, marks: [], findings: ["S36"] })
    expect(await tree(on("2026-11-23T09:00:00Z"))).toEqual({ "1.0.0": "active", "1.1.0": NEWER })
  })

  it("leads to a version that there is", async () => {
    edit(
      "from: 2026-11-22, reason: superseded, replacement: 1.1.0",
      "from: 2026-11-25, reason: superseded, replacement: 1.2.0",
    )
    expect(await apply(on("2026-11-23T10:00:00Z"))).toEqual({ code: 1, marks: [], findings: ["S38"] })
  })

  it("is announced with all its dates as soon as it is seen", async () => {
    edit("replacement: 1.2.0", "replacement: 1.1.0")
    expect(await apply(on("2026-11-23T11:00:00Z"))).toEqual({ code: 0, marks: ["1.0.0 deprecated"], findings: [] })
    expect(await tree(on("2026-11-24T23:59:59Z"))).toEqual({ "1.0.0": "active", "1.1.0": NEWER })
    expect(await tree(on("2026-11-25"))).toEqual({ "1.0.0": "deprecated", "1.1.0": NEWER })
  })

  it("tells those who fetch it where to go, and until when", async () => {
    const { code, stderr } = await fetchedBy(on("2026-11-26"), "--version", "1.0.0")
    expect(code).toBe(0)
    expect(stderr).toContain("go to 1.1.0 before 2026-12-04T00:00:00Z")
  })

  it("says who is concerned, and writes a guide for them", async () => {
    const now = on("2026-11-26")
    const { stdout } = await inDemo(now, "impact", NAME, "--format", "json")
    expect(JSON.parse(stdout)).toMatchObject({
      kind: "Impact",
      owners: ["shop-team"],
      environments: ["development"],
      bundles: [{ bundle: NAME, leaving: [{ version: "1.0.0", replacement: "1.1.0", until: "2026-12-04T00:00:00Z" }] }],
    })
    expect((await inDemo(now, "impact", "shop-prod/*")).stdout).toContain("nobody has to do anything")
    const guide = (await inDemo(now, "impact", NAME, "--format", "markdown")).stdout
    expect(guide).toContain("# shop-dev/checkout: from 1.0.0 to 1.1.0")
    expect(guide).toContain("| 2026-11-29T00:00:00Z | limited")
    expect(guide).toContain("scb fetch shop-dev/checkout --version 1.1.0")
    expect(await inDemo(now, "impact", "shop-dev/chekcout")).toMatchObject({ code: 2 })
  })

  it("keeps its dates, whatever the YAML or the policy say afterwards", async () => {
    edit("from: 2026-11-25", "from: 2026-11-24")
    write("policies/lifecycle.yaml", LIFECYCLE.replace("deprecated: 4d", "deprecated: 1d"))
    commit()
    expect(await apply(on("2026-11-27"))).toEqual({ code: 1, marks: [], findings: ["S37"] })
    edit("from: 2026-11-24", "from: 2026-11-25")
    write("policies/lifecycle.yaml", LIFECYCLE)
    commit()
  })

  it("waits while more consumers use it than policy allows", async () => {
    const facts = {
      kind: "traffic",
      bundle: NAME,
      version: "1.0.0",
      at: "2026-11-29T00:00:00Z",
      samples: 9,
      failures: 0,
      consumers: 3,
    }
    const health = join(shell.folder, "health.json")
    writeFileSync(health, JSON.stringify({ apiVersion: "scb/v1", kind: "HealthFacts", facts: [facts] }))
    expect(await apply(on("2026-11-29"), "--health", health)).toEqual({ code: 0, marks: [], findings: ["S40"] })
    expect(await tree(on("2026-11-29"))).toEqual({ "1.0.0": "deprecated", "1.1.0": NEWER })
  })

  it("becomes limited: only who asks for it gets it", async () => {
    expect(await apply(on("2026-11-29"))).toEqual({ code: 0, marks: ["1.0.0 limited"], findings: [] })
    expect(await tree(on("2026-11-29"))).toEqual({ "1.0.0": "limited", "1.1.0": NEWER })
    expect(await fetchedBy(on("2026-11-29"), "--version", "1.0.0")).toMatchObject({
      code: 0,
      stderr: expect.stringContaining("is on its way out (limited)"),
    })
  })

  it("is put off in an emergency, within bounds", async () => {
    const before = "replacement: 1.1.0 }"
    edit(before, "replacement: 1.1.0, extended: { until: 2026-12-08, reason: INC-1 } }")
    expect(await apply(on("2026-11-30"))).toEqual({ code: 1, marks: [], findings: ["S41"] })
    edit("until: 2026-12-08", "until: 2026-12-06")
    expect(await apply(on("2026-11-30"))).toEqual({ code: 0, marks: ["1.0.0 extended"], findings: [] })
    expect(await apply(on("2026-12-03T23:59:59Z"))).toEqual({ code: 0, marks: [], findings: [] })
  })

  it("becomes security-only, later than announced", async () => {
    expect(await apply(on("2026-12-04"))).toEqual({ code: 0, marks: ["1.0.0 security-only"], findings: [] })
  })

  it("is not put off again once that is granted, nor brought forward", async () => {
    edit("until: 2026-12-06", "until: 2026-12-05")
    expect(await apply(on("2026-12-04T01:00:00Z"))).toEqual({ code: 1, marks: [], findings: ["S37"] })
    edit("until: 2026-12-05", "until: 2026-12-06")
  })

  it("comes to its end: nobody gets it any more", async () => {
    expect(await apply(on("2026-12-06"))).toEqual({ code: 0, marks: ["1.0.0 end-of-life"], findings: [] })
    const { code, stderr } = await fetchedBy(on("2026-12-06"), "--version", "1.0.0")
    expect([code, stderr]).toEqual([3, expect.stringContaining("version-ended")])
    expect(stderr).toContain("go to 1.1.0")
  })

  it("is archived after that", async () => {
    expect(await apply(on("2026-12-11"))).toEqual({ code: 0, marks: ["1.0.0 archived"], findings: [] })
    expect(await tree(on("2026-12-11"))).toMatchObject({ "1.0.0": "archived" })
    expect((await fetchedBy(on("2026-12-11"), "--version", "1.0.0")).code).toBe(3)
  })
})

describe("more versions than policy allows", () => {
  it("are deprecated from the oldest on, a day after the channels have left them", async () => {
    edit("keyspace: shop2", "keyspace: shop3")
    await apply(on("2026-12-11T01:00:00Z"))
    edit("keyspace: shop3", "keyspace: shop4")
    expect((await apply(on("2026-12-11T02:00:00Z"))).marks).toEqual([])
    const versions = await tree(on("2026-12-11T02:00:00Z"))
    expect(Object.values(versions).filter(state => state.startsWith("active"))).toHaveLength(3)
    expect((await apply(later(on("2026-12-12T02:00:00Z"), -1_000))).marks).toEqual([])
    const [, oldest] = Object.keys(versions)
    expect(await apply(on("2026-12-12T02:00:00Z"))).toEqual({ code: 0, marks: [`${oldest} deprecated`], findings: [] })
  })
})
