import { readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { later } from "../../src/domain/instant.ts"
import { placeOf } from "../../src/domain/rollout/cohort.ts"
import { demoEnvironment, type Environment, openShell, type Shell } from "../support/cli.ts"
import { git } from "../support/git.ts"
import { START } from "../support/world.ts"

const HOUR = 3_600_000
const BUNDLE = "shop-prod/checkout"
const NOW = later(START, HOUR)

let shell: Shell
let env: Environment

const scb = (...args: readonly string[]) => shell.scb(args, { in: "demo", env, now: NOW })
const ids = Array.from({ length: 50 }, (_, index) => `pod-${index}`)
const first = ids.find(id => placeOf(id, BUNDLE, "1.1.0") < 50) ?? ""
const last = ids.find(id => placeOf(id, BUNDLE, "1.1.0") >= 50) ?? ""

function edit(before: string, after: string): void {
  const path = join(shell.folder, "demo/bundles/shop-prod/checkout.yaml")
  const text = readFileSync(path, "utf8")
  expect(text).toContain(before)
  writeFileSync(path, text.replace(before, after))
  git(join(shell.folder, "demo"), "commit", "--quiet", "--all", "--message=edit")
}

/** 1.1.0 is given to half of the consumers. */
beforeAll(async () => {
  shell = openShell()
  expect((await shell.scb(["init", "demo", "--demo"])).code).toBe(0)
  env = demoEnvironment(join(shell.folder, "demo-keys"))
  expect((await shell.scb(["apply"], { in: "demo", env })).code).toBe(0)
  edit("stable: { follow: candidate }", "stable: { rollout: [{ percent: 50, for: 4h }, { percent: 100 }] }")
  edit("keyspace: shop", "keyspace: shop2")
  expect((await scb("apply")).code).toBe(0)
})

afterAll(() => shell.remove())

describe("while a rollout is under way", () => {
  it("scb plan says which gate it waits for, and until when", async () => {
    const { stdout } = await scb("plan")
    expect(stdout).toContain("waits  shop-prod/checkout stable  1.0.0 -> 1.1.0  soak: 1.1.0 for 50 percent until")
    const json = JSON.parse((await scb("plan", "--format", "json")).stdout)
    expect(json.waits).toMatchObject([{ bundle: BUNDLE, channel: "stable", to: "1.1.0", gates: [{ check: "soak" }] }])
    expect(json.nextAt).toBe("2026-11-22T15:00:00Z")
  })

  it("scb status shows who is ahead", async () => {
    const { stdout } = await scb("status")
    expect(stdout).toContain("1.0.0 (50%: 1.1.0)")
  })

  it.each([
    ["the first half gets the new version", () => first, "1.1.0", true],
    ["the second half gets what everybody has", () => last, "1.0.0", false],
  ] as const)("scb fetch --consumer: %s, twice the same", async (_name, consumer, version, isAhead) => {
    for (let times = 0; times < 2; times += 1) {
      const { code, stdout } = await scb("fetch", BUNDLE, "--consumer", consumer(), "--dry-run", "--format", "json")
      expect(code).toBe(0)
      const place = placeOf(consumer(), BUNDLE, "1.1.0")
      const rollout = { version: "1.1.0", percent: 50, consumer: { id: consumer(), place }, isAhead }
      expect(JSON.parse(stdout)).toMatchObject({ version, channel: "stable", rollout })
    }
  })

  it("scb fetch knows whom it is for by the OpenPGP key, and says so", async () => {
    const { stdout } = await scb("fetch", BUNDLE, "--dry-run", "--format", "json")
    const { rollout, version } = JSON.parse(stdout)
    expect(rollout.consumer.id).toMatch(/^[0-9A-F]{40}$/)
    expect(version).toBe(rollout.isAhead ? "1.1.0" : "1.0.0")
  })

  it("scb fetch --encrypted gives what everybody has, and warns, unless told who asks", async () => {
    const unknown = await scb("fetch", BUNDLE, "--encrypted", "--dry-run", "--format", "json")
    expect(JSON.parse(unknown.stdout)).toMatchObject({ version: "1.0.0", rollout: { isAhead: false } })
    expect(unknown.stderr).toContain("warning: 1.1.0 goes to 50 percent first: whether to you, --consumer tells")
    const told = await scb("fetch", BUNDLE, "--encrypted", "--consumer", first, "--dry-run", "--format", "json")
    expect(JSON.parse(told.stdout).version).toBe("1.1.0")
  })

  it("scb fetch --channel names any channel, and one that is not there is missing", async () => {
    const { stdout } = await scb("fetch", BUNDLE, "--channel", "candidate", "--dry-run", "--format", "json")
    expect(JSON.parse(stdout)).toMatchObject({ version: "1.1.0", channel: "candidate" })
    expect((await scb("fetch", BUNDLE, "--channel", "canary")).code).toBe(3)
  })

  it.each([
    ["no JSON", "facts: []", "it is not JSON"],
    ["another kind", '{"apiVersion":"scb/v1","kind":"Health","facts":[]}', "/kind"],
    ["an unknown key", '{"apiVersion":"scb/v1","kind":"HealthFacts","facts":[],"by":"me"}', "by"],
    ["more failures than samples", facts({ samples: 1, failures: 2 }), "/facts/0"],
    ["half a connection", facts({ samples: 1.5, failures: 0 }), "/facts/0/samples"],
    ["a day that does not exist", facts({ at: "2026-02-30T00:00:00Z" }), "/facts/0/at"],
  ])("--health refuses %s", async (_name, text, where) => {
    writeFileSync(join(shell.folder, "demo", "facts.json"), text)
    const { code, stderr } = await scb("plan", "--health", "facts.json")
    expect(code).toBe(3)
    expect(stderr).toContain("the health facts are malformed")
    expect(stderr).toContain(where)
  })

  it("--health takes a version back that fails, and applying it again does nothing", async () => {
    const now = later(NOW, HOUR)
    const at = (...args: readonly string[]) => shell.scb(args, { in: "demo", env, now })
    writeFileSync(join(shell.folder, "facts.json"), facts({ samples: 100, failures: 60, at: "2026-11-22T11:59:00Z" }))
    const planned = await at("plan", "--health", "../facts.json")
    expect(planned.stdout).toContain("failed: 60 of 100 connections failed")
    expect((await at("apply", "--health", "../facts.json")).code).toBe(0)
    const again = await at("apply", "--health", "../facts.json", "--format", "json")
    expect(JSON.parse(again.stdout).plan.steps).toEqual([])
    const { stdout } = await at("fetch", BUNDLE, "--consumer", first, "--dry-run", "--format", "json")
    expect(JSON.parse(stdout).version).toBe("1.0.0")
  })
})

function facts(more: object): string {
  const at = "2026-11-22T11:00:00Z"
  const fact = { kind: "traffic", bundle: BUNDLE, version: "1.1.0", at, samples: 0, failures: 0, ...more }
  return JSON.stringify({ apiVersion: "scb/v1", kind: "HealthFacts", facts: [fact] })
}
