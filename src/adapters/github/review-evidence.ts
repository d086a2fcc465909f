import type {
  Actor,
  ApprovalContext,
  ChangeEvidence,
  Verdict,
  VerdictState,
} from "../../domain/authorization/evidence.ts"
import { formatInstant, type Instant, parseInstant } from "../../domain/instant.ts"
import type { MainCommit } from "../../ports.ts"
import type {
  AccountAnswer,
  ActivityAnswer,
  CommitAnswer,
  FileAnswer,
  IssueEventAnswer,
  PullRequestAnswer,
  ReviewAnswer,
  WholePullRequestAnswer,
} from "./answers.ts"

/** Where the policy expects changes to land. */
export interface ReviewedBranch {
  readonly repositoryId: number
  readonly branch: string
}

/** All that GitHub has answered about one merged pull request. */
export interface PullRequestAnswers {
  readonly pull: WholePullRequestAnswer
  readonly reviews: readonly ReviewAnswer[]
  readonly commits: readonly CommitAnswer[]
  readonly events: readonly IssueEventAnswer[]
  /** Of the head branch, newest first; undefined where it is in another repository, whose pushes GitHub does not tell. */
  readonly activity: readonly ActivityAnswer[] | undefined
  /** What the pull request shows, and what the merge did; undefined when {@link isAsShown} is enough to tell. */
  readonly files: { readonly reviewed: readonly FileAnswer[]; readonly merged: readonly FileAnswer[] } | undefined
}

/** Lists of GitHub end there: docs.github.com, "List pull requests files" and "List commits on a pull request". */
export const MOST_FILES = 3000
export const MOST_COMMITS = 250

/** The one pull request that became this commit, or the whole sentence that says why there is none. */
export function mergedPullRequest(
  commit: MainCommit,
  candidates: readonly PullRequestAnswer[],
): { readonly number: number } | { readonly problem: string } {
  const merged = candidates.filter(each => each.merged_at !== null && each.merge_commit_sha === commit.id)
  const [only, ...others] = merged
  if (only !== undefined && others.length === 0) return { number: only.number }
  if (only !== undefined)
    return { problem: `${short(commit.id)} is the merge of ${numbers(merged)}: one was expected.` }
  const parts = candidates.filter(each => each.merged_at !== null)
  if (parts.length === 0) return { problem: `${short(commit.id)} came without a pull request: somebody pushed it.` }
  const hint = "merge by squash or merge commit; a rebase leaves commits that nobody approved"
  return { problem: `${short(commit.id)} belongs to ${numbers(parts)}, but is not what merging made of it: ${hint}.` }
}

/** The head stands on what it was merged into, and is what is there now: what was shown is all that the merge did. */
export function isAsShown(
  { parents: [base], tree }: MainCommit,
  head: string,
  commits: readonly CommitAnswer[],
): boolean {
  const standsOnBase = commits.some(({ parents }) => parents.some(({ sha }) => sha === base))
  return standsOnBase && commits.find(({ sha }) => sha === head)?.commit.tree.sha === tree
}

/** Evidence that says only what could not be found out. */
export function noEvidence(
  commit: MainCommit,
  { repositoryId, branch }: ReviewedBranch,
  problem: string,
): ChangeEvidence {
  return {
    kind: "github-reviews",
    source: short(commit.id),
    context: contextOf(commit, { repositoryId, branch }),
    at: commit.committedAt,
    contributors: [],
    verdicts: [],
    problems: [problem],
  }
}

/** Judges nothing but what an answer is about; who counts is decided by the policy. */
export function reviewEvidence(
  commit: MainCommit,
  expected: ReviewedBranch,
  answers: PullRequestAnswers,
): ChangeEvidence {
  const { pull, reviews } = answers
  const at = instant(pull.merged_at) ?? commit.committedAt
  const people = contributorsOf(answers)
  return {
    kind: "github-reviews",
    source: `pull request #${pull.number}`,
    context: contextOf(commit, expected),
    at,
    contributors: people.contributors,
    verdicts: reviews.flatMap(review => verdictOf(review, { pull, mergedAt: at, retargetedAt: lastRetarget(answers) })),
    problems: [...CHECKS.flatMap(check => check(commit, expected, answers)), ...people.problems],
  }
}

type Check = (commit: MainCommit, expected: ReviewedBranch, answers: PullRequestAnswers) => readonly string[]

/** In the order in which a reader asks. Each answers with whole sentences, none when all is well. */
const CHECKS: readonly Check[] = [mergedAsThisCommit, mergedHere, listedInFull, mergedAsReviewed]

/** The list of pull requests of a commit may be older than the pull request itself. */
function mergedAsThisCommit(commit: MainCommit, _: ReviewedBranch, { pull }: PullRequestAnswers): readonly string[] {
  if (pull.merged_at !== null && pull.merge_commit_sha === commit.id) return []
  return [`Pull request #${pull.number} no longer says that ${short(commit.id)} is its merge.`]
}

function mergedHere(_: MainCommit, expected: ReviewedBranch, { pull }: PullRequestAnswers): readonly string[] {
  const { base, number } = pull
  return [
    ...(base.repo.id === expected.repositoryId
      ? []
      : [`Pull request #${number} is one of repository ${base.repo.id}, not of ${expected.repositoryId}.`]),
    ...(base.ref === expected.branch
      ? []
      : [`Pull request #${number} was for branch ${base.ref}, not for ${expected.branch}.`]),
  ]
}

function listedInFull(
  _: MainCommit,
  __: ReviewedBranch,
  { pull, commits, files: lists }: PullRequestAnswers,
): readonly string[] {
  const { number, changed_files: files } = pull
  return [
    ...(lists === undefined || lists.reviewed.length === files
      ? []
      : [`GitHub lists ${lists.reviewed.length} of the ${files} files of pull request #${number}.`]),
    ...(files > MOST_FILES
      ? [
          `Pull request #${number} changes ${files} files; GitHub shows at most ${MOST_FILES}, so nobody can have seen all.`,
        ]
      : []),
    ...(pull.commits > MOST_COMMITS
      ? [`Pull request #${number} has ${pull.commits} commits; GitHub lists at most ${MOST_COMMITS}.`]
      : pull.commits === commits.length && commits.some(({ sha }) => sha === pull.head.sha)
        ? []
        : [`GitHub lists ${commits.length} of the ${pull.commits} commits of pull request #${number}.`]),
  ]
}

/** What was approved is a head; what was merged is a tree, into which a base that has moved on brings changes of its own. */
function mergedAsReviewed(commit: MainCommit, _: ReviewedBranch, answers: PullRequestAnswers): readonly string[] {
  const { pull, files } = answers
  if (files === undefined) return []
  const [reviewed, merged] = [outcomes(files.reviewed), outcomes(files.merged)]
  const paths = [...new Set([...reviewed.keys(), ...merged.keys()])].sort()
  const other = paths.filter(path => reviewed.get(path) !== merged.get(path))
  const [first] = other
  if (first === undefined) return []
  const rest = other.length === 1 ? "" : ` and ${other.length - 1} more`
  return [
    `${short(commit.id)} holds other content than pull request #${pull.number} showed, in ${JSON.stringify(first)}${rest}: the branch below it had moved on. Update the branch before it is approved.`,
  ]
}

const GONE = "gone"

/** Path to the blob that is there afterwards. Whether GitHub calls it a rename or not makes no difference. */
function outcomes(files: readonly FileAnswer[]): ReadonlyMap<string, string> {
  return new Map(
    files.flatMap(({ filename, status, sha, previous_filename: before }) => [
      ...(status === "renamed" && before !== undefined ? [[before, GONE] as const] : []),
      [filename, status === "removed" ? GONE : (sha ?? "")] as const,
    ]),
  )
}

interface Contributors {
  readonly contributors: readonly Actor[]
  readonly problems: readonly string[]
}

/** Everybody who may have written part of it. What is missing here could approve its own work, so it is a problem. */
function contributorsOf({ pull, commits, activity }: PullRequestAnswers): Contributors {
  const byMail = accountsByMail(commits)
  const found: readonly (Actor | { readonly problem: string })[] = [
    actorOf(pull.user) ?? { problem: `The account that opened pull request #${pull.number} is gone.` },
    ...commits.flatMap(each => [
      actorOf(each.author) ?? nobody(each, "author"),
      ...(isWebFlow(each) ? [] : [actorOf(each.committer) ?? nobody(each, "committer")]),
      ...coAuthors(each.commit.message).map(mail => byMail.get(mail) ?? noreplyActor(mail) ?? stranger(each, mail)),
    ]),
    ...pushersOf(pull, commits, activity),
  ]
  return {
    contributors: distinct(found.flatMap(each => ("problem" in each ? [] : [each]))),
    problems: [...new Set(found.flatMap(each => ("problem" in each ? [each.problem] : [])))],
  }
}

function nobody({ sha }: CommitAnswer, role: string): { readonly problem: string } {
  return { problem: `The ${role} of ${short(sha)} has no GitHub account, so nobody can tell who it was.` }
}

function stranger({ sha }: CommitAnswer, mail: string): { readonly problem: string } {
  return {
    problem: `${short(sha)} names a co-author, ${mail}, whom GitHub does not tell: they could approve their own work.`,
  }
}

/**
 * The head was pushed by somebody whose name need not stand in any commit. A branch that was deleted and restored begins
 * anew with whoever restored it: what it held before was still pushed by others.
 */
function pushersOf(
  { number, head }: PullRequestAnswer,
  commits: readonly CommitAnswer[],
  activity: readonly ActivityAnswer[] | undefined,
): readonly (Actor | { readonly problem: string })[] {
  if (activity === undefined) {
    return [
      { problem: `Pull request #${number} comes from another repository; GitHub does not tell who pushed there.` },
    ]
  }
  const beginning = activity.findIndex(each => each.activity_type === "branch_creation")
  if (beginning === -1 || !activity.slice(0, beginning + 1).some(each => each.after === head.sha))
    return [{ problem: `GitHub does not tell who pushed ${short(head.sha)}, the head of pull request #${number}.` }]
  const known = new Set(commits.map(({ sha }) => sha))
  return activity
    .filter(({ activity_type: type, after }, index) =>
      index <= beginning ? type !== "branch_deletion" : known.has(after),
    )
    .map(each => actorOf(each.actor) ?? { problem: `The account that pushed ${short(each.after)} is gone.` })
}

/** Commits made on github.com. A committer by that name without GitHub's signature is anybody. */
function isWebFlow({ committer, commit }: CommitAnswer): boolean {
  return committer !== null && committer.login === "web-flow" && commit.verification?.verified === true
}

/** E-mail addresses of trailers, as `git interpret-trailers` and GitHub read them: in any case, anywhere in the message. */
function coAuthors(message: string): readonly string[] {
  return [...message.matchAll(/^\s*co-authored-by:.*?<([^<>\s]+)>\s*$/gim)].map(([, mail = ""]) => mail.toLowerCase())
}

function accountsByMail(commits: readonly CommitAnswer[]): ReadonlyMap<string, Actor> {
  const pairs = commits.flatMap(({ author, committer, commit }) => [
    [commit.author?.email, actorOf(author)] as const,
    [commit.committer?.email, actorOf(committer)] as const,
  ])
  return new Map(
    pairs.flatMap(([mail, actor]) =>
      mail == null || actor === undefined ? [] : [[mail.toLowerCase(), actor] as const],
    ),
  )
}

/** `<id>+<login>@users.noreply.github.com` says the account itself. */
function noreplyActor(mail: string): Actor | undefined {
  const [, id, login = ""] = /^(\d+)\+(.+)@users\.noreply\./.exec(mail) ?? []
  return id === undefined ? undefined : { github: Number(id), label: login, isBot: login.endsWith("[bot]") }
}

export function actorOf(account: AccountAnswer | null | undefined): Actor | undefined {
  if (account == null || account.id === undefined) return undefined
  const { id, login = `user ${id}`, type } = account
  return { github: id, label: login, isBot: type !== "User" }
}

function distinct(actors: readonly Actor[]): readonly Actor[] {
  return [...new Map(actors.map(each => [each.github, each])).values()]
}

interface Moments {
  readonly pull: PullRequestAnswer
  readonly mergedAt: Instant
  readonly retargetedAt: Instant | undefined
}

const STATES: Readonly<Record<string, VerdictState>> = {
  APPROVED: "approved",
  CHANGES_REQUESTED: "changes-requested",
  DISMISSED: "dismissed",
  COMMENTED: "commented",
}

const GHOST: Actor = { label: "a deleted account", isBot: false }

/** None for a review that its author has not sent off. */
function verdictOf(review: ReviewAnswer, moments: Moments): readonly Verdict[] {
  const at = instant(review.submitted_at)
  const state = STATES[review.state.toUpperCase()]
  if (at === undefined || state === undefined) return []
  const by = actorOf(review.user) ?? GHOST
  const voidBecause = VOIDS.flatMap(check => check({ review, at, state, ...moments }) ?? [])[0]
  return [{ by, state, at, id: `review ${review.id}`, ...(voidBecause === undefined ? {} : { voidBecause }) }]
}

interface ReviewMoments extends Moments {
  readonly review: ReviewAnswer
  readonly at: Instant
  readonly state: VerdictState
}

/** The first that answers says why it does not count. A request for changes stays one until it is taken back, whatever is pushed. */
const VOIDS: readonly ((each: ReviewMoments) => Verdict["voidBecause"])[] = [
  ({ review }) =>
    review.user === null
      ? { reason: "unknown-person", sentence: "Whoever gave it has deleted the account: nobody can tell who it was." }
      : undefined,
  ({ at, mergedAt }) =>
    at > mergedAt
      ? {
          reason: "too-late",
          sentence: `It was given at ${formatInstant(at)}, after the merge at ${formatInstant(mergedAt)}.`,
        }
      : undefined,
  ({ review, state, pull }) =>
    state === "approved" && review.commit_id !== pull.head.sha
      ? {
          reason: "stale",
          sentence: `It was for ${short(review.commit_id ?? "a commit that is gone")}; what was merged is ${short(pull.head.sha)}, which was pushed later.`,
        }
      : undefined,
  ({ at, state, pull, retargetedAt }) =>
    state === "approved" && retargetedAt !== undefined && at <= retargetedAt
      ? {
          reason: "other-context",
          sentence: `It was given before the pull request was pointed at ${pull.base.ref}, where it changes something else.`,
        }
      : undefined,
]

/** The same head is another change on another base. */
function lastRetarget({ events }: PullRequestAnswers): Instant | undefined {
  const times = events
    .filter(({ event }) => event === "base_ref_changed" || event === "automatic_base_change_succeeded")
    .flatMap(each => instant(each.created_at) ?? [])
  return times.sort((a, b) => a - b).at(-1)
}

function contextOf({ parents, tree }: MainCommit, { repositoryId, branch }: ReviewedBranch): ApprovalContext {
  return { repository: `github:${repositoryId}`, branch, base: parents[0] ?? "", tree }
}

function instant(text: string | null | undefined): Instant | undefined {
  return text == null ? undefined : parseInstant(text)
}

function numbers(pulls: readonly PullRequestAnswer[]): string {
  return pulls.map(({ number }) => `pull request #${number}`).join(" and ")
}

function short(sha: string): string {
  return /^[0-9a-f]{40}/.test(sha) ? `commit ${sha.slice(0, 12)}` : sha
}
