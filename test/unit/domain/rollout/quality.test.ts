import { describe, expect, it } from "vitest"
import { finding } from "../../../../src/domain/findings.ts"
import { later } from "../../../../src/domain/instant.ts"
import type { BundlePlanning } from "../../../../src/domain/plan/planning.ts"
import type { PeoplePolicy, QualityCheck, QualityPolicy } from "../../../../src/domain/policies.ts"
import type { HealthFact } from "../../../../src/domain/rollout/health.ts"
import { buildChecks, promotionChecks, qualityFindings, releaseChecks } from "../../../../src/domain/rollout/quality.ts"
import { bundleOf, inputOf, NAME, NOW, planningOf, recordOf } from "../../../support/planning.ts"
import { policies } from "../../../support/policies.ts"

const DAY = 86_400_000
const PEOPLE: PeoplePolicy = {
  file: "policies/people.yaml",
  principals: new Map(["alice", "bob"].map(name => [name, { name, kind: "person" }])),
  groups: new Map([
    ["payments-team", ["alice"]],
    ["platform-team", ["bob"]],
  ]),
}

function asking(
  check: QualityCheck,
  own: Partial<BundlePlanning> = {},
  reviewers: readonly string[] = [],
): BundlePlanning {
  const quality: QualityPolicy = { file: "policies/quality.yaml", release: [check], promotion: [check], reviewers }
  return planningOf({ policies: policies({ quality, people: PEOPLE }), ...own })
}

function subjectOf(own: Parameters<typeof bundleOf>[0]): Partial<BundlePlanning> {
  return { subject: { bundle: bundleOf(own), input: inputOf(), inputDigest: "1".repeat(64) } }
}

const answers = (results: readonly { readonly answer: string }[]) => results.map(({ answer }) => answer)
const probe = (healthy: boolean, daysAgo: number, version = "1.0.0"): HealthFact => ({
  kind: "probe",
  bundle: NAME,
  version,
  at: later(NOW, -daysAgo * DAY),
  healthy,
})

describe("a check of the quality policy before a release", () => {
  it("is not asked of a renewal unless the policy says so", () => {
    expect(releaseChecks(asking({ check: "planted-secrets" }), "1.0.1", "renewal")).toEqual([])
    const named: QualityCheck = { check: "planted-secrets", classes: ["renewal"] }
    expect(answers(releaseChecks(asking(named), "1.0.1", "renewal"))).toEqual(["pass"])
    expect(releaseChecks(asking(named), "1.1.0", "minor")).toEqual([])
  })

  it("fails for an algorithm that the policy does not allow", () => {
    const planning = asking({ check: "weak-cryptography" })
    expect(answers(releaseChecks(planning, "1.1.0", "minor"))).toEqual(["pass"])
    const { cryptography } = planning.policies
    const strict = {
      ...planning,
      policies: { ...planning.policies, cryptography: { ...cryptography, keyAlgorithms: [] } },
    }
    expect(answers(releaseChecks(strict, "1.1.0", "minor"))).toEqual(["fail"])
  })

  it("fails when a driver was measured too long ago, and cannot say of drivers that nobody measures", () => {
    const check: QualityCheck = { check: "driver-matrix", maximum: 30 * DAY }
    const measured = (days: number) => asking(check, { matrix: new Map([["java", later(NOW, -days * DAY)]]) })
    expect(answers(releaseChecks(measured(29), "1.1.0", "minor"))).toEqual(["pass"])
    expect(answers(releaseChecks(measured(30), "1.1.0", "minor"))).toEqual(["fail"])
    expect(answers(releaseChecks(asking(check), "1.1.0", "minor"))).toEqual(["inconclusive"])
  })

  it("fails while an advisory concerns what is about to be made, or has been", () => {
    const advisory = {
      file: "policies/advisories/java.yaml",
      name: "java-4-17",
      published: NOW,
      summary: "a leak",
      select: {},
      drivers: new Map([["java", "<4.18.0"]]),
      response: "notice",
    } as const
    const planning = asking({ check: "advisories" })
    const concerned = {
      ...planning,
      policies: { ...planning.policies, advisories: new Map([["java-4-17", advisory]]) },
    }
    expect(answers(releaseChecks(planning, "1.1.0", "minor"))).toEqual(["pass"])
    expect(releaseChecks(concerned, "1.1.0", "minor")).toEqual([
      { check: "advisories", answer: "fail", evidence: "java-4-17" },
    ])
    expect(answers(promotionChecks(concerned, recordOf({ change: "minor" })))).toEqual(["fail"])
    const bySerial = { ...advisory, drivers: undefined, serials: { from: "01", to: "02" } }
    const { drivers: _, ...certificates } = bySerial
    const issued = {
      ...planning,
      policies: { ...planning.policies, advisories: new Map([["java-4-17", certificates]]) },
    }
    expect(answers(releaseChecks(issued, "1.1.0", "minor"))).toEqual(["pass"])
    expect(answers(promotionChecks(issued, recordOf({ change: "minor" })))).toEqual(["fail"])
  })

  it("waits for a review by somebody who may, and names who", () => {
    const check: QualityCheck = { check: "manual-review", classes: ["major"] }
    const reviewedBy = (by: readonly string[]) => subjectOf({ versions: new Map([["2.0.0", { reviewed: { by } }]]) })
    expect(releaseChecks(asking(check), "2.0.0", "major")).toEqual([
      {
        check: "manual-review",
        answer: "inconclusive",
        evidence: "nobody of payments-team has reviewed 2.0.0 under versions:",
      },
    ])
    expect(answers(releaseChecks(asking(check, reviewedBy(["bob"])), "2.0.0", "major"))).toEqual(["inconclusive"])
    expect(answers(releaseChecks(asking(check, reviewedBy(["alice"])), "2.0.0", "major"))).toEqual(["pass"])
    expect(answers(releaseChecks(asking(check, reviewedBy(["bob"]), ["platform-team"]), "2.0.0", "major"))).toEqual([
      "pass",
    ])
  })

  it("becomes a finding: an error where it fails, a warning where nobody can know", () => {
    const step = { kind: "release", bundle: NAME, version: "1.1.0", change: "minor", reason: "input-changed" } as const
    const codes = (answer: "pass" | "fail" | "inconclusive") =>
      qualityFindings(planningOf(), {
        ...step,
        cause: "changed",
        inputDigest: "1".repeat(64),
        gates: [{ check: "size", answer, evidence: "" }],
      }).map(({ code }) => code)
    expect([codes("pass"), codes("fail"), codes("inconclusive")]).toEqual([[], ["S50"], ["S51"]])
  })
})

describe("an override of the gate quality", () => {
  const check: QualityCheck = { check: "driver-matrix", maximum: DAY }
  const opened = (by: string | undefined, days: number, reviewers: readonly string[]) => {
    const override = { gate: "quality", reason: "INC-7", until: later(NOW, days * DAY), ...(by ? { by } : {}) } as const
    const [result] = releaseChecks(asking(check, subjectOf({ overrides: [override] }), reviewers), "1.1.0", "minor")
    return result?.overridden
  }

  it("lets through what did not pass, until it ends, and is kept as evidence", () => {
    expect(opened(undefined, 1, [])).toBe("INC-7")
    expect(opened(undefined, 0, [])).toBeUndefined()
  })

  it("counts only from a reviewer where the policy names reviewers", () => {
    expect(opened(undefined, 1, ["platform-team"])).toBeUndefined()
    expect(opened("alice", 1, ["platform-team"])).toBeUndefined()
    expect(opened("bob", 1, ["platform-team"])).toBe("INC-7")
  })
})

describe("a check that only the build can answer", () => {
  const facts = { findings: [], bytes: 1000, millis: 50 }
  const ask = (check: QualityCheck, own: Partial<typeof facts> = {}) =>
    answers(buildChecks([check], "minor", { ...facts, ...own }))

  it("holds size and time against the policy's maximum", () => {
    expect(ask({ check: "size", maximum: 1000 })).toEqual(["pass"])
    expect(ask({ check: "size", maximum: 999 })).toEqual(["fail"])
    expect(ask({ check: "size" })).toEqual(["inconclusive"])
    expect(ask({ check: "generation-time", maximum: 50 })).toEqual(["pass"])
    expect(ask({ check: "generation-time", maximum: 49 })).toEqual(["fail"])
  })

  it("fails where the customer's own checks find an error", () => {
    const broken = [finding("Z1", "bundle", "no ZIP")]
    expect(answers(buildChecks([{ check: "offline-verification" }], "minor", { ...facts, findings: broken }))).toEqual([
      "fail",
    ])
    expect(ask({ check: "offline-verification" })).toEqual(["pass"])
  })

  it("is silent about what was answered before", () => {
    expect(ask({ check: "planted-secrets" })).toEqual([])
  })
})

describe("a check of the quality policy before a promotion", () => {
  const record = recordOf({ change: "minor", version: "1.0.0" })

  it("takes the newest look at the very version, and none that is too old", () => {
    const check: QualityCheck = { check: "live-doctor", maximum: 7 * DAY }
    const asked = (...facts: readonly HealthFact[]) =>
      answers(promotionChecks(asking(check, { health: new Map([[NAME, facts]]) }), record))
    expect(asked()).toEqual(["inconclusive"])
    expect(asked(probe(true, 1))).toEqual(["pass"])
    expect(asked(probe(true, 2), probe(false, 1))).toEqual(["fail"])
    expect(asked(probe(false, 1), probe(true, 2))).toEqual(["fail"])
    expect(asked(probe(true, 7))).toEqual(["inconclusive"])
    expect(asked(probe(true, 1, "0.9.0"))).toEqual(["inconclusive"])
    expect(asked(probe(true, -1))).toEqual(["inconclusive"])
  })

  it("goes by the evidence kept at the release, and does not take its absence for a pass", () => {
    const gates = [{ check: "size", answer: "pass", evidence: "1000 bytes, at most 2000" }] as const
    const planning = asking({ check: "size", maximum: 2000 })
    expect(promotionChecks(planning, { ...record, gates })).toEqual(gates)
    expect(answers(promotionChecks(planning, record))).toEqual(["inconclusive"])
  })
})
