import { describe, expect, it } from "vitest"
import type { AuthorizationDecision } from "../../../src/domain/authorization/decision.ts"
import {
  renderApprovalText,
  renderAuthorizationJson,
  renderAuthorizationText,
} from "../../../src/render/authorization.ts"
import { NOW } from "../../support/pgp.ts"

const PLAIN = { color: false }
const DECISION: AuthorizationDecision = {
  commit: "a".repeat(40),
  verdict: "refused",
  revision: 3,
  items: [
    { path: "bundles/prod/checkout.yaml", class: "minor", effect: "grant", what: "prod/checkout: recipient bob added" },
  ],
  quorums: [
    { rule: "production", from: "database", count: 2, counted: ["ada"], missing: 1, candidates: ["bob", "carol"] },
    { rule: "production", from: "security", count: 1, counted: ["dan"], missing: 0, candidates: [] },
  ],
  notCounted: [{ who: "eve", reason: "bot", sentence: "eve is a bot: only people approve" }],
  refusals: [{ code: "quorum-missing", sentence: "1 more of database has to approve" }],
  emergency: { name: "inc-7", reviewBy: NOW },
  evidence: {
    kind: "github-reviews",
    source: "pull request #12",
    context: { repository: "github:1", branch: "main", base: "b", tree: "c" },
    at: NOW,
    contributors: [],
    verdicts: [],
    problems: [],
  },
}

describe("a decision about a commit", () => {
  it("tells people what it does, who is counted, who could still approve, and why it is refused", () => {
    expect(
      renderAuthorizationText([DECISION], PLAIN),
    ).toBe(`commit aaaaaaaaaaaa  refused, by revision 3 of the policy; pull request #12
  does         prod/checkout: recipient bob added (minor, grant)
  needs        2 of database (rule production): ada; 1 approval missing, bob, carol can
  needs        1 of security (rule production): dan
  emergency    inc-7, to be reviewed before 2026-11-22T10:00:00Z
  not counted  eve: eve is a bot: only people approve
  refused      1 more of database has to approve
`)
  })

  it("lets no name of a file begin a line or steer a terminal", () => {
    const name = "docs/a\n::error title=x::\u001b[2Jpwned"
    const item = { ...DECISION.items[0], path: name, class: "other", effect: "grant", what: `${name} changed` } as const
    const refusals = [{ code: "unreviewable", sentence: `${name} cannot be reviewed` }] as const
    const text = renderAuthorizationText([{ ...DECISION, items: [item], refusals }], PLAIN)
    expect(text).toContain("docs/a\\u{a}::error title=x::\\u{1b}[2Jpwned changed")
    expect(text).not.toMatch(/^\s*::/m)
    expect(text).not.toContain("\u001b")
  })

  it("counts what is too much to read", () => {
    const [item] = DECISION.items
    const many = { ...DECISION, items: Array.from({ length: 25 }, () => item).flatMap(each => each ?? []) }
    const lines = renderAuthorizationText([many], PLAIN).split("\n")
    expect(lines.filter(line => line.startsWith("  does"))).toHaveLength(20)
    expect(lines[21]?.trim()).toBe("and 5 more")
  })

  it("is whole in JSON, with instants as text", () => {
    const { decisions } = JSON.parse(renderAuthorizationJson([DECISION]))
    expect(decisions).toMatchObject([
      {
        ...DECISION,
        emergency: { name: "inc-7", reviewBy: "2026-11-22T10:00:00Z" },
        evidence: { ...DECISION.evidence, at: "2026-11-22T10:00:00Z" },
      },
    ])
  })

  it("says when there is none", () => {
    expect(renderAuthorizationText([], PLAIN)).toContain("nothing to authorise")
  })

  it.each([
    ["signed", "signed: bob: approved aaaaaaaaaaaa; next: git push origin approvals"],
    ["already", "already so: bob: approved aaaaaaaaaaaa; if it is not pushed yet: git push origin approvals"],
    ["shown", "would sign: bob: approved aaaaaaaaaaaa"],
  ] as const)("after an approval says what is next: %s", (outcome, line) => {
    const approval = { outcome, verdict: "approved", commit: DECISION.commit, name: "bob", isMerged: false } as const
    expect(renderApprovalText({ ...approval, decision: DECISION }, PLAIN).split("\n")[0]).toBe(line)
  })
})
