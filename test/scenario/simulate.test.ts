import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { type Desk, type DeskMaker, prepareDesk } from "../support/desk.ts"

let desks: DeskMaker
let desk: Desk

const scb = (...args: readonly string[]) => desk.scb(...args)

beforeAll(async () => {
  desks = await prepareDesk(each => each.apply())
  desk = desks.fresh()
})

afterAll(() => desks.remove())

describe("scb simulate", () => {
  it("lets a year pass from what the ledger says, and breaks no law", async () => {
    const { code, stdout } = await scb("simulate", "--step", "6h", "--format", "json")
    const { runs, counts, violations } = JSON.parse(stdout)
    expect([code, violations, runs]).toEqual([0, [], 1460])
    expect(counts["release first-release"]).toBeUndefined()
    expect(counts["release renewal-due"]).toBeGreaterThanOrEqual(3 * 18)
  })

  it("is the same for the same seed, and another for another", async () => {
    const faults = ["--faults", "missed-runs", "issuer-down", "publish-crash", "clock-skew"]
    const year = async (seed: string) =>
      (await scb("simulate", "--fresh", "--step", "12h", "--seed", seed, ...faults, "--format", "json")).stdout
    expect(await year("7")).toBe(await year("7"))
    expect(JSON.parse(await year("7")).faults).not.toEqual(JSON.parse(await year("8")).faults)
  })

  it("says which law is broken, since when, and ends with 1", async () => {
    const { code, stdout } = await scb("simulate", "--to", "2029-11-22", "--step", "1d")
    expect(code).toBe(1)
    expect(stdout).toContain("shop-dev/checkout stable: its version has expired, and so has its issuer")
  })

  it("writes nothing", async () => {
    const before = desk.git("rev-parse", "ledger", "HEAD")
    expect((await scb("simulate", "--step", "1d")).code).toBe(0)
    expect(desk.git("rev-parse", "ledger", "HEAD")).toBe(before)
    expect(desk.git("status", "--porcelain")).toBe("")
  })

  it.each([
    ["an end before the beginning", ["--to", "2026-01-01"]],
    ["a step that is none", ["--step", "often"]],
    ["more runs than anybody waits for", ["--step", "1s"]],
    ["a fault that is none", ["--faults", "earthquake"]],
  ])("refuses %s as a mistake in the command", async (_name, args) => {
    expect((await scb("simulate", ...args)).code).toBe(2)
  })
})
