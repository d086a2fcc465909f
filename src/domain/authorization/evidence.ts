import type { Instant } from "../instant.ts"

/** Someone who acted on a change, as far as the forge or a signature proves it. A name or e-mail in a commit proves nothing. */
export interface Actor {
  /** Numeric GitHub user id: logins can be renamed and taken over. */
  readonly github?: number
  /** Upper-case hex fingerprint of the OpenPGP key that signed. */
  readonly openpgp?: string
  /** For people to read: a login, a user id. Never compared. */
  readonly label: string
  readonly isBot: boolean
}

/** What an approval speaks of. One that speaks of anything else is void. */
export interface ApprovalContext {
  /** `github:<numeric repository id>`, or `local` with what policies/approvals.yaml calls the repository. */
  readonly repository: string
  readonly branch: string
  /** First parent of what was merged. */
  readonly base: string
  /** Tree of what was merged. */
  readonly tree: string
}

export type VerdictState = "approved" | "changes-requested" | "dismissed" | "commented"

/** One verdict of one person. `voidBecause` when whoever collected it knows that it is about something else, with the whole sentence. */
export interface Verdict {
  readonly by: Actor
  readonly state: VerdictState
  readonly at: Instant
  /** Review id, or path of the statement. */
  readonly id: string
  readonly voidBecause?: { readonly reason: VoidReason; readonly sentence: string }
}

export type VoidReason =
  | "stale" // about an earlier state of the branch
  | "other-context" // about another repository, branch or base
  | "too-late" // given after the merge
  | "bad-signature"
  | "unknown-person"

/** All that is known of how one commit of `main` came to be. */
export interface ChangeEvidence {
  readonly kind: "github-reviews" | "signed-approvals"
  /** Where a person finds it, e.g. `pull request #12`. */
  readonly source: string
  readonly context: ApprovalContext
  /** When it was merged. */
  readonly at: Instant
  /** Authors, committers, co-authors and pushers of every commit that it brought in; none of them counts. */
  readonly contributors: readonly Actor[]
  /** Oldest first, all of them, also those that do not count. */
  readonly verdicts: readonly Verdict[]
  /** Whole sentences about what could not be found out. Any of them refuses the change (fail closed). */
  readonly problems: readonly string[]
  /** The forge's own rules as they were read, and their answer; for the record and for continuity. */
  readonly guard?: { readonly readAt: Instant; readonly rules: readonly GuardRule[] }
}

/** A setting of the forge: holds, broken, or nobody can tell (a token without the right to read it). */
export interface GuardRule {
  readonly name: string
  readonly state: "holds" | "broken" | "unknown"
  readonly detail: string
}
