import { describe, expect, it } from "vitest"
import type { Bundle } from "../../../../src/domain/bundle.ts"
import { DEFAULT_NOTIFICATIONS } from "../../../../src/domain/default-policies.ts"
import { type Finding, finding } from "../../../../src/domain/findings.ts"
import { issuesOf, type ProblemSources, problemsOf } from "../../../../src/domain/forge/problems.ts"
import { type Instant, later, parseInstant } from "../../../../src/domain/instant.ts"
import type { PeoplePolicy, Principal } from "../../../../src/domain/policies.ts"

const NOW = parseInstant("2026-11-22T10:00:00Z") as Instant
const DAY = 86_400_000
const person = (name: string): [string, Principal] => [name, { name, kind: "person", login: name }]

const people: PeoplePolicy = {
  file: "policies/people.yaml",
  principals: new Map([person("ada"), person("bob"), ["ci", { name: "ci", kind: "machine" }]]),
  groups: new Map([["payments-team", ["ada", "ci"]]]),
}

const checkout = { owner: "payments-team", file: "bundles/prod/checkout.yaml" } as Bundle
const none: ProblemSources = {
  findings: [],
  bundles: new Map([["prod/checkout", checkout]]),
  decisions: [],
  now: NOW,
}
const about = (findings: readonly Finding[]) => problemsOf({ ...none, findings })
const late = (subject: string): Finding => finding("S32", subject, `${subject} ends soon`)
const issues = (findings: readonly Finding[], policy = {}) =>
  issuesOf(about(findings), { ...DEFAULT_NOTIFICATIONS, ...policy }, people)

describe("problems", () => {
  it("are findings of one code about one thing, and no notes", () => {
    const all = [late("prod/checkout"), finding("S32", "prod/checkout", "again"), finding("S29", "prod/x", "a note")]
    expect(about(all)).toEqual([
      {
        kind: "S32",
        subject: "prod/checkout",
        severity: "error",
        rule: "what is in use is replaced before a tenth of its life is left",
        lines: ["again.", "prod/checkout ends soon."],
        owner: "payments-team",
      },
    ])
  })

  it("are changes of main that nobody authorised", () => {
    const refusals = [{ code: "quorum-missing", sentence: "One approval is missing." }] as const
    const decision = { commit: "a".repeat(40), items: [], quorums: [], notCounted: [] } as const
    const decisions = [
      { ...decision, verdict: "refused", refusals },
      { ...decision, verdict: "authorized", refusals: [] },
    ] as const
    expect(problemsOf({ ...none, decisions })).toMatchObject([
      { kind: "unauthorized", subject: "commit aaaaaaaaaaaa", lines: ["One approval is missing."] },
    ])
  })

  it("are settings of the forge that are broken, and none of which nobody can tell", () => {
    const guard = [
      { name: "main: deletion", state: "broken", detail: "there is no such rule" },
      { name: "releases are immutable", state: "unknown", detail: "403" },
      { name: "CODEOWNERS is sound", state: "holds", detail: "" },
    ] as const
    expect(problemsOf({ ...none, guard })).toMatchObject([{ kind: "settings", subject: "main: deletion" }])
  })

  it.each([
    ["a fresh catalog", 3 * DAY, []],
    ["one that ought to have been written again", DAY, ["warning"]],
    ["one that has ended", 0, ["error"]],
  ])("of %s", (_, left, expected) => {
    const catalog = { issuedAt: later(NOW, left - 4 * DAY), expiresAt: later(NOW, left) }
    expect(problemsOf({ ...none, catalog }).map(({ severity }) => severity)).toEqual(expected)
  })
})

describe("issues", () => {
  it("are one a problem, and mention the people who own it", () => {
    expect(issues([late("prod/checkout")])).toMatchObject([{ key: "S32 prod/checkout", concerns: ["ada"] }])
  })

  it("mention those whom the policy names where nobody owns it, and nobody where it says so", () => {
    const stranger = [finding("R03", "policies/people.yaml", "missing")]
    expect(issues(stranger, { otherwise: ["bob"] })).toMatchObject([{ concerns: ["bob"] }])
    expect(issues([late("prod/checkout")], { mention: false })).toMatchObject([{ concerns: [] }])
  })

  it("are of the severities that the policy names", () => {
    const warning = finding("S31", "prod/checkout", "waits")
    expect(issues([warning], { severities: ["error"] })).toEqual([])
  })

  it("are one for many of a kind", () => {
    const many = Array.from({ length: 10_000 }, (_, index) => late(`prod/b-${index}`))
    const [only, ...others] = issues(many)
    expect([only?.key, only?.problems.length, others]).toEqual(["S32", 10_000, []])
  })

  it("are never more than the policy says: the last one holds the rest", () => {
    const subjects = ["a", "b", "c", "d", "e"]
    const codes = ["S31", "S32", "S33", "S15"] as const
    const findings = codes.flatMap(code => subjects.map(subject => finding(code, `prod/${subject}`, "x")))
    const told = issues(findings, { maximumIssues: 7 })
    expect(told).toHaveLength(7)
    expect(told.at(-1)).toMatchObject({ key: "rest" })
    expect(told.flatMap(({ problems }) => problems)).toHaveLength(20)
  })
})
