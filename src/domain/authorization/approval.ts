import type { AuthorizationDecision } from "./decision.ts"

/** What became of somebody's verdict on a change. */
export interface ApprovalOutcome {
  /** `shown`: nothing was signed. */
  readonly outcome: "signed" | "already" | "shown"
  readonly verdict: "approved" | "rejected"
  readonly commit: string
  /** Of the principal who signs. */
  readonly name: string
  /** It was part of the branch before. */
  readonly isMerged: boolean
  /** What it does and who still has to approve, with this verdict if it was signed. */
  readonly decision: AuthorizationDecision
}
