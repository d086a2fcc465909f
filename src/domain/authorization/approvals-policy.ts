import type { Duration } from "../duration.ts"

/** What a change means for those who have to approve it (docs/design.md, change class). `other`: files that are no intent, `.github/` among them. */
export const CHANGE_CLASSES = ["major", "minor", "patch", "promotion", "mark", "policy", "other"] as const
export type ChangeClass = (typeof CHANGE_CLASSES)[number]

/** Whether it gives somebody more, takes something away, or neither. What is not surely a reduction is a grant. */
export type ChangeEffect = "grant" | "reduce" | "neutral"

/** `count` different people of a group, or of a list of them: two of `database` and one of `security` are two quorums. */
export interface Quorum {
  /** A group or a principal of policies/people.yaml. */
  readonly from: string
  readonly count: number
}

/** Applies where all that it names matches; every rule that applies has to be met. */
export interface ApprovalRule {
  readonly name: string
  /** Globs of repository paths: `*` within a folder, `**` over folders. */
  readonly paths?: readonly string[]
  readonly classes?: readonly ChangeClass[]
  readonly environments?: readonly string[]
  /** Globs of cluster names. */
  readonly clusters?: readonly string[]
  readonly require: readonly Quorum[]
}

export const RIGHTS = ["request", "approve", "publish", "revoke", "read"] as const
export type Right = (typeof RIGHTS)[number]

/** Who may do what, where. Absent limits: everywhere. */
export interface Role {
  readonly name: string
  /** Groups or principals. */
  readonly members: readonly string[]
  readonly may: readonly Right[]
  readonly clusters?: readonly string[]
  readonly environments?: readonly string[]
  /** npm semver range. */
  readonly versions?: string
}

/** policies/approvals.yaml. A repository without it authorises nothing: whoever can push decides. */
export interface ApprovalsPolicy {
  readonly file: string
  /** Rises with every edit of this file: a replayed older policy is refused. */
  readonly revision: number
  readonly evidence: "github-reviews" | "signed-approvals"
  /** What signed approvals call this repository, so that none is replayed in another. */
  readonly repository: string
  readonly branch: string
  readonly rules: readonly ApprovalRule[]
  /** Where no rule applies. */
  readonly otherwise: readonly Quorum[]
  /** One person may take away, up to this many bundles; above it, `require` as well. */
  readonly reductions: { readonly maximumBundles: number; readonly require: readonly Quorum[] }
  /** Fewer approvers, for classes named here, while an emergency declared in policies/emergencies/ lasts. */
  readonly emergency?: {
    readonly require: readonly Quorum[]
    readonly classes: readonly ChangeClass[]
    readonly maximum: Duration
    readonly reviewWithin: Duration
  }
  readonly roles: ReadonlyMap<string, Role>
}
