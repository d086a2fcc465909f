import type { Instant } from "../instant.ts"
import type { ChangeClass, ChangeEffect, Quorum } from "./approvals-policy.ts"
import type { ChangeEvidence, VoidReason } from "./evidence.ts"

/** One thing that a change does: what a rule is matched against. */
export interface ChangeItem {
  /** Repository path; of a rename both are items. */
  readonly path: string
  readonly class: ChangeClass
  readonly effect: ChangeEffect
  readonly cluster?: string
  readonly environment?: string
  readonly bundle?: string
  /** Of a decision about one version. */
  readonly version?: string
  /** Full names of the bundles that it concerns, where it is not one. */
  readonly touches?: readonly string[]
  /** Declares an emergency: by then, those for whom it is meant have approved it. */
  readonly declares?: "emergency"
  /** Of a hold: where its channel stood when it was judged, without which nobody could judge it again. */
  readonly held?: { readonly channel: string; readonly stood: string }
  /** In plain words, e.g. `payments-prod/checkout: recipient bob added`. */
  readonly what: string
}

/** A quorum that the change needs, by the rule that asks for it, and how far it is. */
export interface QuorumState extends Quorum {
  readonly rule: string
  /** Names of principals, each once. */
  readonly counted: readonly string[]
  readonly missing: number
  /** Names of those who could still approve. */
  readonly candidates: readonly string[]
}

export type NotCountedReason =
  | VoidReason
  | "contributor" // wrote, committed or pushed part of the change
  | "bot"
  | "machine"
  | "not-a-principal"
  | "no-right" // no role lets this person approve here
  | "not-asked" // in none of the groups that the rules ask
  | "same-person" // another key or account of somebody counted already
  | "superseded" // the same person said something later
  | "changes-requested"
  | "dismissed"

/** Why a verdict does not count, as one whole sentence for whoever gave it. */
export interface NotCounted {
  readonly who: string
  readonly reason: NotCountedReason
  readonly sentence: string
}

export type RefusalCode =
  | "quorum-missing"
  | "changes-requested" // somebody with the right to approve says no
  | "evidence-missing"
  | "author-unknown"
  | "wrong-context" // the evidence is about another change
  | "no-right" // the author may not ask for this
  | "policy-replayed"
  | "unreviewable"
  | "history-rewritten"

export interface Refusal {
  readonly code: RefusalCode
  readonly sentence: string
}

/** Whether one commit of `main` may be acted on. `anchor`: the commit from which authorisation counts; nothing came before it. */
export interface AuthorizationDecision {
  readonly commit: string
  readonly verdict: "authorized" | "refused" | "anchor"
  /** Revision of the policy that was asked: that of the parent. Absent: the parent had none. */
  readonly revision?: number
  readonly items: readonly ChangeItem[]
  readonly quorums: readonly QuorumState[]
  readonly notCounted: readonly NotCounted[]
  /** Empty when authorised. */
  readonly refusals: readonly Refusal[]
  /** Name of the emergency under which it needed fewer, and until when it has to be reviewed. */
  readonly emergency?: { readonly name: string; readonly reviewBy: Instant }
  readonly evidence?: ChangeEvidence
}
