/** Of GitHub's answers, the members that are read here; what its OpenAPI description allows to be missing is optional or null. */

/** An empty object where GitHub knows an address, but no account. */
export interface AccountAnswer {
  readonly id?: number
  readonly login?: string
  readonly type?: string
}

export interface PullRequestAnswer {
  readonly number: number
  readonly merged_at: string | null
  readonly merge_commit_sha: string | null
  readonly user: AccountAnswer | null
  readonly base: { readonly ref: string; readonly repo: { readonly id: number } }
  readonly head: {
    readonly ref: string
    readonly sha: string
    /** Null once the fork is deleted. */
    readonly repo: { readonly id: number } | null
  }
}

/** The list of a commit's pull requests lacks what one read by its number has. */
export interface WholePullRequestAnswer extends PullRequestAnswer {
  readonly commits: number
  readonly changed_files: number
}

export interface ReviewAnswer {
  readonly id: number
  readonly user: AccountAnswer | null
  readonly state: string
  /** Null after some force-pushes. */
  readonly commit_id: string | null
  readonly submitted_at?: string
}

interface SignatureAnswer {
  readonly email?: string | null
}

export interface CommitAnswer {
  readonly sha: string
  readonly author: AccountAnswer | null
  readonly committer: AccountAnswer | null
  readonly parents: readonly { readonly sha: string }[]
  readonly commit: {
    readonly message: string
    readonly author: SignatureAnswer | null
    readonly committer: SignatureAnswer | null
    readonly tree: { readonly sha: string }
    readonly verification?: { readonly verified: boolean }
  }
}

export interface FileAnswer {
  readonly filename: string
  readonly status: string
  readonly sha: string | null
  readonly previous_filename?: string
}

export interface ActivityAnswer {
  readonly activity_type: string
  readonly after: string
  readonly actor: AccountAnswer | null
}

export interface IssueEventAnswer {
  readonly event: string
  readonly created_at: string
}
