/** What the fake knows. Plain data that tests may read and change; the handlers hold the rules. */
import type { JsonObject } from "./contract.ts"
import type { GitStore } from "./git-store.ts"

export interface User {
  readonly id: number
  readonly login: string
  readonly type: "User" | "Bot"
  /** Commits with this address are linked to the account. */
  readonly email: string
}

export type Permission =
  | "actions"
  | "administration"
  | "attestations"
  | "checks"
  | "contents"
  | "deployments"
  | "issues"
  | "metadata"
  | "pages"
  | "pull-requests"
  | "workflows"

export type Access = "read" | "write"

export interface Token {
  readonly user: User
  /** Of `GITHUB_TOKEN` and Apps; without it, all that its user may do. */
  readonly permissions?: Readonly<Partial<Record<Permission, Access>>>
  /** Milliseconds since 1970. */
  readonly expiresAt?: number
}

export type Role = "admin" | "write" | "read"

export interface Asset {
  readonly id: number
  name: string
  label: string | null
  readonly contentType: string
  readonly bytes: Uint8Array
  readonly sha256: string
  /** `starter`: GitHub failed while it was uploaded (description of repos/upload-release-asset). */
  state: "uploaded" | "starter"
  readonly uploader: User
  readonly createdAt: string
  updatedAt: string
  downloads: number
}

export interface Release {
  readonly id: number
  tag: string
  target: string
  name: string | null
  body: string | null
  draft: boolean
  prerelease: boolean
  immutable: boolean
  readonly author: User
  /** Date of the commit once the tag is there, before that of the draft. */
  createdAt: string
  publishedAt: string | null
  readonly assets: Asset[]
}

export interface Review {
  readonly id: number
  readonly user: User | null
  state: "APPROVED" | "CHANGES_REQUESTED" | "COMMENTED" | "DISMISSED" | "PENDING"
  body: string
  /** Head when it was given; null after that commit is gone. */
  commit: string | null
  readonly submittedAt: string
}

export interface Comment {
  readonly id: number
  readonly user: User
  body: string
  readonly createdAt: string
  updatedAt: string
}

/** Pull requests are issues: one sequence of numbers, one list of comments. */
export interface Issue {
  readonly id: number
  readonly number: number
  title: string
  body: string | null
  readonly user: User
  state: "open" | "closed"
  stateReason: "completed" | "reopened" | "not_planned" | "duplicate" | null
  labels: string[]
  readonly comments: Comment[]
  readonly createdAt: string
  updatedAt: string
  closedAt: string | null
  readonly pull?: Pull
}

export interface Pull {
  readonly head: string // branch
  /** Moves with the branch while the pull request is open. */
  headSha: string
  base: string
  baseSha: string
  draft: boolean
  mergedAt: string | null
  mergedBy: User | null
  mergeCommit: string | null
  readonly reviews: Review[]
  /** When it was pointed at another base, and by whom. */
  readonly retargets: { readonly id: number; readonly actor: User; readonly at: string }[]
  /** Another repository's `owner/name`; it has no activity here. */
  readonly fork?: string
}

export interface Activity {
  readonly id: number
  readonly actor: User | null
  readonly ref: string
  readonly before: string
  readonly after: string
  readonly type: "push" | "force_push" | "branch_creation" | "branch_deletion" | "pr_merge" | "merge_queue_merge"
  readonly at: string
}

export interface CheckRun {
  readonly id: number
  readonly headSha: string
  /** GitHub's own name for the App: `github-actions` for `GITHUB_TOKEN`. */
  readonly app: string
  values: JsonObject
  readonly annotations: JsonObject[]
}

export interface Ruleset {
  readonly id: number
  updatedAt?: string
  values: JsonObject
}

export interface Run {
  readonly id: number
  readonly workflow: string
  readonly event: string
  readonly headBranch: string
  readonly headSha: string
  readonly actor: User
  status: string
  conclusion: string | null
  readonly createdAt: string
  /** Who let a job into an environment. */
  readonly approvals: {
    readonly user: User
    readonly environment: string
    readonly state: "approved" | "rejected"
    readonly comment: string
  }[]
  /** Environments that it waits for. */
  pending: string[]
}

export interface Environment {
  readonly id: number
  readonly name: string
  reviewers: User[]
  preventSelfReview: boolean
  adminsCanBypass: boolean
  protectedBranchesOnly: boolean | null
  /** Where it is false. */
  branches?: readonly string[]
}

export interface Dispatch {
  readonly kind: "repository" | "workflow"
  /** Event type, or file of the workflow. */
  readonly name: string
  readonly ref?: string
  readonly payload: JsonObject
  readonly actor: User
}

export interface Repository {
  readonly id: number
  readonly owner: User
  readonly name: string
  private: boolean
  readonly defaultBranch: string
  immutableReleases: boolean
  /** Settings, Actions, General: what GITHUB_TOKEN may do where no workflow says it; absent: read. */
  workflowPermissions?: { readonly write: boolean; readonly approve: boolean }
  readonly git: GitStore
  /** By login, in small letters. */
  readonly roles: Map<string, Role>
  readonly releases: Release[]
  /** Tags of immutable releases: never again, also after they are deleted. */
  readonly burnedTags: Set<string>
  readonly issues: Issue[]
  readonly labels: Map<string, { readonly id: number; readonly color: string; readonly description: string | null }>
  readonly activity: Activity[]
  readonly checkRuns: CheckRun[]
  readonly rulesets: Ruleset[]
  readonly environments: Environment[]
  readonly runs: Run[]
  readonly dispatches: Dispatch[]
  readonly attestations: { readonly id: number; readonly subject: string; readonly bundle: JsonObject }[]
  /** Workflow files of which a push, made over git, has been told. */
  readonly pagesDeployments: { readonly id: string; readonly artifact: number | undefined }[]
  hasPages: boolean
}

export interface Model {
  readonly users: Map<string, User>
  readonly tokens: Map<string, Token>
  /** By `owner/name` in small letters. */
  readonly repositories: Map<string, Repository>
  nextId(): number
}

/** Where its users and programs find it, without a slash at the end. */
export interface Urls {
  readonly api: string
  readonly uploads: string
  /** `release-assets.githubusercontent.com` */
  readonly assets: string
  /** `github.com`: browsers and git. */
  readonly web: string
  /** `raw.githubusercontent.com` */
  readonly raw: string
}
