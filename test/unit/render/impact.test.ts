import { describe, expect, it } from "vitest"
import type { BundleImpact, Impact, MigrationNotice } from "../../../src/domain/lifecycle/impact.ts"
import { scheduleFrom } from "../../../src/domain/lifecycle/schedule.ts"
import type { Comparison } from "../../../src/domain/versions/comparison.ts"
import { impactJson, renderImpactSummary, renderImpactText } from "../../../src/render/impact.ts"
import { renderMigrationGuides } from "../../../src/render/migration-guide.ts"
import { on } from "../../support/lifecycle.ts"
import { NAME } from "../../support/planning.ts"
import { policies } from "../../support/policies.ts"

const PLAIN = { color: false }
const schedule = scheduleFrom(on("2026-12-01"), policies().lifecycle)
const leaving = {
  version: "1.0.0",
  standing: "deprecated",
  why: "old [host](http://x)",
  replacement: "1.1.0",
  until: on("2027-05-30"),
  expiresAt: on("2027-12-01"),
  schedule,
  channels: ["stable"],
  changes: [],
} as const
const affected: BundleImpact = {
  bundle: NAME,
  environment: "production",
  owner: "payments-team",
  recipients: ["oncall"],
  leaving: [leaving],
  actions: [{ who: "applications", what: "leave 1.0.0 for 1.1.0", until: on("2027-05-30"), because: "superseded" }],
  breaks: [
    { version: "1.0.0", drivers: ["java", "python"], at: on("2027-05-30"), why: "comes to its end: superseded" },
  ],
  support: [
    {
      version: "1.0.0",
      from: on("2026-11-01"),
      fullUntil: schedule.limitedAt,
      securityUntil: schedule.endOfLifeAt,
      usableUntil: on("2027-12-01"),
    },
  ],
  ends: [{ version: "1.0.0", at: on("2027-03-01"), what: "limited" }],
}
const quiet: BundleImpact = { ...affected, leaving: [], actions: [], breaks: [], ends: [] }
const IMPACT: Impact = {
  bundles: [affected],
  owners: ["payments-team"],
  environments: ["production"],
  recipients: ["oncall"],
}

describe("the text of an impact", () => {
  it("says of each bundle who must act, what breaks, until when it is supported and what ends", () => {
    expect(renderImpactText(IMPACT, PLAIN).split("\n")).toEqual([
      "payments-prod/checkout (production): payments-team, oncall",
      "  leave    1.0.0 (deprecated: old [host](http://x)), go to 1.1.0 before 2027-05-30T00:00:00Z; stable still leads there",
      "  breaks   java, python at 2027-05-30T00:00:00Z: comes to its end: superseded",
      "  act      applications: leave 1.0.0 for 1.1.0 before 2027-05-30T00:00:00Z (superseded)",
      "  support  1.0.0 in full until 2027-03-01T00:00:00Z, for security until 2027-05-30T00:00:00Z",
      "  ends     2027-03-01T00:00:00Z  1.0.0 becomes limited",
      "",
      "1 bundle of 1 in production: payments-team, oncall must act",
      "",
    ])
  })

  it("says when nobody has to do anything", () => {
    expect(renderImpactText({ ...IMPACT, bundles: [] }, PLAIN)).toBe("nothing: no bundle is affected\n")
    expect(renderImpactText({ ...IMPACT, bundles: [quiet] }, PLAIN)).toContain(
      "nobody has to do anything about 1 bundle\n",
    )
  })
})

describe("the end of a plan", () => {
  it("has a line for each bundle about which somebody must act", () => {
    expect(renderImpactSummary({ ...IMPACT, bundles: [affected, quiet] }, PLAIN)).toBe(
      "impact\n  payments-prod/checkout  payments-team  applications: leave 1.0.0 for 1.1.0 before 2027-05-30T00:00:00Z (superseded)\n",
    )
    expect(renderImpactSummary({ ...IMPACT, bundles: [quiet] }, PLAIN)).toBe("")
  })

  it("counts those that are too many", () => {
    const many = renderImpactSummary({ ...IMPACT, bundles: Array.from({ length: 23 }, () => affected) }, PLAIN)
    expect(many.split("\n")).toHaveLength(23)
    expect(many).toContain("and 3 bundles more: scb impact")
  })
})

describe("the JSON of an impact", () => {
  it("has every instant as text", () => {
    expect(JSON.stringify(impactJson(IMPACT))).not.toMatch(/:\d{10,}/)
    expect(impactJson(IMPACT)).toMatchObject({
      bundles: [{ leaving: [{ until: "2027-05-30T00:00:00Z", schedule: { limitedAt: "2027-03-01T00:00:00Z" } }] }],
    })
  })
})

describe("a migration guide", () => {
  const comparison: Comparison = {
    subject: NAME,
    from: "1.0.0",
    to: "1.1.0",
    class: "renewal",
    changes: [],
    drivers: [],
  }
  const notice: MigrationNotice = { bundle: NAME, readers: ["payments-team", "oncall"], leaving, comparison }

  it("says how to get to the replacement, and until when", () => {
    const guide = renderMigrationGuides([notice])
    expect(guide).toContain("# payments-prod/checkout: from 1.0.0 to 1.1.0\n")
    expect(guide).toContain("For payments-team, oncall.")
    expect(guide).toContain("| 2027-05-30T00:00:00Z | end of life")
    expect(guide).not.toContain("expired")
    expect(guide).toContain("    scb fetch payments-prod/checkout --version 1.1.0\n")
  })

  it("lets nobody write links or headings into it", () => {
    expect(renderMigrationGuides([notice])).toContain("old \\[host\\](http://x)")
  })

  it("leaves out what comes after the end of the certificate", () => {
    const short = { ...notice, leaving: { ...leaving, expiresAt: on("2027-01-30") } }
    const guide = renderMigrationGuides([short])
    expect(guide).toContain("| 2027-01-30T00:00:00Z | expired")
    expect(guide).not.toContain("limited")
  })

  it("tells users of a revoked version to stop", () => {
    const { replacement: _no, until: _never, schedule: _none, ...rest } = leaving
    const revoked = {
      bundle: NAME,
      readers: ["oncall"],
      leaving: { ...rest, standing: "revoked", why: "keyCompromise" },
    } as const
    expect(renderMigrationGuides([revoked])).toBe(
      "# payments-prod/checkout: away from 1.0.0\n\n## Until when\n\n" +
        "1.0.0 is revoked (keyCompromise): stop using it now. For oncall.\n\n    scb fetch payments-prod/checkout\n",
    )
  })
})
