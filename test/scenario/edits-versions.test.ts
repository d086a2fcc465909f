import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { CHECKOUT, type DeskMaker, day, editTwice, prepareDesk } from "../support/desk.ts"

const NAME = "shop-dev/checkout"
const ALL = ["--cluster", "shop-dev", "--reason", "superseded"]
const CAMPAIGN = "policies/campaigns/inc-12-2026-11-25.yaml"
const now = day("2026-11-25T10:00:00Z")
let desks: DeskMaker
let original: string

/** 1.0.0 and 1.1.0 of shop-dev/checkout, 1.0.0 of the others. */
beforeAll(async () => {
  desks = await prepareDesk(async desk => {
    await desk.apply()
    const text = desk.read(CHECKOUT).replace("keyspace: shop", "keyspace: shop2")
    desk.write(CHECKOUT, `${text}# versions:\n#   1.0.0: { revoked: … } # that is how\n`)
    desk.commit()
    await desk.at(day("2026-11-24")).apply()
  })
  original = desks.fresh().read(CHECKOUT)
}, 120_000)
afterAll(() => desks.remove())

describe("scb revoke", () => {
  it("takes one version back, with its incident, behind the example in comments", async () => {
    const desk = desks.fresh().at(now)
    const args = ["revoke", `${NAME}@1.1.0`, "--reason", "keyCompromise", "--incident", "INC-12"]
    expect(await editTwice(desk, CHECKOUT, ...args)).toBe(
      `${original}versions:\n  1.1.0: { revoked: { reason: keyCompromise, incident: INC-12 } }\n`,
    )
    desk.commit()
    await desk.apply()
    expect((await desk.scb(...args)).stdout).toMatch(/^already so/)
    expect((await desk.scb("fetch", NAME, "--version", "1.1.0", "--dry-run")).code).toBe(3)
  })

  it("takes all versions of a bundle back that are good for anything", async () => {
    const desk = desks.fresh().at(now)
    await desk.scb("revoke", `${NAME}@1.0.0`, "--reason", "superseded")
    const args = ["revoke", NAME, "--reason", "cessationOfOperation"]
    expect(await editTwice(desk, CHECKOUT, ...args)).toBe(
      `${original}versions:\n  1.0.0: { revoked: { reason: superseded } }\n  1.1.0: { revoked: { reason: cessationOfOperation } }\n`,
    )
  })

  it("writes one campaign for all that a selector finds", async () => {
    const desk = desks.fresh().at(now)
    const issuer = join(desk.folder, "bundles/shop-dev/ca/issuer.crt")
    const args = ["revoke", "--issuer", issuer, "--issued-before", "2026-11-23", "--bundle", "shop-*/checkout"]
    const text = await editTwice(
      desk,
      CAMPAIGN,
      ...[...args, "--reason", "keyCompromise", "--incident", "INC-12", "--wave-size", "1", "--wave-every", "1h"],
    )
    expect(
      text.replace(/[0-9a-f]{64}/, "<sha256>"),
    ).toBe(`# yaml-language-server: $schema=../schemas/campaign.schema.json
apiVersion: scb/v1
kind: Campaign
name: inc-12-2026-11-25
select: { bundles: [shop-*/checkout], issuers: [<sha256>], issuedBefore: 2026-11-23 }
revoke: { reason: keyCompromise, incident: INC-12 }
reason: "keyCompromise, INC-12"
waves: { size: 1, every: 1h }
`)
    const other = await desk.scb(...args, "--reason", "superseded", "--incident", "INC-12")
    expect([other.code, other.stderr]).toEqual([2, expect.stringContaining("a campaign inc-12-2026-11-25 already")])
    desk.commit()
    await desk.apply()
    expect((await desk.scb("fetch", NAME, "--version", "1.0.0", "--dry-run")).code).toBe(3)
    expect((await desk.scb("fetch", NAME, "--version", "1.1.0", "--dry-run")).code).toBe(0)
  })

  it("shows whom it meets, and writes nothing", async () => {
    const desk = desks.fresh().at(now)
    const { code, stdout } = await desk.scb("revoke", "--owner", "shop-team", "--reason", "superseded", "--dry-run")
    expect(code).toBe(0)
    expect(stdout).toContain("it meets 2 bundles, 3 of 4 versions in use\n")
    expect(stdout).toMatch(/^environments {2}development, production$/m)
    expect(stdout).toMatch(/^shop-dev\/checkout +1\.0\.0, 1\.1\.0 \(candidate, stable\) +replaced in wave 1, /m)
    expect(desk.git("status", "--porcelain")).toBe("")
    const args = ["revoke", `${NAME}@1.0.0`, "--reason", "superseded", "--dry-run", "--format", "json"]
    expect(JSON.parse((await desk.scb(...args)).stdout)).toMatchObject({
      apiVersion: "scb/v1",
      kind: "Edit",
      outcome: "shown",
      changes: [{ path: CHECKOUT, diff: expect.stringContaining("+  1.0.0: { revoked: { reason: superseded } }") }],
      plan: { adds: { steps: [{ kind: "mark", version: "1.0.0" }] }, drops: { steps: [] } },
      radius: { ending: 1, bundles: [{ bundle: NAME, ready: "1.1.0", versions: [{ version: "1.0.0" }] }] },
      findings: [],
    })
    const selected = ["revoke", ...ALL, "--dry-run", "--format", "json"]
    expect(JSON.parse((await desk.scb(...selected)).stdout).radius.bundles).toMatchObject([
      { bundle: NAME, replacement: { wave: 1, at: expect.stringMatching(/Z$/) } },
    ])
    expect(desk.git("status", "--porcelain")).toBe("")
  })

  it("stops, resumes and ends the waves of a campaign", async () => {
    const desk = desks.fresh().at(now)
    await desk.scb(
      "revoke",
      "--cluster",
      "shop-prod",
      "--reason",
      "superseded",
      "--name",
      "all",
      "--wave-size",
      "1",
      "--wave-every",
      "1h",
    )
    const file = "policies/campaigns/all.yaml"
    const text = desk.read(file)
    const waves = (rest: string) => text.replace("every: 1h }", `every: 1h${rest} }`)
    expect(await editTwice(desk, file, "revoke", "--pause", "all", "--why", "slow")).toBe(
      waves(", paused: { reason: slow }"),
    )
    expect(await editTwice(desk, file, "revoke", "--resume", "all")).toBe(text)
    expect(await editTwice(desk, file, "revoke", "--abort", "all", "--why", "enough")).toBe(
      waves(", aborted: { reason: enough }"),
    )
    const resumed = await desk.scb("revoke", "--resume", "all")
    expect([resumed.code, resumed.stderr]).toEqual([2, expect.stringContaining("was aborted: enough")])
  })

  it("reaches a bundle whose file is gone, by a selector", async () => {
    const desk = desks.fresh().at(now)
    desk.git("rm", "--quiet", "bundles/shop-prod/checkout.yaml")
    desk.commit()
    const { code, stderr } = await desk.scb("revoke", "shop-prod/checkout", "--reason", "superseded")
    expect([code, stderr]).toEqual([2, expect.stringContaining("scb revoke --bundle shop-prod/checkout")])
    const selected = await desk.scb("revoke", "--bundle", "shop-prod/checkout", "--reason", "superseded")
    expect([selected.code, selected.stdout]).toEqual([0, expect.stringContaining("not declared any more")])
  })

  it("is written although it leaves something to mend", async () => {
    const desk = desks.fresh().at(now)
    const reporting = "bundles/shop-prod/reporting.yaml"
    const { code, stdout, stderr } = await desk.scb("revoke", "shop-prod/reporting", "--reason", "keyCompromise")
    expect([code, desk.read(reporting)]).toEqual([
      1,
      expect.stringContaining("1.0.0: { revoked: { reason: keyCompromise } }"),
    ])
    expect(stdout).toContain(`written to ${reporting}`)
    expect(stderr).toContain("error S04")
  })

  it("lets waves go on although somebody has yet to mend what they come to", async () => {
    const desk = desks.fresh().at(now)
    const file = "policies/campaigns/all.yaml"
    const waves = ["--wave-size", "1", "--wave-every", "1h"]
    await desk.scb("revoke", "--owner", "data-team", "--reason", "keyCompromise", "--name", "all", ...waves)
    const text = desk.read(file)
    await desk.scb("revoke", "--pause", "all", "--why", "slow")
    desk.commit()
    await desk.apply()
    const { code, stderr } = await desk.scb("revoke", "--resume", "all")
    expect([code, desk.read(file)]).toEqual([1, text])
    expect(stderr).toContain("error S04")
  })

  it.each([
    ["nothing", ["--reason", "superseded"], /expected what to revoke/],
    ["two things", [NAME, "--cluster", "shop-dev", "--reason", "superseded"], /got both/],
    ["no reason", [NAME], /--reason/],
    ["an unknown reason", [NAME, "--reason", "boredom"], /keyCompromise/],
    ["a version that never was", [`${NAME}@9.9.9`, "--reason", "superseded"], /no version 9\.9\.9/],
    ["a version that is none", [`${NAME}@1.0`, "--reason", "superseded"], /expected <cluster>/],
    ["a selector that finds nothing", ["--serial", "00", "--reason", "superseded"], /no version/],
    ["a certificate that is none", ["--issuer", "README.md", "--reason", "superseded"], /expected a PEM certificate/],
    ["half of the waves", [...ALL, "--wave-size", "5"], /expected both/],
    ["a wave of nobody", [...ALL, "--wave-size", "0", "--wave-every", "1h"], /--wave-size: .* got "0"/],
    ["waves without a length of time", [...ALL, "--wave-size", "5", "--wave-every", "1q"], /--wave-every: .* got "1q"/],
    ["two changes of campaigns", ["--pause", "a", "--resume", "b"], /expected one of/],
    ["a campaign that is not there", ["--pause", "a", "--why", "x"], /no campaign a/],
  ])("refuses %s", async (_what, args, message) => {
    const desk = desks.fresh().at(now)
    const { code, stderr } = await desk.scb("revoke", ...args)
    expect([code, desk.git("status", "--porcelain")]).toEqual([2, ""])
    expect(stderr).toMatch(message)
  })
})

describe("scb deprecate and extend", () => {
  it("announce that a version is on its way out, and put off its end", async () => {
    const desk = desks.fresh().at(now)
    const announced = `${original}versions:\n  1.0.0: { deprecated: { from: 2026-11-25, reason: superseded, replacement: 1.1.0 } }\n`
    expect(await editTwice(desk, CHECKOUT, "deprecate", `${NAME}@1.0.0`)).toBe(announced)
    desk.commit()
    await desk.apply()
    expect((await desk.scb("deprecate", `${NAME}@1.0.0`)).stdout).toMatch(/^already so/)
    const args = ["extend", `${NAME}@1.0.0`, "--until", "2027-07-01", "--reason", "INC-30"]
    expect(await editTwice(desk, CHECKOUT, ...args)).toBe(
      announced.replace("1.1.0 }", "1.1.0, extended: { until: 2027-07-01, reason: INC-30 } }"),
    )
    desk.commit()
    await desk.apply()
    expect((await desk.scb(...args)).stdout).toMatch(/^already so/)
  })

  it("send nobody to a replacement that has been revoked, but to what replaced that", async () => {
    const desk = desks.fresh().at(now)
    await desk.scb("deprecate", `${NAME}@1.0.0`)
    desk.commit()
    await desk.apply()
    await desk.scb("revoke", `${NAME}@1.1.0`, "--reason", "superseded")
    desk.commit()
    await desk.apply()
    const fetched = await desk.scb("fetch", NAME, "--version", "1.0.0", "--out", "old.zip")
    expect([fetched.code, fetched.stderr]).toEqual([0, expect.stringContaining("(deprecated): go to 1.1.1 before")])
    expect((await desk.scb("impact", NAME)).stdout).toContain("leave    1.0.0 (deprecated: superseded), go to 1.1.1")
    expect((await desk.scb("plan")).stderr).toContain("checkout-ci: go to 1.1.1;")
  })

  it("let the reason be said better, and the dates stand", async () => {
    const desk = desks.fresh().at(now)
    await desk.scb("deprecate", `${NAME}@1.0.0`, "--from", "2026-12-01")
    const moved = await desk.scb("deprecate", `${NAME}@1.0.0`, "--from", "2026-12-02")
    expect([moved.code, moved.stderr]).toEqual([2, expect.stringContaining("what was announced stands")])
    expect(await editTwice(desk, CHECKOUT, "deprecate", `${NAME}@1.0.0`, "--reason", "old host")).toBe(
      `${original}versions:\n  1.0.0: { deprecated: { from: 2026-12-01, reason: old host, replacement: 1.1.0 } }\n`,
    )
  })

  it("write nothing that the plan would not accept", async () => {
    const desk = desks.fresh().at(now)
    const past = await desk.scb("deprecate", `${NAME}@1.0.0`, "--from", "2026-11-01")
    expect([past.code, past.stderr]).toEqual([1, expect.stringContaining("error S36")])
    await desk.scb("deprecate", `${NAME}@1.0.0`)
    desk.commit()
    await desk.apply()
    const long = await desk.scb("extend", `${NAME}@1.0.0`, "--until", "2030-01-01", "--reason", "x")
    expect([long.code, long.stderr]).toEqual([1, expect.stringContaining("error S41")])
    expect(desk.git("status", "--porcelain")).toBe("")
  })

  it.each([
    [
      "deprecate a version for itself",
      ["deprecate", `${NAME}@1.0.0`, "--replacement", "1.0.0"],
      /cannot replace itself/,
    ],
    ["deprecate without a version", ["deprecate", NAME], /expected <cluster>/],
    ["deprecate the only good one", ["deprecate", "shop-prod/checkout@1.0.0"], /no other good version/],
    ["deprecate for what never was", ["deprecate", `${NAME}@1.0.0`, "--replacement", "2.0.0"], /no version 2\.0\.0/],
    [
      "extend what is not deprecated",
      ["extend", `${NAME}@1.0.0`, "--until", "2027-01-01", "--reason", "x"],
      /not deprecated/,
    ],
  ])("refuse to %s", async (_what, args, message) => {
    const { code, stderr } = await desks
      .fresh()
      .at(now)
      .scb(...args)
    expect(code).toBe(2)
    expect(stderr).toMatch(message)
  })
})

describe("scb release", () => {
  it("asks for a new version, once, and for another when that is out", async () => {
    const desk = desks.fresh().at(now)
    const args = ["release", NAME, "--reason", "laptop lost"]
    expect(await editTwice(desk, CHECKOUT, ...args)).toBe(
      `${original}reissue: { before: 2026-11-25T10:00:00Z, reason: laptop lost }\n`,
    )
    expect((await desk.at(day("2026-11-26")).scb(...args)).stdout).toMatch(/^already so/)
    desk.commit()
    await desk.at(day("2026-11-26")).apply()
    await desk.at(day("2026-11-27")).scb(...args)
    expect(desk.read(CHECKOUT)).toBe(`${original}reissue: { before: 2026-11-27T00:00:00Z, reason: laptop lost }\n`)
  })

  it("says how much of a change the next version is, and takes it back", async () => {
    const desk = desks.fresh().at(now)
    expect(await editTwice(desk, CHECKOUT, "release", NAME, "--bump", "major")).toBe(`${original}bump: major\n`)
    expect(await editTwice(desk, CHECKOUT, "release", NAME, "--bump", "none")).toBe(original)
    expect((await desk.scb("release", NAME)).code).toBe(2)
    expect((await desk.scb("release", NAME, "--bump", "huge")).code).toBe(2)
  })
})

describe("scb review", () => {
  it("adds who has looked at a version, also at the one that comes next", async () => {
    const desk = desks.fresh().at(now)
    expect(await editTwice(desk, CHECKOUT, "review", `${NAME}@1.1.0`, "--by", "alice")).toBe(
      `${original}versions:\n  1.1.0: { reviewed: { by: [alice] } }\n`,
    )
    expect(await editTwice(desk, CHECKOUT, "review", `${NAME}@2.0.0`, "--by", "alice", "--reason", "fine")).toBe(
      `${original}versions:\n  1.1.0: { reviewed: { by: [alice] } }\n  2.0.0: { reviewed: { by: [alice], reason: fine } }\n`,
    )
    const never = await desk.scb("review", `${NAME}@7.0.0`, "--by", "alice")
    expect([never.code, never.stderr]).toEqual([2, expect.stringContaining("no version 7.0.0")])
    const machine = await desk.scb("review", `${NAME}@1.1.0`, "--by", "checkout-ci")
    expect([machine.code, machine.stderr]).toEqual([2, expect.stringContaining("no person checkout-ci")])
  })
})
