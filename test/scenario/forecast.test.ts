import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { type Desk, type DeskMaker, prepareDesk } from "../support/desk.ts"

let desks: DeskMaker
let desk: Desk

beforeAll(async () => {
  desks = await prepareDesk(async () => {})
  desk = desks.fresh()
})

afterAll(() => desks.remove())

const inDemo = (...args: readonly string[]) => desk.scb(...args)

function commit(file: string, from: string | RegExp, to: string): void {
  const before = desk.read(file)
  const after = before.replace(from, to)
  expect(after).not.toBe(before)
  desk.write(file, after)
  desk.commit()
}

describe("scb apply without the key of one cluster", () => {
  it("releases the others, says what failed, in text and JSON, and exits with 3; with the key, it does the rest", async () => {
    commit("bundles/shop-prod/cluster.yaml", "env:SCB_CA_KEY", "env:SCB_PROD_KEY")
    const failed = await inDemo("apply", "--format", "json")
    expect([failed.code, failed.stderr]).toEqual([3, expect.stringContaining("key-missing")])
    const outcome = JSON.parse(failed.stdout)
    expect(outcome.verified.map((each: { bundle: string }) => each.bundle)).toEqual(["shop-dev/checkout"])
    expect(
      outcome.failed.map((each: { bundle: string; error: { code: string } }) => [each.bundle, each.error.code]),
    ).toEqual([
      ["shop-prod/checkout", "key-missing"],
      ["shop-prod/reporting", "key-missing"],
    ])
    expect(failed.stderr.match(/\[key-missing\]/g)).toHaveLength(1)
    const again = await inDemo("apply")
    expect([again.code, again.stderr.includes("key-missing")]).toEqual([3, true])
    commit("bundles/shop-prod/cluster.yaml", "env:SCB_PROD_KEY", "env:SCB_CA_KEY")
    expect((await inDemo("apply")).code).toBe(0)
    expect((await inDemo("apply")).stdout).toContain("nothing to do")
  })
})

describe("scb forecast", () => {
  it("lists what lies ahead until the end of a span, and changes nothing", async () => {
    const { code, stdout } = await inDemo("forecast", "--until", "2026-12-31")
    expect(code).toBe(0)
    expect(stdout).toMatch(/^WHEN +WHAT +WHOM +WHY\n/)
    expect(stdout.match(/ renewal {2,}shop-/g)).toHaveLength(6)
    expect(stdout.match(/ expiry {3,}shop-/g)).toHaveLength(3)
    expect((await inDemo("apply")).stdout).toContain("nothing to do")
  })

  it("is the same in JSON, and can begin later", async () => {
    const { stdout } = await inDemo("forecast", "--from", "2026-12-01", "--until", "2026-12-31", "--format", "json")
    const forecast = JSON.parse(stdout)
    expect(forecast).toMatchObject({ kind: "Forecast", from: "2026-12-01T00:00:00Z", until: "2026-12-31T00:00:00Z" })
    const kinds = forecast.events.map(({ kind }: { kind: string }) => kind)
    expect(kinds.filter((kind: string) => kind === "expiry")).toHaveLength(3)
  })

  it("names peaks where the forge takes less", async () => {
    const { stdout } = await inDemo("forecast", "--rate", "6")
    expect(stdout).toContain("(limit 6 in an hour)")
    expect(stdout).toMatch(/^peak {5}2026-12-/m)
    expect(stdout).toMatch(/^advice {3}renewals come too close together: raise jitterPercent/m)
  })

  it("is a calendar", async () => {
    const { stdout } = await inDemo("forecast", "--until", "2026-12-31", "--format", "ical")
    expect(stdout.startsWith("BEGIN:VCALENDAR\r\nVERSION:2.0\r\n")).toBe(true)
    expect(stdout.endsWith("END:VCALENDAR\r\n")).toBe(true)
    const uids = stdout.match(/^UID:.*$/gm) ?? []
    expect(new Set(uids).size).toBe(uids.length)
    expect(uids).toContain("UID:renewal/shop-dev/checkout/1.0.1@scb")
  })

  it.each([
    ["--until", "yesterday"],
    ["--until", "2026-01-01"],
    ["--until", "2099-01-01"],
    ["--rate", "0"],
    ["--rate", "many"],
  ])("refuses %s %s", async (option, value) => {
    expect((await inDemo("forecast", option, value)).code).toBe(2)
  })
})
