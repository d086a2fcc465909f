import { type Instant, latest } from "../instant.ts"
import type { PeoplePolicy, Principal } from "../policies.ts"
import type { ApprovalsPolicy, Right } from "./approvals-policy.ts"
import type { AuthorizationDecision, ChangeItem, NotCounted, QuorumState, Refusal } from "./decision.ts"
import { type Emergency, emergencyAt, isOverdue, reviewBy } from "./emergency.ts"
import type { ApprovalContext, ChangeEvidence } from "./evidence.ts"
import { type Opinions, opinionsOf } from "./opinions.ts"
import { asked, eligibleFor, quorumStates } from "./quorums.ts"
import { type Requirement, requirementsOf } from "./requirements.ts"
import { mayDo, principalOf } from "./roles.ts"

/** One commit of `main`. Policy, people and emergencies are those of its parent: what it changes itself does not count for it. */
export interface AuthorizationInput {
  readonly commit: string
  /** What was really merged; the evidence has to speak of the same. What is absent is not compared. */
  readonly context: Partial<ApprovalContext>
  readonly items: readonly ChangeItem[]
  readonly policy: ApprovalsPolicy
  readonly people: PeoplePolicy
  readonly emergencies: ReadonlyMap<string, Emergency>
  /** Of the commit itself; absent when it has none. */
  readonly nextPolicy?: ApprovalsPolicy
  /** The highest revision that the ledger has seen. */
  readonly recordedRevision?: number
  readonly evidence: ChangeEvidence
  /** When the newest commit before it was made, as it says: who dates a change back brings no emergency back. */
  readonly notBefore?: Instant
  /** How many bundles it takes something away from. */
  readonly blastRadius: number
}

/** Whether a commit may be acted on, and why. Pure; the order of verdicts of different people does not matter. */
export function authorize(input: AuthorizationInput): AuthorizationDecision {
  const ordinary = judge(input, undefined)
  const emergency = input.policy.emergency && emergencyAt(input.emergencies, input.policy.emergency, input.evidence.at)
  if (emergency === undefined || momentOf(input) > emergency.until) return ordinary
  if (!ordinary.refusals.every(({ code }) => code === "quorum-missing")) return ordinary
  return ordinary.verdict === "authorized" ? ordinary : judge(input, emergency)
}

/** When it was merged, at the earliest: signed approvals take the date of a commit from whoever made it. */
function momentOf({ evidence: { at }, notBefore = at }: AuthorizationInput): Instant {
  return latest(at, notBefore)
}

/** What a decision is made from, found out once. */
interface Case extends AuthorizationInput {
  readonly opinions: Opinions
  readonly contributors: ReadonlySet<Principal>
  readonly requirements: readonly Requirement[]
  readonly quorums: readonly QuorumState[]
}

function judge(input: AuthorizationInput, emergency: Emergency | undefined): AuthorizationDecision {
  const { commit, policy, people, evidence, items, blastRadius } = input
  const opinions = opinionsOf(evidence, people)
  const contributors = new Set(evidence.contributors.flatMap(actor => principalOf(actor, people) ?? []))
  const requirements = requirementsOf(policy, declarable(input), blastRadius, emergency)
  const quorums = requirements.flatMap(each => quorumStates(each, opinions.approving, contributors, input))
  const whole: Case = { ...input, opinions, contributors, requirements, quorums }
  const refusals = CHECKS.flatMap(check => check(whole))
  const hurried = emergency !== undefined && policy.emergency !== undefined
  return {
    commit,
    verdict: refusals.length === 0 ? "authorized" : "refused",
    revision: policy.revision,
    items,
    quorums,
    notCounted: [...opinions.notCounted, ...idle(whole)],
    refusals,
    ...(hurried ? { emergency: { name: emergency.name, reviewBy: reviewBy(emergency, policy.emergency) } } : {}),
    evidence,
  }
}

/** While one emergency waits for its review for too long, no other is declared in a hurry. */
function declarable(input: AuthorizationInput): readonly ChangeItem[] {
  const { items, policy, emergencies } = input
  const { emergency } = policy
  const at = momentOf(input)
  const overdue = emergency !== undefined && [...emergencies.values()].some(each => isOverdue(each, emergency, at))
  return overdue ? items.map(({ declares: _, ...item }) => item) : items
}

/** In the order in which a person mends what they find. */
const CHECKS: readonly ((whole: Case) => readonly Refusal[])[] = [
  checkRevision,
  checkProblems,
  checkContext,
  checkContributors,
  checkRequests,
  checkObjections,
  checkQuorums,
]

/** {@link replayed} for the file that this change edits. */
function checkRevision({ policy, nextPolicy, recordedRevision = 0, items }: Case): readonly Refusal[] {
  const isEdited = items.some(({ path, effect }) => path === policy.file && effect !== "neutral")
  if (nextPolicy === undefined || (!isEdited && nextPolicy.revision === policy.revision)) return []
  return replayed(nextPolicy, Math.max(policy.revision, recordedRevision))
}

/** An older policy, or another one under a number that was used: what was decided under `seen` must not be forgotten. */
export function replayed({ file, revision }: ApprovalsPolicy, seen: number): readonly Refusal[] {
  if (revision > seen) return []
  const sentence = `${file} has the revision ${revision}, expected more than ${seen}: an older policy may have been put back; raise \`revision\``
  return [{ code: "policy-replayed", sentence }]
}

function checkProblems({ evidence }: Case): readonly Refusal[] {
  return evidence.problems.map(sentence => ({ code: "evidence-missing", sentence }))
}

function checkContext({ evidence, policy, context }: Case): readonly Refusal[] {
  const pairs = [
    ["kind", evidence.kind, policy.evidence],
    ["branch", evidence.context.branch, context.branch ?? policy.branch],
    ["repository", evidence.context.repository, context.repository],
    ["base", evidence.context.base, context.base],
    ["tree", evidence.context.tree, context.tree],
  ] as const
  return pairs
    .filter(([, got, expected]) => expected !== undefined && got !== expected)
    .map(([what, got, expected]) => ({
      code: "wrong-context",
      sentence: `${evidence.source} is about another change: expected the ${what} ${expected}, got ${got}`,
    }))
}

/** Someone unknown could be one of those who approve, under another name. */
function checkContributors({ evidence, people }: Case): readonly Refusal[] {
  const refuse = (sentence: string): Refusal => ({ code: "author-unknown", sentence })
  if (evidence.contributors.length === 0) return [refuse("nobody can tell who made this change")]
  const strangers = evidence.contributors.filter(actor => principalOf(actor, people) === undefined)
  return [...new Set(strangers.map(({ label }) => label))].map(label =>
    refuse(
      `${label} made part of this change and is nobody in policies/people.yaml as it was before: somebody known has to ask for it`,
    ),
  )
}

/** Rights of which one is needed to ask for an item. */
function rightsFor({ class: kind, effect }: ChangeItem): readonly Right[] {
  if (effect === "neutral") return []
  if (kind === "promotion") return effect === "reduce" ? ["publish", "revoke"] : ["publish"]
  if (effect === "grant") return ["request"]
  return kind === "mark" ? ["revoke"] : ["request", "revoke"]
}

function checkRequests(whole: Case): readonly Refusal[] {
  const { contributors, opinions, items } = whole
  const refusals = [...contributors].flatMap(person =>
    forbidden(person, whole).map((item): Refusal => {
      const [right = "request"] = rightsFor(item)
      return {
        code: "no-right",
        sentence: `${person.name} may not ${VERBS[right]} ${placeOf(item)}: no role in policies/approvals.yaml says so`,
      }
    }),
  )
  const reductions = items.filter(({ effect }) => effect === "reduce")
  const behind = [...contributors, ...opinions.approving].some(
    person => person.kind === "person" && forbidden(person, { ...whole, items: reductions }).length === 0,
  )
  if (reductions.length === 0 || behind || refusals.length > 0) return distinct(refusals)
  const sentence = "only machines made this change, which takes something away: a person has to approve it"
  return [{ code: "author-unknown", sentence }]
}

const VERBS: Readonly<Record<Right, string>> = {
  request: "ask for changes in",
  approve: "approve changes in",
  publish: "lead channels in",
  revoke: "revoke in",
  read: "read in",
}

function forbidden(person: Principal, whole: Pick<Case, "items" | "policy" | "people">): readonly ChangeItem[] {
  return whole.items.filter(item => {
    const rights = rightsFor(item)
    return rights.length > 0 && !rights.some(right => mayDo(right, person, item, whole))
  })
}

/** `production (payments-prod)`; for what is nowhere in particular, its path. */
function placeOf({ cluster, environment, path }: ChangeItem): string {
  return cluster === undefined ? path : `${environment ?? "an unknown environment"} (${cluster})`
}

function checkObjections({ opinions, ...whole }: Case): readonly Refusal[] {
  return blocking({ opinions, ...whole }).map(({ name }) => ({
    code: "changes-requested",
    sentence: `${name} asks for changes: talk to ${name}, who has to approve or withdraw it`,
  }))
}

/** Those whose approval would count here. Whoever made part of the change may object to it too. */
function blocking(whole: Case): readonly Principal[] {
  const electors = new Set(
    whole.requirements.flatMap(({ require, items }) => require.flatMap(quorum => eligibleFor(quorum, items, whole))),
  )
  return [...whole.opinions.objecting].filter(person => electors.has(person)).sort(byName)
}

function checkQuorums({ quorums, people }: Case): readonly Refusal[] {
  return quorums
    .filter(({ missing }) => missing > 0)
    .map(({ rule, from, count, counted, missing, candidates }) => {
      const [asks, does, is] = [
        count === 1 ? "has" : "have",
        counted.length === 1 ? "does" : "do",
        missing === 1 ? "is" : "are",
      ]
      const whom = people.principals.has(from) ? from : `${count} of ${from}`
      const got = counted.length === 0 ? "nobody does so far" : `${list(counted)} ${does}`
      const only = candidates.length < missing ? "only " : ""
      const who = candidates.length === 0 ? "nobody else can" : `${only}${list(candidates, "or")} can`
      const sentence = `${whom} ${asks} to approve (rule ${rule}): ${got}, ${missing} more ${is} needed; ${who}`
      return { code: "quorum-missing", sentence }
    })
}

/** Verdicts that are sound and count for nothing that is asked here. */
function idle(whole: Case): readonly NotCounted[] {
  const { opinions, requirements, people } = whole
  if (requirements.length === 0) return []
  const quorums = requirements.flatMap(({ require, items }) => require.map(quorum => ({ quorum, items })))
  const groups = [...new Set(quorums.map(({ quorum }) => quorum.from))].sort()
  const isEligible = (person: Principal) =>
    quorums.some(({ quorum, items }) => eligibleFor(quorum, items, whole).includes(person))
  const isAsked = (person: Principal) => quorums.some(({ quorum }) => asked(quorum, people).includes(person))
  return [...opinions.approving, ...opinions.objecting].sort(byName).flatMap((person): readonly NotCounted[] => {
    const who = person.name
    if (isEligible(person)) {
      if (!opinions.objecting.has(person)) return []
      return [{ who, reason: "changes-requested", sentence: `${who} asks for changes` }]
    }
    if (isAsked(person)) {
      const sentence = `${who} may not approve everything that this change does: no role in policies/approvals.yaml says so; a smaller change may help`
      return [{ who, reason: "no-right", sentence }]
    }
    const sentence = `${who} is not asked here: those who are asked are ${list(groups) || "nobody"}`
    return [{ who, reason: "not-asked", sentence }]
  })
}

function distinct(refusals: readonly Refusal[]): readonly Refusal[] {
  return [...new Map(refusals.map(each => [each.sentence, each])).values()]
}

function byName(a: Principal, b: Principal): number {
  return a.name < b.name ? -1 : 1
}

/** `a, b and c`. */
function list(names: readonly string[], last = "and"): string {
  return names.length < 2 ? (names[0] ?? "") : `${names.slice(0, -1).join(", ")} ${last} ${names.at(-1)}`
}
