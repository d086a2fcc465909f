import { describe, expect, it } from "vitest"
import type { AuthorizationDecision } from "../../../src/domain/authorization/decision.ts"
import { formatInstant } from "../../../src/domain/instant.ts"
import { EMPTY_LEDGER } from "../../../src/domain/release.ts"
import { authorizationFile, formatAuthorization, parseAuthorization } from "../../../src/schema/authorization-record.ts"
import { formatLedger, parseLedger, parseLedgerLazily } from "../../../src/schema/ledger.ts"
import { NOW } from "../../support/pgp.ts"

const COMMIT = "a".repeat(40)
const ACTOR = { openpgp: "B".repeat(40), label: 'bob: "the" builder', isBot: false }
const DECISION: AuthorizationDecision = {
  commit: COMMIT,
  verdict: "authorized",
  revision: 3,
  items: [
    { path: "bundles/prod/checkout.yaml", class: "minor", effect: "grant", cluster: "prod", what: "recipient # added" },
    { path: "policies/campaigns/leak.yaml", class: "mark", effect: "reduce", touches: ["prod/checkout"], what: "-" },
  ],
  quorums: [{ rule: "production", from: "reviewers", count: 2, counted: ["bob"], missing: 0, candidates: [] }],
  notCounted: [{ who: "eve", reason: "stale", sentence: "eve approved: something else" }],
  refusals: [],
  emergency: { name: "inc-7", reviewBy: NOW },
  evidence: {
    kind: "github-reviews",
    source: "pull request #12",
    context: { repository: "github:1", branch: "main", base: "", tree: "c".repeat(40) },
    at: NOW,
    contributors: [{ github: 12, label: "ada", isBot: false }],
    verdicts: [
      { by: ACTOR, state: "approved", at: NOW, id: "1" },
      {
        by: { label: "", isBot: true },
        state: "dismissed",
        at: NOW,
        id: "2",
        voidBecause: { reason: "too-late", sentence: "late" },
      },
    ],
    problems: [],
    guard: { readAt: NOW, rules: [{ name: "reviews", state: "unknown", detail: "no right to read it" }] },
  },
}

describe("the record of an authorisation", () => {
  it("says all that the decision was made of, and is read back", () => {
    expect(parseAuthorization(COMMIT, formatAuthorization(DECISION))).toEqual(DECISION)
    const { emergency: _emergency, evidence: _evidence, revision: _revision, ...bare } = DECISION
    const anchor: AuthorizationDecision = { ...bare, verdict: "anchor", items: [], quorums: [], notCounted: [] }
    expect(parseAuthorization(COMMIT, formatAuthorization(anchor))).toEqual(anchor)
  })

  it("is never made of a refusal", () => {
    expect(() => formatAuthorization({ ...DECISION, verdict: "refused" })).toThrow("is refused")
  })

  it.each([
    ["of another commit", (text: string) => text.replace(COMMIT, "d".repeat(40))],
    ["that refuses", (text: string) => text.replace("verdict: authorized", "verdict: refused")],
    ["with more in it", (text: string) => `${text}more: 1\n`],
    ["at no instant", (text: string) => text.replaceAll(formatInstant(NOW), "2026-02-30T10:00:00Z")],
    ["that is no YAML", () => "{"],
  ])("is malformed %s", (_name, change) => {
    expect(() => parseAuthorization(COMMIT, change(formatAuthorization(DECISION)))).toThrowError(
      expect.objectContaining({ code: "evidence-malformed" }),
    )
  })

  it("lies in the ledger beside what has happened, and ledger.yaml says up to where", () => {
    const state = { ...EMPTY_LEDGER, sequence: 1, authorization: { commit: COMMIT, revision: 3 } }
    const files = new Map([...formatLedger(state), [authorizationFile(COMMIT), formatAuthorization(DECISION)]])
    expect(parseLedger(files)).toEqual(state)
    expect(parseLedgerLazily(files).authorization).toEqual(state.authorization)
    expect(parseLedgerLazily(files).bundles.size).toBe(0)
  })
})
