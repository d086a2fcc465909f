import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest"
import { later } from "../../src/domain/instant.ts"
import { CHECKOUT, type Desk, type DeskMaker, prepareDesk } from "../support/desk.ts"
import { START } from "../support/world.ts"

const HOUR = 3_600_000
const BUNDLE = "shop-dev/checkout"

let desks: DeskMaker
let desk: Desk
let now = START

const scb = (...args: readonly string[]) => desk.at(now).scb(...args)

function write(file: string, text: string): void {
  desk.write(file, text)
  desk.commit()
  now = later(now, HOUR)
}

function edit(file: string, before: string, after: string): void {
  expect(desk.read(file)).toContain(before)
  write(file, desk.read(file).replace(before, after))
}

const policy = (lines: string) => write("policies/quality.yaml", `apiVersion: scb/v1\nkind: Quality\n${lines}`)
const history = () => desk.git("show", `ledger:${CHECKOUT}`)

/** The steps of the plan for the bundle, and the codes of the findings about it. */
async function planned(): Promise<{ readonly steps: readonly string[]; readonly codes: readonly string[] }> {
  const { stdout } = await scb("plan", "--format", "json")
  const { steps, findings } = JSON.parse(stdout)
  const ours = steps.filter(({ bundle }: { bundle: string }) => bundle === BUNDLE)
  return {
    steps: ours.map(({ kind, version, channel, to }: Record<string, string>) =>
      [kind, version ?? channel, to].filter(Boolean).join(" "),
    ),
    codes: findings
      .filter(({ subject, code }: { subject: string; code: string }) => subject === BUNDLE && /^S5/.test(code))
      .map(({ code }: { code: string }) => code),
  }
}

beforeAll(async () => {
  desks = await prepareDesk(async () => {})
})

beforeEach(() => {
  now = START
  desk = desks.fresh()
})

afterAll(() => desks.remove())

describe("before a release", () => {
  it("what the build has found is kept with the version in the ledger", async () => {
    expect((await scb("apply")).code).toBe(0)
    expect(history()).toMatch(/gates:\n\s+- check: weak-cryptography\n\s+answer: pass/)
    expect(history()).toMatch(/- check: size\n\s+answer: pass\n\s+evidence: "\d+ bytes, at most 65536"/)
  })

  it("a major version waits for a review by one of the reviewers, and goes out with it", async () => {
    expect((await scb("apply")).code).toBe(0)
    policy("release: [{ check: manual-review, classes: [major] }]\npromotion: []\nreviewers: [data-team]\n")
    edit(CHECKOUT, "identity: spiffe://example.com/shop-dev/checkout", "identity: spiffe://example.com/shop-dev/till")
    expect(await planned()).toEqual({ steps: [], codes: ["S51"] })
    const { code, stdout } = await scb("apply")
    expect([code, stdout]).toEqual([0, expect.stringMatching(/^nothing to do/)])

    expect((await scb("review", `${BUNDLE}@2.0.0`, "--by", "alice")).code).toBe(0)
    desk.commit()
    expect(await planned()).toEqual({
      steps: ["release 2.0.0", "point candidate 2.0.0", "point stable 2.0.0"],
      codes: [],
    })
    expect((await scb("apply")).code).toBe(0)
    expect((await scb("apply")).stdout).toMatch(/^nothing to do/)
    expect(history()).toContain('evidence: "reviewed by alice"')
  })

  it("a bundle that is too big is not published, and the others are", async () => {
    policy("release: [{ check: size, maximumBytes: 1000 }]\npromotion: []\nreviewers: []\n")
    const { code, stdout } = await scb("apply")
    expect(code).toBe(3)
    expect(stdout).toContain("quality-refused")
    expect((await scb("fetch", BUNDLE, "--dry-run")).code).toBe(3)
  })

  it("an override lets it through for a time, and the ledger keeps why", async () => {
    policy("release: [{ check: driver-matrix, maximumAge: 1s }]\npromotion: []\nreviewers: []\n")
    expect(await planned()).toEqual({ steps: [], codes: ["S50"] })
    expect((await scb("override", BUNDLE, "quality", "--until", "2026-11-24", "--reason", "INC-7")).code).toBe(0)
    desk.commit()
    expect((await planned()).codes).toEqual([])
    expect((await scb("apply")).code).toBe(1) // the other bundles still wait
    expect(history()).toMatch(/check: driver-matrix\n\s+answer: fail\n\s+evidence: .*\n\s+overridden: INC-7/)
  })
})

describe("before a promotion", () => {
  it("a version waits in candidate until somebody has looked at it, and goes on when it was healthy", async () => {
    expect((await scb("apply")).code).toBe(0)
    policy("release: []\npromotion: [{ check: live-doctor, maximumAge: 7d }]\nreviewers: []\n")
    edit(CHECKOUT, "keyspace: shop", "keyspace: shop2")
    expect((await scb("apply")).code).toBe(0)
    now = later(now, HOUR)
    const waiting = JSON.parse((await scb("plan", "--format", "json")).stdout).waits
    expect(waiting).toMatchObject([{ bundle: BUNDLE, gates: [{ check: "live-doctor", answer: "inconclusive" }] }])

    const facts = (healthy: boolean) =>
      JSON.stringify({
        apiVersion: "scb/v1",
        kind: "HealthFacts",
        facts: [{ kind: "probe", bundle: BUNDLE, version: "1.1.0", at: "2026-11-22T11:30:00Z", healthy }],
      })
    desk.write("../facts.json", facts(false))
    const apply = () => scb("apply", "--health", "../facts.json")
    expect((await apply()).stdout).toMatch(/^nothing to do/)
    desk.write("../facts.json", facts(true))
    expect((await apply()).stdout).toContain("1.0.0 -> 1.1.0")
    expect((await apply()).stdout).toMatch(/^nothing to do/)
    expect(history()).toMatch(/check: live-doctor\n\s+answer: pass\n\s+evidence: "healthy at 2026-11-22T11:30:00Z"/)
  })

  it("a renewal is asked nothing", async () => {
    expect((await scb("apply")).code).toBe(0)
    policy("release: [{ check: manual-review }]\npromotion: [{ check: live-doctor, maximumAge: 1s }]\nreviewers: []\n")
    now = later(START, 25 * 24 * HOUR)
    expect((await scb("apply")).code).toBe(0)
    const status = JSON.parse((await scb("status", "--format", "json")).stdout)
    const [checkout] = status.bundles.filter(({ bundle }: { bundle: string }) => bundle === BUNDLE)
    expect(checkout.versions[0]).toMatchObject({ version: "1.0.1", channels: ["candidate", "stable"] })
  })
})
