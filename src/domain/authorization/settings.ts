import type { ErrorCode } from "../errors.ts"
import type { Instant } from "../instant.ts"
import type { Json } from "../json.ts"

/** What a forge said, or why nobody can tell: most often a token without the right to read it. */
export type Found<T> =
  | { readonly known: true; readonly value: T }
  /** `code`: of the error that kept it from being known. */
  | { readonly known: false; readonly why: string; readonly code?: ErrorCode }

/** One rule of a ruleset as GitHub writes it, e.g. `pull_request` with `required_approving_review_count`. */
export interface ForgeRule {
  readonly type: string
  readonly parameters?: { readonly [name: string]: Json | undefined }
}

/** What is to hold on the forge, from policies/approvals.yaml. */
export interface WantedSettings {
  readonly branch: string
  /** Each has to be in force on the branch, with parameters at least as strict. */
  readonly branchRules: readonly ForgeRule[]
  /** The same on every tag. */
  readonly tagRules: readonly ForgeRule[]
}

/** How a forge is set up, as it says itself. */
export interface FoundSettings {
  readonly readAt: Instant
  /** In force on the branch, of all rulesets together (`GET /repos/{o}/{r}/rules/branches/{branch}`). */
  readonly branchRules: Found<readonly ForgeRule[]>
  /** Of active rulesets whose target is tags, all of them. */
  readonly tagRules: Found<readonly ForgeRule[]>
  /** Whoever may pass by one of these rulesets, e.g. `role 5 (always)`. Seen by administrators only. */
  readonly bypass: Found<readonly string[]>
  /** When one of these rulesets was last edited. */
  readonly updatedAt: Found<Instant>
  readonly immutableReleases: Found<boolean>
  /** Actions may create and approve pull requests. */
  readonly actionsMayApprove: Found<boolean>
  /** GITHUB_TOKEN may write unless a workflow says otherwise. */
  readonly tokenMayWrite: Found<boolean>
  /** What is wrong in CODEOWNERS (`GET /repos/{o}/{r}/codeowners/errors`). */
  readonly codeownersErrors: Found<readonly string[]>
  /** The environment that holds the signing keys. */
  readonly signing: Found<SigningEnvironment>
}

export interface SigningEnvironment {
  /** Branches that may deploy to it; null: all. */
  readonly branches: readonly string[] | null
  readonly reviewers: number
  readonly preventSelfReview: boolean
  readonly administratorsMayBypass: boolean
}
