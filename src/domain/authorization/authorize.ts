import type { PeoplePolicy } from "../policies.ts"
import type { ApprovalsPolicy } from "./approvals-policy.ts"
import type { AuthorizationDecision, ChangeItem } from "./decision.ts"
import type { Emergency } from "./emergency.ts"
import type { ApprovalContext, ChangeEvidence } from "./evidence.ts"

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
  /** How many bundles it takes something away from. */
  readonly blastRadius: number
}

/** Whether a commit may be acted on, and why. Pure; the order of verdicts of different people does not matter. */
export function authorize(input: AuthorizationInput): AuthorizationDecision {
  const { commit, items, policy, evidence } = input
  const refusals = [{ code: "quorum-missing", sentence: "nobody is counted yet" } as const]
  return {
    commit,
    verdict: "refused",
    revision: policy.revision,
    items,
    quorums: [],
    notCounted: [],
    refusals,
    evidence,
  }
}
