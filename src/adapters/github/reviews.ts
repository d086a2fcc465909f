import type { ChangeEvidence } from "../../domain/authorization/evidence.ts"
import { formatInstant } from "../../domain/instant.ts"
import type { Approvals, MainCommit } from "../../ports.ts"
import type { ActivityAnswer, FileAnswer, WholePullRequestAnswer } from "./answers.ts"
import type { GithubClient } from "./client.ts"
import { GithubRefusal, isRefusal } from "./refusals.ts"
import { repositoryName } from "./repository-name.ts"
import {
  isAsShown,
  MOST_FILES,
  mergedPullRequest,
  noEvidence,
  type PullRequestAnswers,
  type ReviewedBranch,
  reviewEvidence,
} from "./review-evidence.ts"

export interface GithubReviewsOptions extends ReviewedBranch {
  readonly client: Pick<GithubClient, "rest" | "paginate">
  /** `owner/name`. */
  readonly repository: string
  /** How GitHub itself guards the branch now, for the record. */
  readonly guard?: () => Promise<NonNullable<ChangeEvidence["guard"]>>
}

/**
 * Reviews of pull requests. Uses GET alone. Reads what is about the one pull request that became a commit, and believes no
 * list that may be cut short. What GitHub refuses to tell is a problem of the evidence.
 */
export function githubReviews(options: GithubReviewsOptions): Approvals {
  const { client, repositoryId, branch, guard } = options
  const { rest, paginate } = client
  const own = repositoryName(options.repository)
  const expected: ReviewedBranch = { repositoryId, branch }

  return {
    async evidenceFor(commit, pullRequest) {
      try {
        return await (pullRequest === undefined ? evidenceOf(commit) : evidenceSoFar(pullRequest, commit))
      } catch (error) {
        if (!(error instanceof GithubRefusal)) throw error
        return noEvidence(commit, expected, `${error.message}${error.hint === undefined ? "" : `; ${error.hint}`}.`)
      }
    },
  }

  async function evidenceOf(commit: MainCommit): Promise<ChangeEvidence> {
    const found = mergedPullRequest(commit, await pullRequestsOf(commit.id))
    if ("problem" in found) return noEvidence(commit, expected, found.problem)
    const evidence = reviewEvidence(commit, expected, await answersAbout(await wholePullRequest(found.number), commit))
    return guard === undefined ? evidence : { ...evidence, guard: await guard() }
  }

  async function evidenceSoFar(number: number, commit: MainCommit): Promise<ChangeEvidence> {
    const pull = await wholePullRequest(number)
    const asMerged = { ...pull, merged_at: formatInstant(commit.committedAt), merge_commit_sha: commit.id }
    return reviewEvidence(commit, expected, await answersAbout(asMerged, commit))
  }

  /** GitHub answers 422 for a commit that it does not have. */
  async function pullRequestsOf(sha: string) {
    try {
      return await paginate(rest.repos.listPullRequestsAssociatedWithCommit, { ...own, commit_sha: sha, per_page: 100 })
    } catch (error) {
      if (isRefusal(error, 422)) return []
      throw error
    }
  }

  async function wholePullRequest(number: number): Promise<WholePullRequestAnswer> {
    return (await rest.pulls.get({ ...own, pull_number: number })).data
  }

  async function answersAbout(pull: WholePullRequestAnswer, commit: MainCommit): Promise<PullRequestAnswers> {
    const request = { ...own, pull_number: pull.number, per_page: 100 }
    const [reviews, commits, events, activity] = await Promise.all([
      paginate(rest.pulls.listReviews, request),
      paginate(rest.pulls.listCommits, request),
      paginate(rest.issues.listEvents, { ...own, issue_number: pull.number, per_page: 100 }),
      pull.head.repo?.id === pull.base.repo.id ? pushesTo(pull.head.ref) : undefined,
    ])
    const isTold = isAsShown(commit, pull.head.sha, commits) || pull.changed_files > MOST_FILES
    const files = isTold ? undefined : await filesOf(pull.number, commit.id)
    return { pull, reviews, commits, events, activity, files }
  }

  function pushesTo(ref: string): Promise<readonly ActivityAnswer[]> {
    return paginate(rest.repos.listActivities, { ...own, ref: `refs/heads/${ref}`, per_page: 100 })
  }

  async function filesOf(number: number, sha: string): Promise<PullRequestAnswers["files"]> {
    const [reviewed, merged] = await Promise.all([
      paginate(rest.pulls.listFiles, { ...own, pull_number: number, per_page: 100 }),
      paginate(rest.repos.getCommit, { ...own, ref: sha, per_page: 100 }, ({ data }) => filesIn(data)),
    ])
    return { reviewed, merged }
  }
}

/** A commit's files go on over pages, each with the whole commit around them. */
function filesIn(data: unknown): FileAnswer[] {
  const { files } = data as { readonly files?: FileAnswer[] }
  return files ?? []
}
