import {
  type Answer,
  type Call,
  created,
  type Endpoints,
  flagOf,
  instant,
  nodeId,
  notFound,
  ok,
  page,
  pageOf,
  pageUrl,
  Refusal,
  repositoryUrl,
  textOf,
  userJson,
} from "../call.ts"
import { isObject, type Json, type JsonObject } from "../contract.ts"
import type { Issue, Model, Pull, Repository, Review, User } from "../model.ts"
import { commitJson, commitNamed, diffOf, revisions, WEB_FLOW } from "./commits.ts"
import { noteActivity } from "./git.ts"
import { repositoryJson } from "./repositories.ts"
import { branchRules } from "./rules.ts"

/** Who does something to a repository, and when: by REST, or in a browser. */
export interface Acting {
  readonly model: Model
  readonly now: number
  readonly repository: Repository
  readonly user: User
}

export type PullIssue = Issue & { readonly pull: Pull }

export const pulls: Endpoints = {
  "pulls/list": {
    needs: ["pull-requests", "read"],
    answer(call) {
      const { query, repository } = call
      const state = query.get("state") ?? "open"
      const head = query.get("head")
      const base = query.get("base")
      const found = repository.issues
        .filter(isPull)
        .filter(issue => state === "all" || issue.state === state)
        .filter(({ pull }) => base === null || pull.base === base)
        .filter(({ pull }) => head === null || head === `${headOwner(repository, pull)}:${pull.head}`)
        .reverse()
      return page(call, found, issue => pullJson(call, issue))
    },
  },
  "pulls/get": {
    needs: ["pull-requests", "read"],
    answer: async call => ok(await fullPullJson(call, pullOf(call))),
  },
  "pulls/create": {
    needs: ["pull-requests", "write"],
    async answer(call) {
      const { body } = call
      const issue = await openPull(call, {
        title: textOf(body, "title") ?? "",
        head: (textOf(body, "head") ?? "").replace(/^[^:]*:/, ""),
        base: textOf(body, "base") ?? "",
        body: textOf(body, "body") ?? null,
        draft: flagOf(body, "draft") ?? false,
      })
      return created(await fullPullJson(call, issue))
    },
  },
  "pulls/update": {
    needs: ["pull-requests", "write"],
    async answer(call) {
      const issue = pullOf(call)
      issue.title = textOf(call.body, "title") ?? issue.title
      issue.body = textOf(call.body, "body") ?? issue.body
      const base = textOf(call.body, "base")
      if (base !== undefined && base !== issue.pull.base) retarget(call, issue, base)
      const state = textOf(call.body, "state")
      if (state === "open" || state === "closed") {
        issue.state = state
        issue.closedAt = state === "closed" ? instant(call.now) : null
      }
      issue.updatedAt = instant(call.now)
      return ok(await fullPullJson(call, issue))
    },
  },
  "pulls/list-commits": {
    needs: ["pull-requests", "read"],
    async answer(call) {
      // "Lists a maximum of 250 commits for a pull request."
      const shas = (await commitsOf(call, pullOf(call).pull)).slice(0, 250)
      const [shown, headers] = pageOf(call, shas)
      const body = await Promise.all(shown.map(async sha => commitJson(call, await call.repository.git.commit(sha))))
      return { status: 200, headers, body }
    },
  },
  "pulls/list-files": {
    needs: ["pull-requests", "read"],
    async answer(call) {
      const { pull } = pullOf(call)
      // "Responses include a maximum of 3000 files."
      const files = (await diffOf(call, await forkPoint(call, pull), pull.headSha)).slice(0, 3000)
      return page(call, files, file => file)
    },
  },
  "pulls/list-reviews": {
    needs: ["pull-requests", "read"],
    answer(call) {
      const issue = pullOf(call)
      return page(call, issue.pull.reviews, review => reviewJson(call, issue, review))
    },
  },
  "pulls/create-review": {
    needs: ["pull-requests", "write"],
    answer(call) {
      const issue = pullOf(call)
      const commit = textOf(call.body, "commit_id") ?? issue.pull.headSha
      const event = textOf(call.body, "event") as ReviewEvent | undefined
      const review = addReview(call, issue, event ?? "PENDING", textOf(call.body, "body") ?? "", commit)
      return ok(reviewJson(call, issue, review))
    },
  },
  "pulls/dismiss-review": {
    needs: ["pull-requests", "write"],
    answer(call) {
      const issue = pullOf(call)
      const review = issue.pull.reviews.find(({ id }) => String(id) === call.path["review_id"])
      if (review === undefined) throw notFound()
      dismissReview(review)
      return ok(reviewJson(call, issue, review))
    },
  },
  "pulls/merge": { needs: ["contents", "write"], answer: mergeAnswer },
  "repos/list-pull-requests-associated-with-commit": {
    needs: ["pull-requests", "read"],
    async answer(call) {
      const sha = (await commitNamed(call, call.path["commit_sha"] ?? "")).sha
      const found: PullIssue[] = []
      for (const issue of call.repository.issues.filter(isPull)) {
        const isOpen = issue.state === "open" || issue.pull.mergedAt !== null
        // Also open ones that contain the commit.
        if (isOpen && (issue.pull.mergeCommit === sha || (await commitsOf(call, issue.pull)).includes(sha)))
          found.push(issue)
      }
      return page(call, found, issue => pullJson(call, issue))
    },
  },
}

export function isPull(issue: Issue): issue is PullIssue {
  return issue.pull !== undefined
}

function pullOf({ path, repository }: Call): PullIssue {
  return pullNumbered(repository, Number(path["pull_number"]))
}

export function pullNumbered(repository: Repository, number: number): PullIssue {
  const found = repository.issues.filter(isPull).find(issue => issue.number === number)
  if (found === undefined) throw notFound()
  return found
}

export interface NewPull {
  readonly title: string
  readonly head: string
  readonly base: string
  readonly body: string | null
  readonly draft: boolean
  /** `owner/name` of the fork that the branch is said to be in. */
  readonly fork?: string
}

export async function openPull({ model, now, repository, user }: Acting, wanted: NewPull): Promise<PullIssue> {
  const { base, body, draft, fork, head, title } = wanted
  const [headSha, baseSha] = [repository.git.ref(`refs/heads/${head}`), repository.git.ref(`refs/heads/${base}`)]
  const refuse = (field: string): Refusal =>
    new Refusal(422, "Validation Failed", [{ resource: "PullRequest", field, code: "invalid" }])
  if (headSha === undefined) throw refuse("head")
  if (baseSha === undefined) throw refuse("base")
  const custom = (message: string): Refusal =>
    new Refusal(422, "Validation Failed", [{ resource: "PullRequest", code: "custom", message }])
  if (await repository.git.isAncestor(headSha, baseSha)) throw custom(`No commits between ${base} and ${head}`)
  if (
    repository.issues
      .filter(isPull)
      .some(({ pull, state }) => state === "open" && pull.head === head && pull.base === base)
  )
    throw custom(`A pull request already exists for ${repository.owner.login}:${head}.`)
  const issue: PullIssue = {
    ...newIssue({ model, now, repository, user }, title, body),
    pull: {
      head,
      headSha,
      base,
      baseSha,
      draft,
      mergedAt: null,
      mergedBy: null,
      mergeCommit: null,
      reviews: [],
      retargets: [],
      ...(fork === undefined ? {} : { fork }),
    },
  }
  repository.issues.push(issue)
  return issue
}

export function newIssue({ model, now, repository, user }: Acting, title: string, body: string | null): Issue {
  return {
    id: model.nextId(),
    number: repository.issues.length + 1,
    title,
    body,
    user,
    state: "open",
    stateReason: null,
    labels: [],
    comments: [],
    createdAt: instant(now),
    updatedAt: instant(now),
    closedAt: null,
  }
}

export type ReviewEvent = "APPROVE" | "REQUEST_CHANGES" | "COMMENT" | "PENDING"
const STATES = {
  APPROVE: "APPROVED",
  REQUEST_CHANGES: "CHANGES_REQUESTED",
  COMMENT: "COMMENTED",
  PENDING: "PENDING",
} as const

export function addReview(
  { model, now, user }: Acting,
  { pull, user: author }: PullIssue,
  event: ReviewEvent,
  body: string,
  commit: string,
): Review {
  const isVerdict = event === "APPROVE" || event === "REQUEST_CHANGES"
  if (isVerdict && user.id === author.id) {
    const what = event === "APPROVE" ? "approve" : "request changes on"
    throw new Refusal(422, "Unprocessable Entity", [`Can not ${what} your own pull request`])
  }
  const review: Review = { id: model.nextId(), user, state: STATES[event], body, commit, submittedAt: instant(now) }
  pull.reviews.push(review)
  return review
}

/** Approvals stay as they are: what they were given for was another change. */
export function retarget({ model, now, repository, user }: Acting, { pull }: PullIssue, base: string): void {
  const sha = repository.git.ref(`refs/heads/${base}`)
  if (sha === undefined)
    throw new Refusal(422, "Validation Failed", [{ resource: "PullRequest", field: "base", code: "invalid" }])
  pull.base = base
  pull.baseSha = sha
  pull.retargets.push({ id: model.nextId(), actor: user, at: instant(now) })
}

/** The state is overwritten in place: that it once was an approval is gone from the list. */
export function dismissReview(review: Review): void {
  if (review.state !== "APPROVED" && review.state !== "CHANGES_REQUESTED")
    throw new Refusal(422, "Validation Failed", [`Can not dismiss a ${review.state.toLowerCase()} pull request review`])
  review.state = "DISMISSED"
}

async function mergeAnswer(call: Call): Promise<Answer> {
  const issue = pullOf(call)
  const method = textOf(call.body, "merge_method") ?? "merge"
  const expected = textOf(call.body, "sha")
  if (expected !== undefined && expected !== issue.pull.headSha)
    throw new Refusal(409, "Head branch was modified. Review and try the merge again.")
  const title = textOf(call.body, "commit_title")
  const sha = await mergePull(call, issue, method === "squash" ? "squash" : "merge", title)
  return ok({ sha, merged: true, message: "Pull Request successfully merged" })
}

/** Makes the commit on the base branch that GitHub would: by web-flow, authored by who merges, of a squash by who opened. */
export async function mergePull(
  acting: Acting,
  issue: PullIssue,
  method: "merge" | "squash",
  title?: string,
): Promise<string> {
  const { now, repository, user } = acting
  const { git } = repository
  const { pull } = issue
  const ref = `refs/heads/${pull.base}`
  const base = git.ref(ref)
  if (issue.state !== "open" || base === undefined) throw new Refusal(405, "Pull Request is not mergeable")
  const missing = missingForMerge(repository, issue)
  if (missing !== undefined) throw new Refusal(405, `Repository rule violations found\n\n${missing}\n`)
  const merged = await git.git(["merge-tree", "--write-tree", base, pull.headSha]).catch(() => undefined)
  const tree = merged?.toString().split("\n")[0]
  if (tree === undefined) throw new Refusal(405, "Pull Request is not mergeable")
  const committer = { name: "GitHub", email: WEB_FLOW.email, at: now }
  const author = method === "merge" ? user : issue.user
  const sha = await git.writeCommit({
    tree,
    parents: method === "merge" ? [base, pull.headSha] : [base],
    message:
      method === "merge"
        ? `${title ?? `Merge pull request #${issue.number} from ${headOwner(repository, pull)}/${pull.head}`}\n\n${issue.title}\n`
        : `${title ?? `${issue.title} (#${issue.number})`}\n`,
    author: { name: author.login, email: author.email, at: now },
    committer,
  })
  if (git.updateRef(ref, sha, base) !== "done")
    throw new Refusal(409, "Base branch was modified. Review and try the merge again.")
  pull.mergeCommit = sha
  pull.mergedAt = instant(now)
  pull.mergedBy = user
  pull.baseSha = base
  issue.state = "closed"
  issue.closedAt = instant(now)
  noteActivity(acting, ref, base, sha, "pr_merge")
  return sha
}

/** docs.github.com, "Available rules for rulesets", of "Require a pull request before merging". */
function missingForMerge(repository: Repository, { pull, user: author }: PullIssue): string | undefined {
  for (const { rule } of branchRules(repository, pull.base)) {
    const parameters = isObject(rule["parameters"]) ? rule["parameters"] : {}
    if (rule["type"] !== "pull_request") continue
    const count = Number(parameters["required_approving_review_count"] ?? 0)
    const latest = new Map<number, Review>()
    for (const review of pull.reviews)
      if (review.user !== null && review.state !== "COMMENTED" && review.state !== "PENDING")
        latest.set(review.user.id, review)
    const approving = [...latest.values()].filter(
      ({ commit, state, user }) =>
        state === "APPROVED" &&
        user !== null &&
        user.id !== author.id &&
        ["admin", "write"].includes(repository.roles.get(user.login.toLowerCase()) ?? "") &&
        (flagOf(parameters, "dismiss_stale_reviews_on_push") !== true || commit === pull.headSha),
    )
    if ([...latest.values()].some(({ state }) => state === "CHANGES_REQUESTED")) return "Changes have been requested."
    if (approving.length < count)
      return `At least ${count} approving review${count === 1 ? " is" : "s are"} required by reviewers with write access.`
  }
  return undefined
}

const forkPoint = async ({ repository }: Pick<Call, "repository">, pull: Pull): Promise<string> =>
  (await repository.git.git(["merge-base", pull.baseSha, pull.headSha])).toString().trim()

/** Oldest first. */
export async function commitsOf(call: Pick<Call, "repository">, pull: Pull): Promise<readonly string[]> {
  return [...(await revisions(call, [pull.headSha, `^${pull.baseSha}`]))].reverse()
}

const headOwner = ({ owner }: Repository, { fork }: Pull): string => fork?.split("/")[0] ?? owner.login

export function associationOf({ owner, roles }: Repository, user: User | null): string {
  if (user === null) return "NONE"
  return user.id === owner.id ? "OWNER" : roles.has(user.login.toLowerCase()) ? "COLLABORATOR" : "NONE"
}

/** schema `pull-request-simple` */
function pullJson(call: Call, issue: PullIssue): JsonObject {
  const { pull } = issue
  const { repository } = call
  const url = `${repositoryUrl(call)}/pulls/${issue.number}`
  const issueUrl = `${repositoryUrl(call)}/issues/${issue.number}`
  const html = `${pageUrl(call)}/pull/${issue.number}`
  const repo = repositoryJson(call)
  const forkOwner =
    pull.fork === undefined
      ? repository.owner
      : (call.model.users.get(headOwner(repository, pull).toLowerCase()) ?? issue.user)
  const headRepo =
    pull.fork === undefined
      ? repo
      : { ...repo, id: repository.id + 1, full_name: pull.fork, owner: userJson(call, forkOwner), fork: true }
  const links = {
    self: url,
    html,
    issue: issueUrl,
    comments: `${issueUrl}/comments`,
    review_comments: `${url}/comments`,
    review_comment: `${repositoryUrl(call)}/pulls/comments{/number}`,
    commits: `${url}/commits`,
    statuses: `${repositoryUrl(call)}/statuses/${pull.headSha}`,
  }
  return {
    url,
    id: issue.id,
    node_id: nodeId("PullRequest", issue.id),
    html_url: html,
    diff_url: `${html}.diff`,
    patch_url: `${html}.patch`,
    issue_url: issueUrl,
    commits_url: links.commits,
    review_comments_url: links.review_comments,
    review_comment_url: links.review_comment,
    comments_url: links.comments,
    statuses_url: links.statuses,
    number: issue.number,
    state: issue.state,
    locked: false,
    title: issue.title,
    user: userJson(call, issue.user),
    body: issue.body,
    labels: [],
    milestone: null,
    active_lock_reason: null,
    created_at: issue.createdAt,
    updated_at: issue.updatedAt,
    closed_at: issue.closedAt,
    merged_at: pull.mergedAt,
    merge_commit_sha: pull.mergeCommit,
    assignee: null,
    assignees: [],
    requested_reviewers: [],
    requested_teams: [],
    head: {
      label: `${headOwner(repository, pull)}:${pull.head}`,
      ref: pull.head,
      sha: pull.headSha,
      user: userJson(call, forkOwner),
      repo: headRepo,
    },
    base: {
      label: `${repository.owner.login}:${pull.base}`,
      ref: pull.base,
      sha: pull.baseSha,
      user: userJson(call, repository.owner),
      repo,
    },
    _links: Object.fromEntries(Object.entries(links).map(([name, href]) => [name, { href }])),
    author_association: associationOf(repository, issue.user),
    auto_merge: null,
    draft: pull.draft,
  }
}

/** schema `pull-request` */
async function fullPullJson(call: Call, issue: PullIssue): Promise<JsonObject> {
  const { pull } = issue
  const files = await diffOf(call, await forkPoint(call, pull), pull.headSha)
  const total = (name: string): number => files.reduce((sum, file) => sum + Number(file[name]), 0)
  const merged = pull.mergedAt !== null
  const mergedBy: Json = pull.mergedBy === null ? null : userJson(call, pull.mergedBy)
  return {
    ...pullJson(call, issue),
    merged,
    mergeable: merged ? null : true,
    rebaseable: merged ? null : true,
    mergeable_state: merged ? "unknown" : "clean",
    merged_by: mergedBy,
    comments: issue.comments.length,
    review_comments: 0,
    maintainer_can_modify: false,
    commits: (await commitsOf(call, pull)).length,
    additions: total("additions"),
    deletions: total("deletions"),
    changed_files: files.length,
  }
}

/** schema `pull-request-review` */
function reviewJson(call: Call, { number }: PullIssue, review: Review): JsonObject {
  const html = `${pageUrl(call)}/pull/${number}#pullrequestreview-${review.id}`
  const pull = `${repositoryUrl(call)}/pulls/${number}`
  return {
    id: review.id,
    node_id: nodeId("PullRequestReview", review.id),
    user: review.user === null ? null : userJson(call, review.user),
    body: review.body,
    state: review.state,
    html_url: html,
    pull_request_url: pull,
    _links: { html: { href: html }, pull_request: { href: pull } },
    ...(review.state === "PENDING" ? {} : { submitted_at: review.submittedAt }),
    commit_id: review.commit,
    author_association: associationOf(call.repository, review.user),
  }
}
