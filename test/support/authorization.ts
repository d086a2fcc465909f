import type { ApprovalsPolicy, Quorum } from "../../src/domain/authorization/approvals-policy.ts"
import { type AuthorizationInput, authorize } from "../../src/domain/authorization/authorize.ts"
import type { AuthorizationDecision, ChangeItem } from "../../src/domain/authorization/decision.ts"
import type { Emergency } from "../../src/domain/authorization/emergency.ts"
import type { Actor, ChangeEvidence, Verdict, VerdictState } from "../../src/domain/authorization/evidence.ts"
import { type Instant, parseInstant } from "../../src/domain/instant.ts"
import type { PeoplePolicy, Principal } from "../../src/domain/policies.ts"

export const HOUR = 3_600_000
export const DAY = 24 * HOUR

export function at(text: string): Instant {
  const instant = parseInstant(text)
  if (instant === undefined) throw new Error(`${text} is no instant`)
  return instant
}

export const MERGED = at("2026-11-22T12:00:00Z")
export const BEFORE = at("2026-11-22T11:00:00Z")

/** Two who know databases, two who know security, one who knows both, one who asks, a machine. */
export const NAMES = ["dora", "dave", "sara", "sven", "beth", "asks"] as const
export type PersonName = (typeof NAMES)[number]

const IDS: Readonly<Record<PersonName | "ci", number>> = {
  dora: 1,
  dave: 2,
  sara: 3,
  sven: 4,
  beth: 5,
  asks: 6,
  ci: 7,
}
const fingerprintOf = (name: PersonName | "ci") => String(IDS[name]).repeat(40)

export const PEOPLE: PeoplePolicy = {
  file: "policies/people.yaml",
  principals: new Map(
    [...NAMES, "ci" as const].map((name): [string, Principal] => [
      name,
      {
        name,
        kind: name === "ci" ? "machine" : "person",
        github: IDS[name],
        openpgp: { fingerprint: fingerprintOf(name), file: `policies/keys/${name}.asc` },
      },
    ]),
  ),
  groups: new Map([
    ["database", ["dora", "dave", "beth", "ci"]],
    ["security", ["sara", "sven", "beth"]],
  ]),
}

/** By account; with `key`, by OpenPGP key. */
export function actor(name: PersonName | "ci", by: "account" | "key" = "account"): Actor {
  const label = `@${name}`
  return by === "account"
    ? { github: IDS[name], label, isBot: false }
    : { openpgp: fingerprintOf(name), label, isBot: false }
}

export const STRANGER: Actor = { github: 999, label: "@mallory", isBot: false }
export const BOT: Actor = { github: 41898282, label: "github-actions[bot]", isBot: true }

export const TWO_AND_ONE: readonly Quorum[] = [
  { from: "database", count: 2 },
  { from: "security", count: 1 },
]

export function approvals(own: Partial<ApprovalsPolicy> = {}): ApprovalsPolicy {
  return {
    file: "policies/approvals.yaml",
    revision: 4,
    evidence: "github-reviews",
    repository: "acme/bundles",
    branch: "main",
    rules: [
      { name: "production", environments: ["production"], require: TWO_AND_ONE },
      { name: "policies", classes: ["policy"], require: [{ from: "security", count: 2 }] },
    ],
    otherwise: [{ from: "database", count: 1 }],
    reductions: { maximumBundles: 2, require: [{ from: "security", count: 1 }] },
    roles: new Map(),
    ...own,
  }
}

export const EMERGENCY: NonNullable<ApprovalsPolicy["emergency"]> = {
  require: [{ from: "security", count: 1 }],
  classes: ["major", "minor", "patch", "promotion"],
  maximum: DAY,
  reviewWithin: 7 * DAY,
}

export function emergency(own: Partial<Emergency> = {}): Emergency {
  return {
    file: "policies/emergencies/outage.yaml",
    name: "outage",
    reason: "the servers' root leaked",
    incident: "INC-12",
    from: at("2026-11-22T06:00:00Z"),
    until: at("2026-11-22T18:00:00Z"),
    ...own,
  }
}

export const GRANT: ChangeItem = {
  path: "bundles/prod/checkout.yaml",
  class: "patch",
  effect: "grant",
  cluster: "prod",
  environment: "production",
  bundle: "prod/checkout",
  what: "prod/checkout: recipient bob added",
}
export const STAGING: ChangeItem = {
  ...GRANT,
  path: "bundles/staging/checkout.yaml",
  cluster: "staging",
  environment: "staging",
}
export const POLICY_EDIT: ChangeItem = {
  path: "policies/approvals.yaml",
  class: "policy",
  effect: "grant",
  what: "approvals: changed",
}
export const REVOCATION: ChangeItem = {
  ...GRANT,
  class: "mark",
  effect: "reduce",
  version: "1.2.0",
  what: "prod/checkout: 1.2.0 revoked, keyCompromise",
}

let reviews = 0
export function verdict(
  by: Actor | PersonName | "ci",
  state: VerdictState = "approved",
  own: Partial<Verdict> = {},
): Verdict {
  reviews += 1
  return { by: typeof by === "string" ? actor(by) : by, state, at: BEFORE, id: `review ${reviews}`, ...own }
}

export function evidence(verdicts: readonly Verdict[], own: Partial<ChangeEvidence> = {}): ChangeEvidence {
  return {
    kind: "github-reviews",
    source: "pull request #12",
    context: { repository: "github:42", branch: "main", base: "base", tree: "tree" },
    at: MERGED,
    contributors: [actor("asks")],
    verdicts,
    problems: [],
    ...own,
  }
}

/** A change of production that `asks` has asked for. */
export function inputOf(verdicts: readonly Verdict[], own: Partial<AuthorizationInput> = {}): AuthorizationInput {
  return {
    commit: "commit",
    context: { repository: "github:42", branch: "main", base: "base", tree: "tree" },
    items: [GRANT],
    policy: approvals(),
    people: PEOPLE,
    emergencies: new Map(),
    nextPolicy: approvals(),
    evidence: evidence(verdicts),
    blastRadius: 0,
    ...own,
  }
}

export function decide(verdicts: readonly Verdict[], own: Partial<AuthorizationInput> = {}): AuthorizationDecision {
  return authorize(inputOf(verdicts, own))
}

export const codesOf = ({ refusals }: AuthorizationDecision): readonly string[] => refusals.map(({ code }) => code)
export const reasonsOf = ({ notCounted }: AuthorizationDecision): readonly string[] =>
  notCounted.map(({ who, reason }) => `${who} ${reason}`)
