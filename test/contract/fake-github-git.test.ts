import { execFile } from "node:child_process"
import { join } from "node:path"
import { promisify } from "node:util"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { temporaryDirectory, writeFiles } from "../support/git.ts"
import { octokitFor } from "../support/github/asking.ts"
import type { Repository } from "../support/github/model.ts"
import { type FakeGithub, startFakeGithub } from "../support/github/server.ts"

const REPOSITORY = { owner: "acme", repo: "bundles" }
const run = promisify(execFile)

let github: FakeGithub
let repository: Repository
let folder: ReturnType<typeof temporaryDirectory>
let clone: string

beforeEach(async () => {
  folder = temporaryDirectory()
  github = await startFakeGithub()
  github.addUser({ login: "ada", id: 1, token: "token-of-ada" })
  github.addUser({ login: "eve", id: 2, token: "token-of-eve" })
  repository = await github.addRepository("acme/bundles", { files: { "README.md": "x\n" }, roles: { ada: "write" } })
  clone = join(folder.path, "clone")
})

afterEach(async () => {
  const violations = [...github.violations]
  await github.close()
  folder.remove()
  expect(violations).toEqual([])
})

/** Beside the server's own thread: it has to answer meanwhile. */
async function git(token: string | undefined, ...args: string[]): Promise<string> {
  const basic = Buffer.from(`x-access-token:${token}`).toString("base64")
  const login = token === undefined ? [] : ["-c", `http.extraheader=Authorization: Basic ${basic}`]
  const { stdout } = await run("git", [...login, ...args], {
    env: {
      PATH: process.env["PATH"],
      HOME: folder.path,
      GIT_CONFIG_NOSYSTEM: "1",
      GIT_TERMINAL_PROMPT: "0",
      GIT_AUTHOR_NAME: "Ada",
      GIT_AUTHOR_EMAIL: "ada@example.com",
      GIT_COMMITTER_NAME: "Ada",
      GIT_COMMITTER_EMAIL: "ada@example.com",
    },
  })
  return stdout.trim()
}

const address = () => `${github.urls.web}/acme/bundles.git`

async function cloned(): Promise<void> {
  await git(undefined, "clone", "--quiet", address(), clone)
}

async function commit(content: string): Promise<string> {
  writeFiles(clone, { "README.md": content })
  await git(undefined, "-C", clone, "commit", "--quiet", "--all", "--message", content)
  return git(undefined, "-C", clone, "rev-parse", "HEAD")
}

const push = (token: string | undefined, ...args: string[]) =>
  git(token, "-C", clone, "push", "--quiet", "origin", ...args)

describe("git and REST", () => {
  it("see the same repository", async () => {
    await cloned()
    const id = await commit("y\n")
    await push("token-of-ada", "HEAD:refs/heads/main", "HEAD:refs/heads/ledger")
    const octokit = octokitFor(github, "token-of-ada")
    expect((await octokit.git.getRef({ ...REPOSITORY, ref: "heads/ledger" })).data.object.sha).toBe(id)
    const { data } = await octokit.repos.listActivities(REPOSITORY)
    expect(data.map(({ activity_type, actor, ref }) => [activity_type, actor?.login, ref])).toEqual([
      ["branch_creation", "ada", "refs/heads/ledger"],
      ["push", "ada", "refs/heads/main"],
    ])
    await octokit.git.createRef({ ...REPOSITORY, ref: "refs/heads/other", sha: id })
    expect(await git(undefined, "ls-remote", address(), "other")).toBe(`${id}\trefs/heads/other`)
  })

  it("let one of two win who push from the same commit", async () => {
    await cloned()
    const [base, other] = [await git(undefined, "-C", clone, "rev-parse", "HEAD"), join(folder.path, "other")]
    await git(undefined, "clone", "--quiet", address(), other)
    await commit("mine\n")
    await push("token-of-ada", "HEAD:main")
    const stale = ["push", `--force-with-lease=main:${base}`, "origin", "HEAD~0:main"]
    await git(undefined, "-C", other, "commit", "--quiet", "--allow-empty", "--message=theirs")
    await expect(git("token-of-ada", "-C", other, ...stale)).rejects.toThrow(/stale info/)
  })
})

describe("pushing", () => {
  it("is for those who may write", async () => {
    await cloned()
    await commit("y\n")
    await expect(push(undefined, "HEAD:main")).rejects.toThrow(/could not read Username|Authentication failed/)
    await expect(push("token-of-eve", "HEAD:main")).rejects.toThrow(/403/)
    await expect(push("token-of-nobody", "HEAD:main")).rejects.toThrow()
    expect(repository.activity).toEqual([])
  })

  it("keeps to the rules of the branch", async () => {
    const ref_name = { include: ["refs/heads/ledger"], exclude: [] }
    const values = { name: "x", target: "branch", enforcement: "active", conditions: { ref_name } }
    const rules = [{ type: "non_fast_forward" }, { type: "deletion" }]
    await cloned()
    await push("token-of-ada", "HEAD:refs/heads/ledger")
    repository.rulesets.push({ id: 1, values: { ...values, rules } })
    await git(undefined, "-C", clone, "commit", "--quiet", "--amend", "--message=rewritten")
    await expect(push("token-of-ada", "--force", "HEAD:ledger")).rejects.toThrow(/Cannot force-push to this branch/)
    await expect(push("token-of-ada", ":ledger")).rejects.toThrow(/Cannot delete this branch/)
  })

  it("changes no workflows with the token of a job", async () => {
    github.addToken("job", { login: "github-actions[bot]", permissions: { contents: "write" } })
    await cloned()
    await commit("y\n")
    await push("job", "HEAD:main")
    writeFiles(clone, { ".github/workflows/own.yaml": "on: push\n" })
    await git(undefined, "-C", clone, "add", "--all")
    await commit("z\n")
    for (const branch of ["main", "refs/heads/other"])
      await expect(push("job", `HEAD:${branch}`)).rejects.toThrow(/without `workflows` permission/)
    await push("token-of-ada", "HEAD:main")
    await push("job", "HEAD:refs/heads/other")
  })

  it("fails as the network does, before or after it is done", async () => {
    await cloned()
    const id = await commit("y\n")
    github.faults.next("git-receive-pack", { kind: "reset" })
    await expect(push("token-of-ada", "HEAD:main")).rejects.toThrow()
    expect(repository.git.ref("refs/heads/main")).not.toBe(id)
    github.faults.next("git-receive-pack", { kind: "lost-answer" })
    await expect(push("token-of-ada", "HEAD:main")).rejects.toThrow()
    expect(repository.git.ref("refs/heads/main")).toBe(id)
  })
})
