import { describe, expect, it } from "vitest"
import type { AuthorizationDecision } from "../../../src/domain/authorization/decision.ts"
import { finding } from "../../../src/domain/findings.ts"
import type { ChangeCheck, ChangeEffects } from "../../../src/domain/forge/change-check.ts"
import { type Instant, parseInstant } from "../../../src/domain/instant.ts"
import type { Step } from "../../../src/domain/plan/steps.ts"
import { CHECK_MARKER, renderCheckComment } from "../../../src/render/check-comment.ts"

const NO_EFFECTS: ChangeEffects = {
  invalidations: [],
  begins: [],
  ends: [],
  differences: { comparisons: [], added: [], gone: [] },
  impact: [],
}
const CHECK: ChangeCheck = {
  base: "a".repeat(40),
  head: "b".repeat(40),
  findings: [],
  effect: { known: true, value: NO_EFFECTS },
  authorization: { known: true, value: undefined },
}
const REFUSED: AuthorizationDecision = {
  commit: "b".repeat(40),
  verdict: "refused",
  revision: 3,
  items: [{ path: "bundles/prod/pay.yaml", class: "patch", effect: "grant", what: "prod/pay: recipient bob added" }],
  quorums: [
    { rule: "production", from: "database", count: 2, counted: ["dora"], missing: 1, candidates: ["dave", "beth"] },
    { rule: "production", from: "security", count: 1, counted: ["sara"], missing: 0, candidates: [] },
  ],
  notCounted: [{ who: "asks", reason: "contributor", sentence: "It was theirs." }],
  refusals: [{ code: "quorum-missing", sentence: "2 of database have to approve." }],
}

const release = (number: number): Step => ({
  kind: "release",
  bundle: `prod/pay-${number}`,
  version: "1.1.0",
  change: "minor",
  reason: "input-changed",
  cause: "changed: bundle.recipients",
  inputDigest: "aa",
})
const comment = (more: Partial<ChangeCheck> = {}) => renderCheckComment({ ...CHECK, ...more })
const titleOf = (more: Partial<ChangeCheck>) => /^### (.+)$/m.exec(comment(more))?.[1]
const refused = (more: Partial<AuthorizationDecision> = {}): Partial<ChangeCheck> => ({
  authorization: { known: true, value: { ...REFUSED, ...more } },
})

describe("the comment on a change", () => {
  it("begins with its marker, and says that nothing happens where nothing does", () => {
    expect(comment().split("\n\n").slice(0, 3)).toEqual([
      CHECK_MARKER,
      "### This can be merged",
      [
        "- **Findings**: none.",
        "- **When it is merged**: nothing is released, marked or pointed.",
        "- **Who has to act**: nobody.",
        "- **Approvals**: none asked for; the repository has no `policies/approvals.yaml`.",
      ].join("\n"),
    ])
  })

  it.each<[string, Partial<ChangeCheck>]>([
    ["1 error to mend before this can be merged", { findings: [finding("R03", "policies/x.yaml", "it is missing")] }],
    ["Not everything could be looked at", { effect: { known: false, why: "no answer" } }],
    ["This waits for 1 approval", refused()],
    [
      "This would be refused",
      refused({ refusals: [...REFUSED.refusals, { code: "author-unknown", sentence: "Who is it?" }] }),
    ],
    ["This can be merged", refused({ verdict: "authorized", refusals: [] })],
    ["This can be merged", refused({ verdict: "anchor", refusals: [], quorums: [] })],
  ])("says in one line: %s", (title, check) => {
    expect(titleOf(check)).toBe(title)
  })

  it("names who has approved, who still can, and whose approval does not count", () => {
    const text = comment(refused())
    expect(text).toContain(
      "- **Approvals**: 2 of `database`, has `dora`, **1 missing** (`dave`, `beth`); 1 of `security`, has `sara`.",
    )
    expect(text).toContain("- `asks`: It was theirs.")
    expect(text).toContain("| `production` | 2 of `database` | `dora` | 1 |")
  })

  it("says why it would be refused beside the missing approvals", () => {
    const refusals = [{ code: "unreviewable", sentence: "It changes 3001 files." }] as const
    expect(comment(refused({ refusals }))).toContain("- **Refused**: It changes 3001 files.")
  })

  it("says until when an emergency has to be reviewed", () => {
    const emergency = { name: "outage", reviewBy: parseInstant("2026-12-01T00:00:00Z") as Instant }
    expect(comment(refused({ verdict: "authorized", refusals: [], emergency }))).toContain(
      "- **Emergency** `outage`: to be reviewed before 2026-12-01T00:00:00Z.",
    )
  })

  it("shows errors, and folds what is none", () => {
    const error = finding("R03", "policies/x.yaml", "it is missing", { hint: "write it" })
    const note = finding("S29", "prod/pay", "it is held")
    expect(comment({ findings: [note, error] })).toContain(
      "**Findings (2)**\n\n- error `R03` `policies/x.yaml`: it is missing. Write it.\n- note `S29` `prod/pay`: it is held.",
    )
    expect(comment({ findings: [note] })).toContain("<details><summary>Findings (1)</summary>")
  })

  it("stays below what GitHub takes, however much happens", () => {
    const begins = Array.from({ length: 10_000 }, (_, index) => release(index))
    const comparisons = begins.map(({ bundle }) => ({
      subject: bundle,
      from: "a",
      to: "b",
      class: "minor" as const,
      drivers: [],
      changes: Array.from({ length: 60 }, () => ({
        member: "bundle.recipients",
        class: "minor" as const,
        after: "x".repeat(900),
        why: "w".repeat(900),
        actions: [],
      })),
    }))
    const value = { ...NO_EFFECTS, begins, differences: { comparisons, added: [], gone: [] } }
    const text = comment({ effect: { known: true, value } })
    expect(text.length).toBeLessThan(60_500)
    expect(text).toContain("10000 versions released")
    expect(text).toContain("… and 9950 more steps.")
  })
})
