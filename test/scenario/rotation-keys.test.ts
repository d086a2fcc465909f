import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { CHECKOUT, type DeskMaker, day, editTwice, prepareDesk } from "../support/desk.ts"

const now = day("2026-11-25T10:00:00Z")
const CAMPAIGN = "policies/campaigns/rotation-2026-11-25.yaml"
let desks: DeskMaker

beforeAll(async () => {
  desks = await prepareDesk(async desk => {
    const policy = desk.read("policies/rollout.yaml")
    desk.write(
      "policies/rollout.yaml",
      policy.replace(/^environments: .*$/m, "environments: [development, production]"),
    )
    desk.commit()
    await desk.apply()
  })
}, 120_000)
afterAll(() => desks.remove())

describe("scb rotate key", () => {
  it("renews one bundle: a new key and certificate, for all channels at once", async () => {
    const desk = desks.fresh().at(now)
    const text = await editTwice(desk, CHECKOUT, "rotate", "key", "shop-dev/checkout", "--reason", "laptop lost")
    expect(text).toMatch(/^reissue: \{ before: 2026-11-25T10:00:00Z, reason: laptop lost \}$/m)
    desk.commit()
    const planned = JSON.parse((await desk.scb("plan", "--format", "json")).stdout)
    expect(planned.steps).toMatchObject([
      {
        kind: "release",
        bundle: "shop-dev/checkout",
        version: "1.0.1",
        change: "renewal",
        reason: "reissue-requested",
      },
      { kind: "point", channel: "candidate", to: "1.0.1" },
      { kind: "point", channel: "stable", to: "1.0.1" },
    ])
    await desk.apply()
    expect((await desk.scb("plan")).stdout).toContain("nothing to do")
  })

  it("shows whom it meets, and when", async () => {
    const desk = desks.fresh().at(now)
    const args = ["rotate", "key", "--bundle", "*/*", "--reason", "drill", "--dry-run"]
    const { code, stdout } = await desk.scb(...args)
    expect(code).toBe(0)
    expect(stdout).toContain("waves: { size: 1, every: 1h }")
    expect(stdout).toMatch(/^shop-dev\/checkout .* replaced in wave 1, /m)
    expect(stdout).toMatch(/^shop-prod\/checkout .* replaced in wave [23], 2026-11-25T1[12]:00:00Z$/m)
    expect(desk.git("status", "--porcelain")).toBe("")
  })

  it("renews many by one campaign that revokes nothing, one environment after the other", async () => {
    const desk = desks.fresh().at(now)
    const args = ["rotate", "key", "--owner", "shop-team", "--reason", "drill"]
    expect(
      await editTwice(desk, CAMPAIGN, ...args),
    ).toBe(`# yaml-language-server: $schema=../schemas/campaign.schema.json
apiVersion: scb/v1
kind: Campaign
name: rotation-2026-11-25
select: { owners: [shop-team] }
before: 2026-11-25T10:00:00Z
reason: drill
waves: { size: 1, every: 1h }
`)
    const again = await desk.at(day("2026-11-25T11:00:00Z")).scb(...args)
    expect(again.stdout).toMatch(/^already so/)
    desk.commit()
    const released = async (at: string) => {
      const planned = JSON.parse((await desk.at(day(at)).scb("plan", "--format", "json")).stdout)
      await desk.at(day(at)).apply()
      const steps: readonly { kind: string; bundle: string; change: string }[] = planned.steps
      return steps.filter(({ kind }) => kind === "release").map(({ bundle, change }) => `${bundle} ${change}`)
    }
    expect(await released("2026-11-25T10:00:01Z")).toEqual(["shop-dev/checkout renewal"])
    expect(await released("2026-11-25T10:59:00Z")).toEqual([])
    expect(await released("2026-11-25T11:00:00Z")).toEqual(["shop-prod/checkout renewal"])
    expect(await released("2026-11-26")).toEqual([])
  })

  it.each([
    [["shop-prod/reporting", "--reason", "x"], "the private key of shop-prod/reporting is not ours to change"],
    [["--reason", "x"], "expected either a bundle or what to select"],
    [["shop-dev/checkout", "--owner", "shop-team", "--reason", "x"], "expected either a bundle or what to select"],
    [["--owner", "nobody", "--reason", "x"], "what is selected is no version in use"],
    [["shop-dev/other", "--reason", "x"], "there is no bundle shop-dev/other"],
  ])("refuses %j", async (args, message) => {
    const desk = desks.fresh().at(now)
    const { code, stderr } = await desk.scb("rotate", "key", ...args)
    expect([code, desk.git("status", "--porcelain")]).toEqual([2, ""])
    expect(stderr).toContain(message)
  })
})
