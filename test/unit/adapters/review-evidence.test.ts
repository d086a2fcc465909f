import { describe, expect, it } from "vitest"
import type { CommitAnswer, ReviewAnswer } from "../../../src/adapters/github/answers.ts"
import {
  mergedPullRequest,
  type PullRequestAnswers,
  reviewEvidence,
} from "../../../src/adapters/github/review-evidence.ts"
import { type Instant, parseInstant } from "../../../src/domain/instant.ts"
import type { MainCommit } from "../../../src/ports.ts"

const at = (text: string): Instant => parseInstant(text) as Instant
const sha = (digit: string): string => digit.repeat(40)
const [ada, bob, eve] = [
  { id: 1, login: "ada", type: "User" },
  { id: 2, login: "bob", type: "User" },
  { id: 3, login: "eve", type: "User" },
]
const webFlow = { id: 19_864_447, login: "web-flow", type: "User" }
const EXPECTED = { repositoryId: 42, branch: "main" }

const merge: MainCommit = {
  id: sha("c"),
  parents: [sha("b")],
  tree: sha("d"),
  committedAt: at("2026-11-22T09:00:00Z"),
  message: "Add bob (#7)",
}

function commit(more: Partial<CommitAnswer> = {}, message = "Add bob"): CommitAnswer {
  const signature = { email: "ada@example.com" }
  return {
    sha: sha("a"),
    author: ada,
    committer: ada,
    parents: [{ sha: sha("b") }],
    commit: { message, author: signature, committer: signature, tree: { sha: sha("d") } },
    ...more,
  }
}

function review(more: Partial<ReviewAnswer> = {}): ReviewAnswer {
  return {
    id: 1,
    user: bob,
    state: "APPROVED",
    commit_id: sha("a"),
    submitted_at: "2026-11-22T08:00:00Z",
    ...more,
  }
}

const pull: PullRequestAnswers["pull"] = {
  number: 7,
  merged_at: "2026-11-22T09:00:00Z",
  merge_commit_sha: merge.id,
  user: ada,
  base: { ref: "main", repo: { id: 42 } },
  head: { ref: "add-bob", sha: sha("a"), repo: { id: 42 } },
  commits: 1,
  changed_files: 1,
}

const good: PullRequestAnswers = {
  pull,
  reviews: [review()],
  commits: [commit()],
  events: [],
  activity: [{ activity_type: "branch_creation", after: sha("a"), actor: ada }],
  files: undefined,
}

const evidence = (more: Partial<PullRequestAnswers> = {}) => reviewEvidence(merge, EXPECTED, { ...good, ...more })
const labels = (more: Partial<PullRequestAnswers>) => evidence(more).contributors.map(({ label }) => label)
const voided = (given: Partial<ReviewAnswer>, more: Partial<PullRequestAnswers> = {}) =>
  evidence({ reviews: [review(given)], ...more }).verdicts[0]?.voidBecause?.reason

describe("the pull request of a commit", () => {
  it("is the merged one whose merge commit it is", () => {
    const open = { ...pull, number: 8, merged_at: null, merge_commit_sha: merge.id }
    expect(mergedPullRequest(merge, [open, pull])).toEqual({ number: 7 })
  })

  it.each([
    ["missing for a direct push", [], /came without a pull request/],
    ["missing where the commit is only in an open one", [{ ...pull, merged_at: null }], /came without/],
    ["missing for the inner commit of a rebase", [{ ...pull, merge_commit_sha: sha("e") }], /squash/],
    ["ambiguous where two claim it", [pull, { ...pull, number: 8 }], /#7 and pull request #8: one was expected/],
  ] as const)("is %s", (_, candidates, expected) => {
    expect(mergedPullRequest(merge, candidates)).toEqual({ problem: expect.stringMatching(expected) })
  })
})

describe("evidence of a merged pull request", () => {
  it("binds to repository, branch, first parent and tree, and has no problem when all is well", () => {
    expect(evidence()).toEqual({
      kind: "github-reviews",
      source: "pull request #7",
      context: { repository: "github:42", branch: "main", base: sha("b"), tree: sha("d") },
      at: at("2026-11-22T09:00:00Z"),
      contributors: [{ github: 1, label: "ada", isBot: false }],
      verdicts: [
        {
          by: { github: 2, label: "bob", isBot: false },
          state: "approved",
          at: at("2026-11-22T08:00:00Z"),
          id: "review 1",
        },
      ],
      problems: [],
    })
  })

  it.each<readonly [string, Partial<PullRequestAnswers>]>([
    ["was merged into another repository", { pull: { ...pull, base: { ref: "main", repo: { id: 43 } } } }],
    ["was merged into another branch", { pull: { ...pull, base: { ref: "dev", repo: { id: 42 } } } }],
    ["became another commit", { pull: { ...pull, merge_commit_sha: sha("e") } }],
    ["changes more files than GitHub shows", { pull: { ...pull, changed_files: 3001 } }],
    ["has more commits than GitHub lists", { pull: { ...pull, commits: 251 } }],
    ["has commits that are not in the list", { pull: { ...pull, commits: 2 } }],
    ["has no author any more", { pull: { ...pull, user: null } }],
    ["has a commit whose author has no account", { commits: [commit({ author: null })] }],
    ["has a commit whose committer has none", { commits: [commit({ committer: {} })] }],
    ["names a stranger as co-author", { commits: [commit({}, "x\n\nCo-Authored-By: Eve <eve@example.com>")] }],
    ["comes from a fork", { activity: undefined }],
    ["has a head that nobody is known to have pushed", { activity: [] }],
    [
      "has a branch whose first pushes are not in the list",
      { activity: [{ activity_type: "push", after: sha("a"), actor: ada }] },
    ],
  ])("has a problem when the pull request %s", (_, answers) => {
    expect(evidence(answers).problems).toHaveLength(1)
  })

  it("has a problem when the merge holds other content than was shown", () => {
    const file = { filename: "bundles/a.yaml", status: "modified", sha: sha("1") }
    const other = { ...file, sha: sha("2") }
    expect(evidence({ files: { reviewed: [file], merged: [file] } }).problems).toEqual([])
    expect(evidence({ files: { reviewed: [file], merged: [other] } }).problems).toEqual([
      expect.stringContaining('"bundles/a.yaml"'),
    ])
    expect(evidence({ files: { reviewed: [file], merged: [file, { ...file, filename: "b" }] } }).problems).toHaveLength(
      1,
    )
  })

  it("has a problem when the list of files is cut short", () => {
    const file = { filename: "bundles/a.yaml", status: "modified", sha: sha("1") }
    const cut = evidence({ pull: { ...pull, changed_files: 2 }, files: { reviewed: [file], merged: [file] } })
    expect(cut.problems).toEqual(["GitHub lists 1 of the 2 files of pull request #7."])
  })

  it("does not care whether GitHub calls it a rename", () => {
    const renamed = { filename: "new", status: "renamed", sha: sha("1"), previous_filename: "old" }
    const apart = [
      { filename: "old", status: "removed", sha: sha("1") },
      { filename: "new", status: "added", sha: sha("1") },
    ]
    expect(evidence({ files: { reviewed: [renamed], merged: apart } }).problems).toEqual([])
  })
})

describe("contributors", () => {
  const signed = { verification: { verified: true } }

  it("are authors, committers, co-authors and pushers, each once", () => {
    const first = commit({ sha: sha("9"), committer: bob })
    const second = commit(
      {},
      "x\n\nco-authored-by: E <3+eve@users.noreply.github.com>\nCo-authored-by: A <ADA@example.com>",
    )
    const activity = [
      { activity_type: "push", after: sha("a"), actor: { id: 5, login: "pat", type: "User" } },
      { activity_type: "branch_creation", after: sha("9"), actor: ada },
      { activity_type: "push", after: sha("8"), actor: { id: 6, login: "before", type: "User" } },
    ]
    const more = { pull: { ...pull, commits: 2 }, commits: [first, second], activity }
    expect(labels(more)).toEqual(["ada", "bob", "eve", "pat"])
    expect(evidence(more).problems).toEqual([])
  })

  it("are those who pushed it before the branch was deleted and restored, too", () => {
    const activity = [
      { activity_type: "branch_creation", after: sha("a"), actor: ada },
      { activity_type: "branch_deletion", after: sha("0"), actor: ada },
      { activity_type: "push", after: sha("a"), actor: bob },
      { activity_type: "branch_creation", after: sha("8"), actor: ada },
    ]
    expect(labels({ activity })).toEqual(["ada", "bob"])
    expect(evidence({ activity }).problems).toEqual([])
  })

  it("are not GitHub itself where it made a commit for somebody", () => {
    const made = commit({ committer: webFlow })
    expect(labels({ commits: [{ ...made, commit: { ...made.commit, ...signed } }] })).toEqual(["ada"])
    expect(labels({ commits: [made] })).toEqual(["ada", "web-flow"]) // anybody can commit in GitHub's name, unsigned
  })

  it("may be bots", () => {
    const bot = { id: 9, login: "renovate[bot]", type: "Bot" }
    expect(evidence({ pull: { ...pull, user: bot } }).contributors[0]).toEqual({
      github: 9,
      label: "renovate[bot]",
      isBot: true,
    })
  })
})

describe("verdicts", () => {
  it.each([
    ["stale", { commit_id: sha("9") }],
    ["stale", { commit_id: null }],
    ["too-late", { submitted_at: "2026-11-22T09:00:01Z" }],
    ["unknown-person", { user: null }],
  ] as const)("are void, being %s", (reason, given) => {
    expect(voided(given)).toBe(reason)
  })

  it("are void when the pull request was pointed at another base since", () => {
    const events = [{ event: "base_ref_changed", created_at: "2026-11-22T08:30:00Z" }]
    expect(voided({}, { events })).toBe("other-context")
    expect(voided({ submitted_at: "2026-11-22T08:30:00Z" }, { events })).toBe("other-context")
    expect(voided({ submitted_at: "2026-11-22T08:31:00Z" }, { events })).toBeUndefined()
  })

  it("go on being requests for changes whatever is pushed", () => {
    expect(voided({ state: "CHANGES_REQUESTED", commit_id: sha("9") })).toBeUndefined()
  })

  it("are given in full and in order, also those that do not count", () => {
    const states = ["APPROVED", "COMMENTED", "CHANGES_REQUESTED", "DISMISSED", "PENDING"]
    const reviews = states.map((state, id) => review({ id, state, user: eve }))
    expect(evidence({ reviews }).verdicts.map(({ state }) => state)).toEqual([
      "approved",
      "commented",
      "changes-requested",
      "dismissed",
    ])
  })

  it("tell bots from people", () => {
    const user = { id: 41_898_282, login: "github-actions[bot]", type: "Bot" }
    expect(evidence({ reviews: [review({ user })] }).verdicts[0]?.by.isBot).toBe(true)
  })
})
