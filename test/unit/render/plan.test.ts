import { describe, expect, it } from "vitest"
import { finding } from "../../../src/domain/findings.ts"
import { parseInstant } from "../../../src/domain/instant.ts"
import type { ApplyOutcome, PublishOutcome } from "../../../src/domain/outcome.ts"
import type { Plan } from "../../../src/domain/plan/plan.ts"
import {
  renderApplyJson,
  renderApplyText,
  renderBuildText,
  renderPublishJson,
  renderPublishText,
} from "../../../src/render/apply.ts"
import { renderPlanJson, renderPlanText } from "../../../src/render/plan.ts"

const PLAIN = { color: false }
const EMPTY: Plan = {
  format: 1,
  commit: "0123456789abcdef0123456789abcdef01234567",
  policyDigest: "aa",
  ledgerHead: null,
  now: parseInstant("2026-11-22T10:00:00Z") ?? (0 as never),
  invalidations: [],
  steps: [],
}
const PLAN: Plan = {
  ...EMPTY,
  steps: [
    {
      kind: "mark",
      bundle: "shop/pay",
      version: "1.0.0",
      mark: { kind: "revoked", revocation: { reason: "keyCompromise" } },
    },
    {
      kind: "release",
      bundle: "shop/pay",
      version: "1.1.0",
      change: "minor",
      reason: "revoked",
      cause: "replaces revoked 1.0.0",
      inputDigest: "bb",
    },
    {
      kind: "point",
      bundle: "shop/pay",
      channel: "candidate",
      from: "1.0.0",
      to: "1.1.0",
      reason: "follow",
      cause: "newest",
    },
    { kind: "point", bundle: "shop/pay", channel: "stable", to: "1.1.0", reason: "first", cause: "newest" },
  ],
}
const STEPS = [
  "mark     shop/pay 1.0.0      revoked: keyCompromise",
  "release  shop/pay 1.1.0      minor: replaces revoked 1.0.0",
  "point    shop/pay candidate  1.0.0 -> 1.1.0",
  "point    shop/pay stable     nowhere -> 1.1.0",
  "1 to mark, 1 to release, 2 to point",
  "",
]
const PUBLISHED: PublishOutcome = {
  releases: [
    { bundle: "shop/pay", version: "1.1.0", outcome: "published", location: "/releases/shop/pay/1.1.0" },
    { bundle: "shop/reports", version: "2.0.0", outcome: "already", location: "/releases/shop/reports/2.0.0" },
  ],
  ledgerHead: "fedcba9876543210fedcba9876543210fedcba98",
  catalog: "published",
}

describe("a plan as text", () => {
  it("is a line a step and what they add up to", () => {
    expect(renderPlanText(PLAN, PLAIN)).toBe(STEPS.join("\n"))
  })

  it("says why the catalog is due, and counts no steps where there are none", () => {
    const stale: Plan = { ...EMPTY, catalog: "half of its life is over" }
    expect(renderPlanText(stale, PLAIN)).toBe("catalog  half of its life is over: write it again\n")
  })

  it("says so when nothing is due", () => {
    expect(renderPlanText(EMPTY, PLAIN)).toBe("nothing to do: the ledger is what commit 0123456789ab asks for\n")
    expect(renderPlanText(EMPTY, { color: true })).toContain("\u001b[32mnothing to do\u001b[39m:")
  })
})

describe("a plan as JSON", () => {
  it("has instants as text, its steps as they are, and the findings", () => {
    expect(JSON.parse(renderPlanJson(PLAN, [finding("S02", "shop/old", "gone")]))).toEqual({
      apiVersion: "scb/v1",
      kind: "Plan",
      format: 1,
      commit: PLAN.commit,
      policyDigest: "aa",
      ledgerHead: null,
      now: "2026-11-22T10:00:00Z",
      invalidations: [],
      steps: PLAN.steps,
      findings: [{ code: "S02", severity: "warning", subject: "shop/old", message: "gone" }],
    })
  })
})

describe("a build as text", () => {
  it("is the plan, and where to go on from", () => {
    const next = "\nbuilt into out/build; next: scb publish --from out/build\n"
    expect(renderBuildText(PLAN, [], "out/build", PLAIN)).toBe(`${STEPS.join("\n")}${next}`)
    expect(renderBuildText(EMPTY, [], "out/build", PLAIN)).toBe(renderPlanText(EMPTY, PLAIN))
  })
})

describe("what was published, as text", () => {
  it("is a line a release, and where the ledger and the catalog stand", () => {
    expect(renderPublishText(PUBLISHED)).toBe(
      [
        "published  shop/pay 1.1.0      /releases/shop/pay/1.1.0",
        "already    shop/reports 2.0.0  /releases/shop/reports/2.0.0",
        "ledger     fedcba987654",
        "catalog    published",
        "",
      ].join("\n"),
    )
  })

  it("says what stays as it is", () => {
    const nothing: PublishOutcome = { releases: [], catalog: "newer exists" }
    expect(renderPublishText(nothing)).toBe("ledger   unchanged\ncatalog  newer exists\n")
  })
})

describe("what was applied", () => {
  const applied: ApplyOutcome = {
    plan: PLAN,
    findings: [],
    published: PUBLISHED,
    verified: [{ bundle: "shop/pay", version: "1.1.0" }],
    refused: [],
    failed: [],
  }

  it("is the plan, what was published, and what was read back", () => {
    expect(renderApplyText(applied, PLAIN)).toBe(
      `${STEPS.join("\n")}\n${renderPublishText(PUBLISHED)}verified   1 release, read as a customer reads them\n`,
    )
  })

  it("counts nothing as verified where nothing was released", () => {
    const text = renderApplyText({ ...applied, verified: [] }, PLAIN)
    expect(text).toBe(`${STEPS.join("\n")}\n${renderPublishText(PUBLISHED)}`)
  })

  it("is the plan alone where nothing was done", () => {
    const { published: _, ...planned } = { ...applied, plan: EMPTY, verified: [] }
    expect(renderApplyText(planned, PLAIN)).toBe(renderPlanText(EMPTY, PLAIN))
    expect(JSON.parse(renderApplyJson(planned))).not.toHaveProperty("published")
  })

  it("has all of that in its JSON, each once", () => {
    const { apiVersion, findings, ...plan } = JSON.parse(renderPlanJson(PLAN, []))
    const { apiVersion: _, kind, ...published } = JSON.parse(renderPublishJson(PUBLISHED))
    expect([kind, findings]).toEqual(["Publish", []])
    expect(published).toEqual(PUBLISHED)
    expect(JSON.parse(renderApplyJson(applied))).toEqual({
      apiVersion,
      kind: "Apply",
      plan,
      published,
      verified: applied.verified,
      refused: [],
      failed: [],
      findings: [],
    })
  })
})
