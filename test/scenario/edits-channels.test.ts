import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { CHECKOUT, type Desk, type DeskMaker, day, editTwice, prepareDesk } from "../support/desk.ts"

/** stable soaks for two days: at the end of the preparation 1.0.0 is stable, 1.1.0 is a candidate. */
const CHANNELS = `channels: # who gets what
  candidate: { follow: latest }
  stable: { follow: candidate, after: 48h } # the house rule
`
const NAME = "shop-dev/checkout"
let desks: DeskMaker
let original: string

beforeAll(async () => {
  desks = await prepareDesk(async desk => {
    const text = desk.read(CHECKOUT)
    desk.write(CHECKOUT, text.slice(0, text.indexOf("channels:")) + CHANNELS)
    desk.commit()
    await desk.apply()
    await desk.at(day("2026-11-24T12:00:00Z")).apply()
    desk.write(CHECKOUT, desk.read(CHECKOUT).replace("keyspace: shop", "keyspace: shop2"))
    desk.commit()
    await desk.at(day("2026-11-25")).apply()
  })
  original = desks.fresh().read(CHECKOUT)
}, 120_000)
afterAll(() => desks.remove())

const stableLine = (rest: string) =>
  original.replace("stable: { follow: candidate, after: 48h }", `stable: { follow: candidate, after: 48h${rest} }`)
const stable = async (desk: Desk) => {
  const { stdout } = await desk.scb("status", "--format", "json")
  const bundles: readonly { readonly bundle: string; readonly channels: { readonly stable: { version: string } } }[] =
    JSON.parse(stdout).bundles
  return bundles.find(({ bundle }) => bundle === NAME)?.channels.stable.version
}
const now = day("2026-11-25T10:00:00Z")
const later = day("2026-11-28")

describe("scb pin and unpin", () => {
  it("hold a channel and let it go, with the file as it was afterwards", async () => {
    const desk = desks.fresh().at(now)
    const pin = ["pin", NAME, "stable", "1.0.0", "--reason", "an audit", "--until", "2026-12-01"]
    expect(await editTwice(desk, CHECKOUT, ...pin)).toBe(
      stableLine(", pin: 1.0.0, reason: an audit, until: 2026-12-01"),
    )
    desk.commit()
    await desk.at(later).apply()
    expect(await stable(desk.at(later))).toBe("1.0.0")
    expect(await editTwice(desk.at(later), CHECKOUT, "unpin", NAME, "stable")).toBe(original)
    desk.commit()
    await desk.at(later).apply()
    expect(await stable(desk.at(later))).toBe("1.1.0")
  })

  it("change a hold by what is other, and leave nothing of the one before", async () => {
    const desk = desks.fresh().at(now)
    await desk.scb("pin", NAME, "stable", "1.0.0", "--reason", "one: two", "--until", "2026-12-01")
    expect(await editTwice(desk, CHECKOUT, "pin", NAME, "stable", "1.1.0", "--reason", "other")).toBe(
      stableLine(', pin: 1.1.0, reason: "other"'),
    )
  })

  it.each([
    [
      "an unknown bundle",
      ["pin", "shop-dev/nothing", "stable", "1.0.0", "--reason", "x"],
      /no bundle shop-dev\/nothing/,
    ],
    ["an unknown channel", ["pin", NAME, "beta", "1.0.0", "--reason", "x"], /no channel beta[\s\S]*candidate, stable/],
    [
      "an unknown version",
      ["pin", NAME, "stable", "9.9.9", "--reason", "x"],
      /no version 9\.9\.9[\s\S]*1\.0\.0, 1\.1\.0/,
    ],
    ["an end in the past", ["pin", NAME, "stable", "1.0.0", "--reason", "x", "--until", "2026-11-01"], /--until/],
    ["no instant", ["pin", NAME, "stable", "1.0.0", "--reason", "x", "--until", "tomorrow"], /--until/],
    ["no reason", ["pin", NAME, "stable", "1.0.0"], /--reason/],
  ])("refuse %s as wrong usage", async (_what, args, message) => {
    const desk = desks.fresh().at(now)
    const { code, stderr } = await desk.scb(...args)
    expect([code, desk.read(CHECKOUT)]).toEqual([2, original])
    expect(stderr).toMatch(message)
  })

  it("refuse a version that is dead", async () => {
    const desk = desks.fresh().at(now)
    await desk.scb("revoke", `${NAME}@1.0.0`, "--reason", "superseded")
    desk.commit()
    await desk.apply()
    const dead = await desk.scb("pin", NAME, "stable", "1.0.0", "--reason", "x")
    expect([dead.code, dead.stderr]).toEqual([2, expect.stringContaining("1.0.0 is revoked")])
  })

  it("write nothing where the plan would have an error more, and say which", async () => {
    const desk = desks.fresh().at(now)
    const { code, stdout, stderr } = await desk.scb("pin", NAME, "stable", "1.0.0", "--reason", "\u0007bell")
    expect([code, desk.read(CHECKOUT)]).toEqual([1, original])
    expect(stdout).toContain("refused")
    expect(stderr).toMatch(/error [A-Z]\d\d/)
  })
})

describe("scb rollback", () => {
  /** With 1.1.0 in stable. */
  const promoted = async () => {
    const desk = desks.fresh().at(later)
    await desk.apply()
    return desk
  }

  it("goes back to the version before and holds it, and automation respects that", async () => {
    const desk = await promoted()
    expect(await editTwice(desk, CHECKOUT, "rollback", NAME, "--reason", "INC-7")).toBe(
      stableLine(", pin: 1.0.0, reason: INC-7"),
    )
    desk.commit()
    await desk.apply()
    const again = await desk.scb("rollback", NAME, "--reason", "INC-7")
    expect([again.code, again.stdout]).toEqual([0, `already so: roll ${NAME} stable back to 1.0.0\n`])
    for (const at of [day("2026-11-29"), day("2026-12-03")]) {
      const { stdout } = await desk.at(at).scb("plan", "--format", "json")
      const steps: readonly { readonly channel?: string }[] = JSON.parse(stdout).steps
      expect(steps.filter(({ channel }) => channel === "stable")).toEqual([])
    }
  })

  it("takes a hold that is over for none", async () => {
    const desk = desks.fresh().at(now)
    await desk.scb("pin", NAME, "stable", "1.0.0", "--reason", "audit", "--until", "2026-11-26")
    desk.commit()
    const after = desk.at(later)
    await after.apply()
    expect(await stable(after)).toBe("1.1.0")
    expect(await editTwice(after, CHECKOUT, "rollback", NAME, "--reason", "INC-7")).toBe(
      stableLine(", pin: 1.0.0, reason: INC-7"),
    )
  })

  it("refuses a rollback of a rollback, also when the hold has been lifted", async () => {
    const desk = await promoted()
    await desk.scb("rollback", NAME, "--reason", "INC-7")
    desk.commit()
    await desk.apply()
    const other = await desk.scb("rollback", NAME, "--to", "1.1.0", "--reason", "x")
    expect([other.code, other.stderr]).toEqual([2, expect.stringContaining("a rollback of a rollback")])
    await desk.scb("unpin", NAME, "stable")
    const lifted = await desk.scb("rollback", NAME, "--reason", "x")
    expect([lifted.code, lifted.stderr]).toEqual([2, expect.stringContaining("a rollback of a rollback")])
  })

  it.each([
    ["nothing to go back to", ["--channel", "stable"], /no version before 1\.0\.0/],
    ["a newer version", ["--to", "1.1.0"], /1\.1\.0 is not older than 1\.0\.0/],
    ["an unknown channel", ["--channel", "beta"], /no channel beta/],
  ])("refuses %s", async (_what, args, message) => {
    const { code, stderr } = await desks
      .fresh()
      .at(now)
      .scb("rollback", NAME, "--reason", "x", ...args)
    expect(code).toBe(2)
    expect(stderr).toMatch(message)
  })

  it("refuses a dead target, and finds none that is dead", async () => {
    const desk = await promoted()
    await desk.scb("revoke", `${NAME}@1.0.0`, "--reason", "keyCompromise")
    desk.commit()
    await desk.apply()
    const chosen = await desk.scb("rollback", NAME, "--to", "1.0.0", "--reason", "x")
    expect([chosen.code, chosen.stderr]).toEqual([2, expect.stringContaining("1.0.0 is revoked")])
    const found = await desk.scb("rollback", NAME, "--reason", "x")
    expect([found.code, found.stderr]).toEqual([2, expect.stringContaining("no version before")])
  })
})

describe("scb promote and override", () => {
  it("open the gates that a channel waits for, and it goes", async () => {
    const desk = desks.fresh().at(now)
    const args = ["promote", NAME, "stable", "--to", "1.1.0", "--reason", "tested by hand"]
    expect(await editTwice(desk, CHECKOUT, ...args)).toBe(
      `${original}overrides:\n  - { gate: soak, reason: tested by hand, until: 2026-11-26T10:00:00Z }\n`,
    )
    desk.commit()
    await desk.apply()
    expect(await stable(desk)).toBe("1.1.0")
    expect((await desk.scb(...args)).stdout).toMatch(/^already so/)
  })

  it("lift a hold that keeps a channel back", async () => {
    const desk = desks.fresh().at(now)
    await desk.scb("pin", NAME, "stable", "1.0.0", "--reason", "x")
    const { code } = await desk.scb("promote", NAME, "stable", "--reason", "enough")
    expect([code, desk.read(CHECKOUT)]).toEqual([0, original])
  })

  it("refuse what the channel does not wait for", async () => {
    const desk = desks.fresh().at(now)
    const other = await desk.scb("promote", NAME, "stable", "--to", "1.0.0", "--reason", "x")
    expect([other.code, other.stderr]).toEqual([2, expect.stringContaining("waits for 1.1.0, not for 1.0.0")])
  })

  it("open a gate by name, for as long as policy allows", async () => {
    const desk = desks.fresh().at(now)
    const args = ["override", NAME, "freeze", "--reason", "INC-31", "--until", "2026-11-27"]
    expect(await editTwice(desk, CHECKOUT, ...args)).toBe(
      `${original}overrides:\n  - { gate: freeze, reason: INC-31, until: 2026-11-27 }\n`,
    )
    const longer = await desk.scb(...args.slice(0, -1), "2026-11-28T00:00:00Z")
    expect([longer.code, desk.read(CHECKOUT)]).toEqual([
      0,
      `${original}overrides:\n  - { gate: freeze, reason: INC-31, until: 2026-11-28T00:00:00Z }\n`,
    ])
    expect((await desk.scb(...args.slice(0, -1), "2027-11-28")).code).toBe(2)
    expect((await desk.scb("override", NAME, "gravity", "--reason", "x")).stderr).toMatch(/no gate gravity/)
  })
})

describe("scb retry", () => {
  const HEALTH = `apiVersion: scb/v1
kind: Health
whenUnknown: time-alone
minimumSamples: 10
maximumFailurePercent: 5
staleAfter: 24h
rollback: { failurePercent: 20, minimumSamples: 10, failedProbes: 3 }
`
  const facts = JSON.stringify({
    apiVersion: "scb/v1",
    kind: "HealthFacts",
    facts: [
      { kind: "traffic", bundle: NAME, version: "1.1.0", at: "2026-11-25T10:00:00Z", samples: 100, failures: 50 },
    ],
  })

  it("lets a version be tried again that has failed, once for each reason", async () => {
    const desk = desks.fresh().at(now)
    const args = ["retry", `${NAME}@1.1.0`, "--reason", "the firewall is open now"]
    const early = await desk.scb(...args)
    expect([early.code, early.stderr]).toEqual([2, expect.stringContaining("1.1.0 has not failed")])
    desk.write("policies/health.yaml", HEALTH)
    desk.commit()
    desk.write("../facts.json", facts)
    await desk.scb("apply", "--health", "../facts.json")
    expect(await editTwice(desk, CHECKOUT, ...args)).toBe(
      `${original}versions:\n  1.1.0: { retry: { reason: the firewall is open now } }\n`,
    )
    desk.commit()
    await desk.apply()
    expect((await desk.scb(...args)).stdout).toMatch(/^already so/)
    desk.write("../facts.json", facts.replaceAll("T10:00:00Z", "T12:00:00Z"))
    const failed = desk.at(day("2026-11-25T12:00:00Z"))
    await failed.scb("apply", "--health", "../facts.json")
    const spent = await failed.scb(...args)
    expect([spent.code, spent.stderr]).toEqual([2, expect.stringContaining("tried again for that reason and failed")])
    expect((await failed.scb(...args.slice(0, -1), "and the quota is higher")).code).toBe(0)
  })
})
