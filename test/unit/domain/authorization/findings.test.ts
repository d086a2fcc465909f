import { readFileSync } from "node:fs"
import { describe, expect, it } from "vitest"
import { checkApprovals } from "../../../../src/domain/authorization/check-approvals.ts"
import type { NotCountedReason, RefusalCode } from "../../../../src/domain/authorization/decision.ts"
import { emergencyFindings } from "../../../../src/domain/authorization/emergency-findings.ts"
import { hasErrors } from "../../../../src/domain/findings.ts"
import { momentAt } from "../../../../src/domain/plan/moment.ts"
import { parseRepository } from "../../../../src/schema/repository.ts"
import { approvals, at, EMERGENCY, emergency } from "../../../support/authorization.ts"
import { codesAt, FILES, treeOf } from "../../../support/repository-files.ts"

const POLICY = "policies/approvals.yaml"

/** The types see to it that none is forgotten. */
const REFUSALS = Object.keys({
  "quorum-missing": 0,
  "changes-requested": 0,
  "evidence-missing": 0,
  "author-unknown": 0,
  "wrong-context": 0,
  "no-right": 0,
  "policy-replayed": 0,
  unreviewable: 0,
  "history-rewritten": 0,
} satisfies Record<RefusalCode, 0>)
const REASONS = Object.keys({
  ...{ stale: 0, "other-context": 0, "too-late": 0, "bad-signature": 0, "unknown-person": 0 },
  ...{ contributor: 0, bot: 0, machine: 0, "not-a-principal": 0, "no-right": 0, "not-asked": 0 },
  ...{ "same-person": 0, superseded: 0, "changes-requested": 0, dismissed: 0 },
} satisfies Record<NotCountedReason, 0>)
const PEOPLE = FILES["policies/people.yaml"]
  .replace("  - name: carol", "  - { name: carol, github: 3 }\n  - { name: dave, github: 4 }")
  .replace("nobody: []", "nobody: []\n  deciders: [alice, bob, carol, dave]\n  guards: [carol]")
const APPROVALS = `apiVersion: scb/v1
kind: Approvals
revision: 1
evidence: signed-approvals
repository: acme/bundles
branch: main
rules:
  - name: production
    environments: [production]
    require: { deciders: 2 }
  - name: policies
    paths: [policies/**, .github/**]
    clusters: [pr*]
    require: { deciders: 1, carol: 1 }
otherwise: { deciders: 1 }
reductions: { maximumBundles: 5, require: { deciders: 1 } }
emergency: { require: { deciders: 1 }, classes: [patch], maximum: 24h, reviewWithin: 7d }
roles:
  dba: { members: [deciders], may: [request], environments: [production] }
`

function findingsOf(files: Readonly<Record<string, string>>) {
  const tree = treeOf({ ...FILES, "policies/people.yaml": PEOPLE, [POLICY]: APPROVALS, ...files })
  const { repository, findings } = parseRepository(tree)
  if (repository === undefined) throw new Error(JSON.stringify(findings))
  return [...findings, ...checkApprovals(repository, tree.keys())]
}

function spoiled(from: string, to: string) {
  if (!APPROVALS.includes(from)) throw new Error(`no ${from}`)
  return findingsOf({ [POLICY]: APPROVALS.replace(from, to) })
}

describe("policies/approvals.yaml", () => {
  it("may be sound", () => {
    expect(findingsOf({})).toEqual([])
  })

  it.each([
    ["a group that there is not", "require: { deciders: 2 }", "require: { decider: 2 }", ["R79 10:25", "R80 10:5"]],
    ["a member of a role that there is not", "members: [deciders]", "members: [deciders, eve]", ["R79 19:30"]],
    ["more people than there are", "require: { deciders: 2 }", "require: { deciders: 4 }", ["R80 10:5"]],
    ["all people that there are", "require: { deciders: 2 }", "require: { deciders: 3 }", ["R80 10:5"]],
    ["machines counted as people", "otherwise: { deciders: 1 }", "otherwise: { bob: 1 }", ["R80 15:1"]],
    ["one person for two quorums", "{ deciders: 1, carol: 1 }", "{ guards: 1, carol: 1 }", ["R80 14:5"]],
    [
      "people without the right to approve there",
      "may: [request], environments: [production]",
      "may: [approve], clusters: [other]",
      ["R80 10:5", "R80 14:5", "R80 15:1", "R80 16:34", "R80 17:14", "R87 19:58"],
    ],
    ["two rules with one name", "name: policies", "name: production", ["R84 11:11"]],
    ["a rule with the name of something else", "name: policies", "name: otherwise", ["R84 11:11"]],
    [
      "an environment that there is not",
      "environments: [production]\n    require",
      "environments: [prod]\n    require",
      ["R87 9:20"],
    ],
    ["a cluster that there is not", "[pr*]", "[payments-*]", ["R87 13:16"]],
    ["a path that there is not", "[policies/**, .github/**]", "[bundles/payments/**, docs/**]", ["R87 12:13"]],
    ["a range that is none", "environments: [production] }", "versions: soon }", ["R50 19:57"]],
    ["nobody who guards the policy", "otherwise: { deciders: 1 }", "otherwise: {}", ["R80 15:1"]],
  ])("does not name %s", (_, from, to, expected) => {
    expect([...codesAt(spoiled(from, to))].sort()).toEqual(expected)
  })

  it("warns of a quorum for which all are needed, and refuses one that is never met", () => {
    expect(hasErrors(spoiled("require: { deciders: 2 }", "require: { deciders: 3 }"))).toBe(false)
    expect(hasErrors(spoiled("require: { deciders: 2 }", "require: { deciders: 4 }"))).toBe(true)
  })

  it("lets nobody be a recipient who may not read there, where roles say who may", () => {
    const reading = "may: [request, read], environments: [production]"
    expect(codesAt(spoiled("may: [request], environments: [production]", reading))).toEqual([])
    expect(codesAt(spoiled("[deciders], may: [request], environments: [production]", "[carol], may: [read]"))).toEqual([
      "R79 11:14",
      "R79 11:14",
    ])
  })

  it.each([
    ["evidence: signed-approvals", "evidence: trust-me", ["T05 4:11"]],
    ["revision: 1\n", "revision: 0\n", ["T06 3:11"]],
    ["branch: main", "branch: ../main", ["T04 6:9"]],
    ["classes: [patch]", "classes: [policy]", ["T05 17:50"]],
    ["otherwise: { deciders: 1 }", "otherwise: { deciders: 0 }", ["T06 15:24"]],
    ["[policies/**, .github/**]", "[../x]", ["T04 12:13"]],
    ["may: [request]", "may: [everything]", ["T05 19:37"]],
  ])("is refused with %s as %s", (from, to, expected) => {
    const { findings } = parseRepository(treeOf({ ...FILES, [POLICY]: APPROVALS.replace(from, to) }))
    expect(codesAt(findings)).toEqual(expected)
  })
})

describe("docs/approvals.md", () => {
  const page = readFileSync(new URL("../../../../docs/approvals.md", import.meta.url), "utf8")
  const [policy = "", declared = ""] = [...page.matchAll(/```yaml\n([\s\S]*?)```/g)].map(([, text]) => text)
  const people = `apiVersion: scb/v1
kind: People
principals: [${["ann", "ben", "cid", "dot", "eve"].map((name, index) => `{ name: ${name}, github: ${index + 1} }`).join(", ")}]
groups: { team: [ann], database-team: [ann, ben, cid], security-team: [cid, dot, eve], payments-leads: [ann, dot], juniors: [ben] }
`

  it("shows a policy and an emergency that are sound", () => {
    const cluster = FILES["bundles/prod/cluster.yaml"]
    const files = {
      ...{ "policies/people.yaml": people, [POLICY]: policy },
      "policies/emergencies/2026-11-22-outage.yaml": declared,
      "bundles/payments-dev/cluster.yaml": cluster
        .replace("name: prod", "name: payments-dev")
        .replace("production", "staging"),
    }
    expect(findingsOf(files).map(({ code, message }) => `${code} ${message}`)).toEqual([])
  })

  it.each([...REFUSALS, ...REASONS])("explains %s", code => {
    expect(page).toContain(`\`${code}\``)
  })
})

describe("policies/people.yaml", () => {
  it("gives one account to one principal", () => {
    expect(codesAt(findingsOf({ "policies/people.yaml": PEOPLE.replace("github: 4", "github: 3") }))).toEqual([
      "R88 11:27",
    ])
  })

  it("may say what GitHub calls them", () => {
    const named = PEOPLE.replace("github: 4", "github: 4, login: dave-gh").concat(
      "teams: { deciders: acme/deciders }\n",
    )
    expect(findingsOf({ "policies/people.yaml": named })).toEqual([])
  })
})

describe("an emergency", () => {
  const written = (until: string) =>
    `apiVersion: scb/v1\nkind: Emergency\nname: outage\nreason: x\nincident: INC-1\nfrom: 2026-11-22\nuntil: ${until}\n`

  it.each([
    ["2026-11-23", []],
    ["2026-11-24", ["R87 7:8"]],
    ["2026-11-22", ["R87 7:8"]],
    ["2026-11-31", ["T08 7:8"]],
  ])("until %s", (until, expected) => {
    expect(codesAt(findingsOf({ "policies/emergencies/outage.yaml": written(until) }))).toEqual(expected)
  })

  const codes = (now: string, own = {}) =>
    emergencyFindings(
      { approvals: approvals({ emergency: EMERGENCY }), emergencies: new Map([["outage", emergency(own)]]) },
      file => ({ file, line: 1, column: 1 }),
      momentAt(at(now)),
    ).map(({ code }) => code)

  it("waits for its review, first quietly, then loudly", () => {
    expect(codes("2026-11-22T05:59:59Z")).toEqual([])
    expect(codes("2026-11-22T06:00:00Z")).toEqual(["S52"])
    expect(codes("2026-11-29T17:59:59Z")).toEqual(["S52"])
    expect(codes("2026-11-29T18:00:00Z")).toEqual(["S53"])
    expect(codes("2027-11-29", { reviewed: { at: at("2026-11-30"), note: "fine" } })).toEqual([])
  })
})
