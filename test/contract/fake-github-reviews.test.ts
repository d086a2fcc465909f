import type { Octokit } from "@octokit/rest"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { octokitFor, refusalOf } from "../support/github/asking.ts"
import type { Repository } from "../support/github/model.ts"
import type { Person } from "../support/github/people.ts"
import { type FakeGithub, startFakeGithub } from "../support/github/server.ts"

const REPOSITORY = { owner: "acme", repo: "bundles" }

let github: FakeGithub
let repository: Repository
let ada: Person
let bob: Person
let octokit: Octokit

beforeEach(async () => {
  github = await startFakeGithub()
  github.addUser({ login: "ada", id: 1, token: "token-of-ada" })
  github.addUser({ login: "bob", id: 2, token: "token-of-bob" })
  github.addUser({ login: "carol", id: 3, token: "token-of-carol" })
  github.addUser({ login: "github-actions[bot]", id: 41898282, type: "Bot" })
  repository = await github.addRepository("acme/bundles", {
    files: { "README.md": "x\n", "bundles/a.yaml": "one\ntwo\nthree\nfour\nfive\n" },
    roles: { ada: "write", bob: "write", carol: "admin" },
  })
  ada = github.person("ada", "acme/bundles")
  bob = github.person("bob", "acme/bundles")
  octokit = octokitFor(github, "token-of-ada")
})

afterEach(async () => {
  const violations = [...github.violations]
  await github.close()
  expect(violations).toEqual([])
})

async function opened(): Promise<number> {
  await ada.push("rotate", { "bundles/a.yaml": "one\ntwo\nthree\nfour\nsix\n" })
  return ada.open("rotate", "Rotate a")
}

describe("pull requests", () => {
  it("are merged by web-flow into a commit that names them", async () => {
    const pull_number = await opened()
    await bob.approve(pull_number)
    const sha = await bob.merge(pull_number)
    const { data } = await octokit.repos.listPullRequestsAssociatedWithCommit({ ...REPOSITORY, commit_sha: sha })
    expect(data.map(({ number, merge_commit_sha, merged_at }) => ({ number, merge_commit_sha, merged_at }))).toEqual([
      { number: pull_number, merge_commit_sha: sha, merged_at: "2026-11-22T12:00:00Z" },
    ])
    const { data: commit } = await octokit.repos.getCommit({ ...REPOSITORY, ref: sha })
    expect([commit.author?.login, commit.committer?.login, commit.parents.length]).toEqual(["bob", "web-flow", 2])
    expect(commit.files?.map(({ filename, status }) => [filename, status])).toEqual([["bundles/a.yaml", "modified"]])
    const pull = (await octokit.pulls.get({ ...REPOSITORY, pull_number })).data
    expect([pull.merged, pull.merged_by?.login, pull.commits, pull.changed_files]).toEqual([true, "bob", 1, 1])
  })

  it("are squashed into a commit of their author with one parent", async () => {
    const number = await opened()
    const sha = await bob.merge(number, "squash")
    const { data } = await octokit.repos.getCommit({ ...REPOSITORY, ref: sha })
    expect([data.author?.login, data.parents.length, data.commit.message]).toEqual(["ada", 1, "Rotate a (#1)"])
  })

  it("are found by a commit that an open one contains", async () => {
    const pull_number = await opened()
    const { data: list } = await octokit.pulls.listCommits({ ...REPOSITORY, pull_number })
    const [first] = list
    const { data } = await octokit.repos.listPullRequestsAssociatedWithCommit({
      ...REPOSITORY,
      commit_sha: first?.sha ?? "",
    })
    expect(data.map(({ number, merged_at }) => [number, merged_at])).toEqual([[pull_number, null]])
  })

  it("list their files, of a rename both names", async () => {
    await ada.push("move", { "bundles/a.yaml": null, "bundles/b.yaml": "one\ntwo\nthree\nfour\nfive\n" })
    const pull_number = await ada.open("move", "Move a")
    const { data } = await octokit.pulls.listFiles({ ...REPOSITORY, pull_number })
    expect(data.map(({ filename, previous_filename, status }) => [filename, previous_filename, status])).toEqual([
      ["bundles/b.yaml", "bundles/a.yaml", "renamed"],
    ])
  })

  it("are merged by REST only as the head that was seen", async () => {
    const pull_number = await opened()
    expect(await refusalOf(octokit.pulls.merge({ ...REPOSITORY, pull_number, sha: "0".repeat(40) }))).toEqual({
      status: 409,
      message: "Head branch was modified. Review and try the merge again.",
    })
    expect((await octokit.pulls.merge({ ...REPOSITORY, pull_number })).data.merged).toBe(true)
  })
})

describe("reviews", () => {
  it("stay with the commit that they were given for", async () => {
    const pull_number = await opened()
    await octokitFor(github, "token-of-bob").pulls.createReview({ ...REPOSITORY, pull_number, event: "APPROVE" })
    const after = await ada.push("rotate", { "bundles/a.yaml": "seven\n" })
    const { data } = await octokit.pulls.listReviews({ ...REPOSITORY, pull_number })
    expect(data.map(({ state, user }) => [state, user?.login])).toEqual([["APPROVED", "bob"]])
    expect(data[0]?.commit_id).not.toBe(after)
    expect((await octokit.pulls.get({ ...REPOSITORY, pull_number })).data.head.sha).toBe(after)
  })

  it("are overwritten in place when dismissed", async () => {
    const pull_number = await opened()
    const { id } = bob.approve(pull_number)
    const dismissal = { ...REPOSITORY, pull_number, review_id: id, message: "was about something else" }
    expect((await octokit.pulls.dismissReview(dismissal)).data.state).toBe("DISMISSED")
  })

  it("are not for one's own pull request", async () => {
    const pull_number = await opened()
    expect(await refusalOf(octokit.pulls.createReview({ ...REPOSITORY, pull_number, event: "APPROVE" }))).toEqual({
      status: 422,
      errors: ["Can not approve your own pull request"],
    })
  })
})

describe("the activity of a branch", () => {
  it("says who pushed, with force or without, and who merged", async () => {
    const start = repository.git.ref("refs/heads/main") ?? ""
    const number = await opened()
    await bob.push("rotate", { "bundles/a.yaml": "eight\n" }, { onto: start, force: true })
    const own = await octokit.repos.listActivities({ ...REPOSITORY, ref: "rotate" })
    expect(own.data.map(({ activity_type, actor }) => [activity_type, actor?.login])).toEqual([
      ["force_push", "bob"],
      ["branch_creation", "ada"],
    ])
    const after = await ada.merge(number)
    const main = await octokit.repos.listActivities({ ...REPOSITORY, ref: "main" })
    expect(main.data.map(one => [one.activity_type, one.before, one.after])).toEqual([["pr_merge", start, after]])
  })
})

const RULES = {
  name: "main",
  target: "branch" as const,
  enforcement: "active" as const,
  conditions: { ref_name: { include: ["~DEFAULT_BRANCH"], exclude: [] } },
  rules: [
    { type: "deletion" as const },
    { type: "non_fast_forward" as const },
    {
      type: "pull_request" as const,
      parameters: {
        required_approving_review_count: 1,
        dismiss_stale_reviews_on_push: true,
        require_code_owner_review: true,
        require_last_push_approval: true,
        required_review_thread_resolution: true,
      },
    },
  ],
}

describe("rulesets", () => {
  it("are written by administrators, and read of a branch by everybody", async () => {
    const carol = octokitFor(github, "token-of-carol")
    expect(await refusalOf(octokit.repos.createRepoRuleset({ ...REPOSITORY, ...RULES }))).toEqual({
      status: 404,
      message: "Not Found",
    })
    const { data: made } = await carol.repos.createRepoRuleset({ ...REPOSITORY, ...RULES })
    expect(made.bypass_actors).toEqual([])
    const { data: seen } = await octokit.repos.getRepoRuleset({ ...REPOSITORY, ruleset_id: made.id })
    expect(seen.bypass_actors).toBeUndefined()
    const { data } = await octokitFor(github).repos.getBranchRules({ ...REPOSITORY, branch: "main" })
    expect(data.map(({ type }) => type)).toEqual(["deletion", "non_fast_forward", "pull_request"])
    expect((await octokit.repos.getBranch({ ...REPOSITORY, branch: "main" })).data.protected).toBe(true)
  })

  it("let nothing into the branch but approved pull requests", async () => {
    await octokitFor(github, "token-of-carol").repos.createRepoRuleset({ ...REPOSITORY, ...RULES })
    await expect(ada.push("main", { x: "1" })).rejects.toMatchObject({ status: 422, message: /through a pull request/ })
    const number = await opened()
    await expect(ada.merge(number)).rejects.toMatchObject({ status: 405, message: /At least 1 approving review/ })
    bob.approve(number)
    await ada.push("rotate", { "bundles/a.yaml": "seven\n" })
    await expect(ada.merge(number)).rejects.toMatchObject({ status: 405 })
    bob.approve(number)
    await ada.merge(number)
  })
})

describe("issues and comments", () => {
  it("live from opening to closing, with labels that come to be", async () => {
    const { data: issue } = await octokit.issues.create({ ...REPOSITORY, title: "late", labels: ["scb"] })
    const at = { ...REPOSITORY, issue_number: issue.number }
    const { data: comment } = await octokit.issues.createComment({ ...at, body: "hello" })
    await octokit.issues.updateComment({ ...REPOSITORY, comment_id: comment.id, body: "hello again" })
    expect((await octokit.issues.listComments(at)).data.map(({ body }) => body)).toEqual(["hello again"])
    expect((await octokit.issues.listForRepo({ ...REPOSITORY, labels: "scb" })).data).toHaveLength(1)
    const { data } = await octokit.issues.update({ ...at, state: "closed", state_reason: "completed" })
    expect([data.state, data.state_reason]).toEqual(["closed", "completed"])
    expect((await octokit.issues.listForRepo(REPOSITORY)).data).toEqual([])
    expect((await octokit.issues.getLabel({ ...REPOSITORY, name: "scb" })).data.color).toBe("ededed")
  })
})

describe("check runs", () => {
  it("are for Apps alone, and gather annotations", async () => {
    github.addToken("job", { login: "github-actions[bot]", permissions: { checks: "write", contents: "read" } })
    const job = octokitFor(github, "job")
    const head_sha = repository.git.ref("refs/heads/main") ?? ""
    expect(await refusalOf(octokit.checks.create({ ...REPOSITORY, name: "scb", head_sha }))).toMatchObject({
      status: 403,
    })
    const { data: run } = await job.checks.create({ ...REPOSITORY, name: "scb", head_sha, status: "in_progress" })
    const annotation = {
      path: "bundles/a.yaml",
      start_line: 1,
      end_line: 1,
      annotation_level: "failure" as const,
      message: "no",
    }
    for (const title of ["one", "two"])
      await job.checks.update({
        ...REPOSITORY,
        check_run_id: run.id,
        conclusion: "failure",
        output: { title, summary: "all", annotations: [annotation] },
      })
    const { data } = await job.checks.listForRef({ ...REPOSITORY, ref: "main" })
    expect(
      data.check_runs.map(({ conclusion, output, status }) => [status, conclusion, output.annotations_count]),
    ).toEqual([["completed", "failure", 2]])
    expect((await job.checks.listAnnotations({ ...REPOSITORY, check_run_id: run.id })).data).toHaveLength(2)
  })
})

describe("files", () => {
  it("are read as they are at a commit, and written as who last read them", async () => {
    const at = { ...REPOSITORY, path: "bundles/a.yaml" }
    const { data } = await octokit.repos.getContent(at)
    if (Array.isArray(data) || data.type !== "file") throw new Error("no file")
    expect(Buffer.from(data.content, "base64").toString()).toBe("one\ntwo\nthree\nfour\nfive\n")
    const write = { ...at, message: "change", content: Buffer.from("new\n").toString("base64") }
    expect(await refusalOf(octokit.repos.createOrUpdateFileContents({ ...write, sha: "0".repeat(40) }))).toMatchObject({
      status: 409,
    })
    await octokit.repos.createOrUpdateFileContents({ ...write, sha: data.sha })
    const raw = await octokit.repos.getContent({ ...at, mediaType: { format: "raw" } })
    expect(raw.data).toBe("new\n")
    const listing = (await octokit.repos.getContent({ ...REPOSITORY, path: "bundles" })).data
    expect(Array.isArray(listing) ? listing.map(({ name }) => name) : []).toEqual(["a.yaml"])
    const plain = await fetch(`${github.urls.raw}/acme/bundles/main/bundles/a.yaml`)
    expect(await plain.text()).toBe("new\n")
  })

  it("are written as a tree, a commit and a ref", async () => {
    const before = repository.git.ref("refs/heads/main") ?? ""
    const blob = { path: "catalog/index.json", mode: "100644" as const, type: "blob" as const, content: "{}" }
    const { data: tree } = await octokit.git.createTree({ ...REPOSITORY, tree: [blob], base_tree: before })
    const commit = await octokit.git.createCommit({ ...REPOSITORY, tree: tree.sha, parents: [before], message: "x" })
    await octokit.git.updateRef({ ...REPOSITORY, ref: "heads/main", sha: commit.data.sha })
    const { data } = await octokit.repos.compareCommitsWithBasehead({ ...REPOSITORY, basehead: `${before}...main` })
    expect([data.status, data.ahead_by, data.files?.map(({ filename }) => filename)]).toEqual([
      "ahead",
      1,
      ["catalog/index.json"],
    ])
    expect((await octokit.repos.listCommits(REPOSITORY)).data).toHaveLength(2)
    expect((await octokit.git.getTree({ ...REPOSITORY, tree_sha: "main", recursive: "1" })).data.tree).toHaveLength(5)
  })
})

describe("workflows", () => {
  it("are dispatched by whoever may, and approved into an environment", async () => {
    github.addToken("job", { login: "github-actions[bot]", permissions: { actions: "write", contents: "write" } })
    const job = octokitFor(github, "job")
    await carolsFile(".github/workflows/publish.yaml", "on: {workflow_dispatch: {}}\n")
    await job.repos.createDispatchEvent({ ...REPOSITORY, event_type: "reconcile", client_payload: { a: 1 } })
    await job.actions.createWorkflowDispatch({ ...REPOSITORY, workflow_id: "publish.yaml", ref: "main" })
    expect(repository.dispatches.map(({ kind, name }) => [kind, name])).toEqual([
      ["repository", "reconcile"],
      ["workflow", "publish.yaml"],
    ])
    const carol = octokitFor(github, "token-of-carol")
    const reviewers = [{ type: "User" as const, id: 2 }]
    await carol.repos.createOrUpdateEnvironment({ ...REPOSITORY, environment_name: "signing", reviewers })
    const [run] = repository.runs
    if (run === undefined) throw new Error("no run")
    run.pending = ["signing"]
    const { data: pending } = await job.actions.getPendingDeploymentsForRun({ ...REPOSITORY, run_id: run.id })
    const environment_ids = pending.map(({ environment }) => environment.id ?? 0)
    await octokitFor(github, "token-of-bob").actions.reviewPendingDeploymentsForRun({
      ...REPOSITORY,
      run_id: run.id,
      environment_ids,
      state: "approved",
      comment: "go",
    })
    const { data } = await job.actions.getReviewsForRun({ ...REPOSITORY, run_id: run.id })
    expect(data.map(({ comment, state, user }) => [user.login, state, comment])).toEqual([["bob", "approved", "go"]])
    expect((await job.actions.listWorkflowRunsForRepo(REPOSITORY)).data.total_count).toBe(1)
    expect((await job.repos.getAllEnvironments(REPOSITORY)).data.total_count).toBe(1)
  })
})

async function carolsFile(path: string, content: string): Promise<void> {
  await github.person("carol", "acme/bundles").push("main", { [path]: content })
}

describe("settings", () => {
  it("tell of immutable releases, pages, code owners and one's own rights", async () => {
    const carol = octokitFor(github, "token-of-carol")
    const immutable = "/repos/{owner}/{repo}/immutable-releases"
    expect(await refusalOf(carol.request(`GET ${immutable}`, REPOSITORY))).toMatchObject({ status: 404 })
    await carol.request(`PUT ${immutable}`, REPOSITORY)
    expect((await carol.request(`GET ${immutable}`, REPOSITORY)).data).toEqual({
      enabled: true,
      enforced_by_owner: false,
    })
    await carolsFile(".github/CODEOWNERS", "* @ada\n/policies/ @nobody\n")
    expect(
      (await octokit.repos.codeownersErrors(REPOSITORY)).data.errors.map(({ line, kind }) => [line, kind]),
    ).toEqual([[2, "Unknown owner"]])
    repository.hasPages = true
    expect((await carol.repos.getPages(REPOSITORY)).data.build_type).toBe("workflow")
    expect((await octokit.repos.get(REPOSITORY)).data.permissions).toMatchObject({ push: true, admin: false })
    expect((await octokit.users.getAuthenticated()).data.id).toBe(1)
    expect((await octokit.rateLimit.get()).data.rate.limit).toBe(5000)
    const { data } = await octokit.repos.getCollaboratorPermissionLevel({ ...REPOSITORY, username: "bob" })
    expect(data.permission).toBe("write")
  })

  it("keep attestations by the digest of what they are about", async () => {
    github.addToken("job", { login: "github-actions[bot]", permissions: { attestations: "write" } })
    const statement = { subject: [{ name: "a", digest: { sha256: "ab".repeat(32) } }] }
    const dsseEnvelope = { payload: Buffer.from(JSON.stringify(statement)).toString("base64") }
    await octokitFor(github, "job").repos.createAttestation({ ...REPOSITORY, bundle: { dsseEnvelope } })
    const subject_digest = `sha256:${"ab".repeat(32)}`
    const { data } = await octokit.repos.listAttestations({ ...REPOSITORY, subject_digest })
    expect(data.attestations?.map(({ repository_id }) => repository_id)).toEqual([repository.id])
  })
})
