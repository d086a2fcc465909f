import { describe, expect, it } from "vitest"
import type { Role } from "../../../../src/domain/authorization/approvals-policy.ts"
import type { Instant } from "../../../../src/domain/instant.ts"
import {
  actor,
  approvals,
  at,
  codesOf,
  DAY,
  decide,
  EMERGENCY,
  emergency,
  evidence,
  GRANT,
  POLICY_EDIT,
  REVOCATION,
  reasonsOf,
  STAGING,
  verdict,
} from "../../../support/authorization.ts"

const ALL = [verdict("dora"), verdict("dave"), verdict("sara")]

describe("a change that gives", () => {
  it("is authorised by the quorums of every rule that applies", () => {
    const decision = decide(ALL)
    expect(decision).toMatchObject({ verdict: "authorized", revision: 4, refusals: [], notCounted: [] })
    expect(decision.quorums).toEqual([
      { rule: "production", from: "database", count: 2, counted: ["dave", "dora"], missing: 0, candidates: [] },
      { rule: "production", from: "security", count: 1, counted: ["sara"], missing: 0, candidates: [] },
    ])
  })

  it("says who is missing, and who could approve", () => {
    const decision = decide(ALL.slice(0, 1))
    expect(codesOf(decision)).toEqual(["quorum-missing", "quorum-missing"])
    expect(decision.quorums.map(({ missing, candidates }) => [missing, candidates])).toEqual([
      [1, ["beth", "dave"]],
      [1, ["beth", "sara", "sven"]],
    ])
    expect(decision.refusals.map(({ sentence }) => sentence)).toEqual([
      "2 of database have to approve (rule production): dora does, 1 more is needed; beth or dave can",
      "1 of security has to approve (rule production): nobody does so far, 1 more is needed; beth, sara or sven can",
    ])
  })

  it("counts somebody who is in two groups where it helps, and once", () => {
    expect(decide([verdict("dora"), verdict("beth"), verdict("sara")]).verdict).toBe("authorized")
    expect(decide([verdict("dora"), verdict("dave"), verdict("beth")]).verdict).toBe("authorized")
    expect(codesOf(decide([verdict("dora"), verdict("beth")]))).toEqual(["quorum-missing"])
  })

  it("counts somebody for several rules", () => {
    const decision = decide([...ALL, verdict("sven")], {
      items: [GRANT, POLICY_EDIT],
      nextPolicy: approvals({ revision: 5 }),
    })
    expect(decision.verdict).toBe("authorized")
    expect(decision.quorums.map(({ rule, counted }) => [rule, counted])).toEqual([
      ["production", ["dave", "dora"]],
      ["production", ["sara"]],
      ["policies", ["sara", "sven"]],
    ])
  })

  it("follows `otherwise` where no rule applies", () => {
    expect(decide([verdict("dora")], { items: [STAGING] }).verdict).toBe("authorized")
    expect(codesOf(decide([verdict("sara")], { items: [STAGING] }))).toEqual(["quorum-missing"])
  })

  it("follows `otherwise` for the part to which no rule applies", () => {
    expect(decide(ALL, { items: [GRANT, STAGING] }).quorums.map(({ rule }) => rule)).toEqual([
      "production",
      "production",
      "otherwise",
    ])
  })

  it("tells those who approve without being asked", () => {
    expect(reasonsOf(decide([verdict("sara")], { items: [STAGING] }))).toEqual(["sara not-asked"])
  })
})

describe("a change that takes away", () => {
  it("needs only the person who makes it", () => {
    expect(decide([], { items: [REVOCATION], blastRadius: 2 })).toMatchObject({ verdict: "authorized", quorums: [] })
  })

  it("needs others when it takes away from more bundles than one person may", () => {
    const many = { items: [REVOCATION], blastRadius: 3 }
    expect(codesOf(decide([], many))).toEqual(["quorum-missing"])
    expect(decide([verdict("sara")], many).verdict).toBe("authorized")
  })

  it("needs the quorums of what it gives as well", () => {
    expect(codesOf(decide([], { items: [REVOCATION, STAGING], blastRadius: 1 }))).toEqual(["quorum-missing"])
  })

  it("is not made by a machine alone", () => {
    const byMachine = { items: [REVOCATION], evidence: evidence([], { contributors: [actor("ci")] }) }
    expect(codesOf(decide([], byMachine))).toEqual(["author-unknown"])
    const approved = evidence([verdict("sara")], { contributors: [actor("ci")] })
    expect(decide([], { ...byMachine, evidence: approved }).verdict).toBe("authorized")
  })

  it("needs nobody to mean the same as before", () => {
    expect(decide([], { items: [{ ...GRANT, effect: "neutral" }] }).verdict).toBe("authorized")
  })
})

describe("evidence", () => {
  it("refuses with each thing that nobody could find out", () => {
    const decision = decide([], {
      evidence: evidence(ALL, { problems: ["the list of commits is too long to be read"] }),
    })
    expect(decision.refusals).toEqual([
      { code: "evidence-missing", sentence: "the list of commits is too long to be read" },
    ])
  })

  it("of another kind than the policy asks for refuses", () => {
    expect(codesOf(decide([], { evidence: evidence(ALL, { kind: "signed-approvals" }) }))).toEqual(["wrong-context"])
  })

  it("without anybody who made the change refuses", () => {
    expect(codesOf(decide([], { evidence: evidence(ALL, { contributors: [] }) }))).toEqual(["author-unknown"])
  })
})

describe("an emergency", () => {
  const policy = approvals({ emergency: EMERGENCY })
  const during = { policy, nextPolicy: policy, emergencies: new Map([["outage", emergency()]]) }

  it("lets fewer people approve while it lasts, and says until when it is to be reviewed", () => {
    const decision = decide([verdict("sara")], during)
    expect(decision).toMatchObject({
      verdict: "authorized",
      emergency: { name: "outage", reviewBy: at("2026-11-29T18:00:00Z") },
    })
    expect(decision.quorums.map(({ rule }) => rule)).toEqual(["emergency outage"])
  })

  it("is not named where the ordinary quorum is there", () => {
    expect(decide(ALL, during).emergency).toBeUndefined()
  })

  it("still needs its own quorum", () => {
    expect(codesOf(decide([verdict("dora")], during))).toEqual(["quorum-missing"])
  })

  it.each([
    ["that has not begun", emergency({ from: at("2026-11-22T12:00:01Z") })],
    ["that is over", emergency({ until: at("2026-11-22T11:59:59Z") })],
    ["that is longer than the policy allows", emergency({ until: at("2026-11-23T06:00:01Z") })],
    ["that has been reviewed", emergency({ reviewed: { at: at("2026-11-22T10:00:00Z"), note: "done" } })],
  ])("%s changes nothing", (_, each) => {
    expect(codesOf(decide([verdict("sara")], { ...during, emergencies: new Map([["outage", each]]) }))).toEqual([
      "quorum-missing",
    ])
  })

  it("that was over when the commit before was made changes nothing, however far a change is dated back", () => {
    const { until } = emergency()
    expect(decide([verdict("sara")], { ...during, notBefore: until }).verdict).toBe("authorized")
    const later = at("2026-11-22T18:00:01Z")
    expect(codesOf(decide([verdict("sara")], { ...during, notBefore: later }))).toEqual(["quorum-missing"])
  })

  it("is for no class that it does not name", () => {
    expect(codesOf(decide([verdict("sara")], { ...during, items: [{ ...GRANT, class: "other" }] }))).toEqual([
      "quorum-missing",
    ])
  })

  it("is never for policies, whatever it names", () => {
    const eager = approvals({ emergency: { ...EMERGENCY, classes: ["policy"] } })
    const edited = { ...during, policy: eager, nextPolicy: approvals({ revision: 5 }), items: [POLICY_EDIT] }
    expect(codesOf(decide([verdict("sara")], edited))).toEqual(["quorum-missing"])
  })

  it("silences nobody who asks for changes", () => {
    expect(codesOf(decide([verdict("sara"), verdict("dora", "changes-requested")], during))).toContain(
      "changes-requested",
    )
  })

  const DECLARATION = {
    path: "policies/emergencies/outage.yaml",
    class: "policy",
    effect: "grant",
    declares: "emergency",
    what: "emergency outage declared",
  } as const

  it("is declared by those for whom it is meant", () => {
    const declared = { ...during, emergencies: new Map(), items: [DECLARATION] }
    expect(decide([verdict("sara")], declared).verdict).toBe("authorized")
    expect(codesOf(decide([verdict("dora")], declared))).toEqual(["quorum-missing"])
  })

  it("does not hold for the change that declares it", () => {
    const declared = { ...during, emergencies: new Map(), items: [DECLARATION, GRANT] }
    const { quorums } = decide([verdict("sara")], declared)
    expect(quorums.map(({ rule, missing }) => [rule, missing])).toEqual([
      ["production", 2],
      ["production", 0],
      ["emergency", 0],
    ])
  })

  it("that nobody has reviewed in time leaves no room for another", () => {
    const old = emergency({ name: "old", from: at("2026-11-10"), until: at("2026-11-11") })
    const both = new Map([
      ["old", old],
      ["outage", emergency()],
    ])
    expect(old.until + 7 * DAY).toBeLessThan(at("2026-11-22"))
    expect(codesOf(decide([verdict("sara")], { ...during, emergencies: both }))).not.toEqual([])
    const declared = { ...during, emergencies: new Map([["old", old]]), items: [DECLARATION] }
    expect(decide([verdict("sara")], declared).quorums.map(({ rule }) => rule)).toEqual(["policies"])
    const recent = { ...declared, emergencies: new Map([["recent", emergency({ name: "recent" })]]) }
    const dated = (notBefore: number) =>
      decide([verdict("sara")], { ...recent, notBefore: notBefore as Instant }).quorums.map(({ rule }) => rule)
    const reviewBy = emergency().until + 7 * DAY
    expect([dated(reviewBy), dated(reviewBy + 1)]).toEqual([["emergency"], ["policies"]])
  })
})

describe("roles", () => {
  const dba: Role = { name: "dba", members: ["database"], may: ["approve"], environments: ["staging"] }
  const sec: Role = { name: "sec", members: ["security"], may: ["approve", "revoke"] }
  const withRoles = approvals({
    roles: new Map([
      ["dba", dba],
      ["sec", sec],
    ]),
  })

  it("limit who counts where", () => {
    const decision = decide(ALL, { policy: withRoles, nextPolicy: withRoles })
    expect(reasonsOf(decision)).toEqual(["dave no-right", "dora no-right"])
    expect(decide([verdict("dora")], { policy: withRoles, nextPolicy: withRoles, items: [STAGING] }).verdict).toBe(
      "authorized",
    )
  })

  it("limit who counts for a change of several places: who may approve in one of them alone is not enough", () => {
    const policy = approvals({ ...withRoles, rules: [] })
    const items = [GRANT, { ...GRANT, environment: "staging" }]
    const decision = decide([verdict("dora")], { policy, nextPolicy: policy, items })
    expect([codesOf(decision), reasonsOf(decision)]).toEqual([["quorum-missing"], ["dora no-right"]])
  })

  it("limit who revokes", () => {
    const revoked = { policy: withRoles, nextPolicy: withRoles, items: [REVOCATION] }
    expect(codesOf(decide([], revoked))).toEqual(["no-right"])
    const bySara = evidence([], { contributors: [actor("sara")] })
    expect(decide([], { ...revoked, evidence: bySara }).verdict).toBe("authorized")
  })

  it("limit who asks, whoever approves", () => {
    const asking: Role = { name: "asking", members: ["database"], may: ["request"] }
    const policy = approvals({ roles: new Map([["asking", asking]]) })
    const decision = decide(ALL, { policy, nextPolicy: policy })
    expect(decision.refusals).toEqual([
      {
        code: "no-right",
        sentence: "asks may not ask for changes in production (prod): no role in policies/approvals.yaml says so",
      },
    ])
  })
})
