import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import type { Environment } from "../support/cli.ts"
import { CHECKOUT, type Desk, type DeskMaker, prepareDesk } from "../support/desk.ts"
import type { FakeGithub } from "../support/github/server.ts"
import { startGithub } from "../support/github-releases.ts"
import { approveAs, editKeyspace, POLICY, proposeAs, signedDesks, withPolicy } from "../support/signed-desk.ts"

let desks: DeskMaker
let github: FakeGithub
const folder = mkdtempSync(join(tmpdir(), "scb-check-"))
const summary = join(folder, "summary.md")

beforeAll(async () => {
  desks = await prepareDesk(desk => desk.apply())
  github = await startGithub()
  github.addUser({ login: "ada", id: 1 })
  github.addUser({ login: "github-actions[bot]", id: 41_898_282, type: "Bot" })
  github.addToken("job", { login: "github-actions[bot]", permissions: { "pull-requests": "write", issues: "write" } })
  github.addToken("fork", { login: "github-actions[bot]", permissions: { "pull-requests": "read", issues: "read" } })
})
afterAll(async () => {
  desks.remove()
  rmSync(folder, { recursive: true })
  expect(github.violations).toEqual([])
  await github.close()
})

let pulls = 0

/** A pull request of ada in a repository of its own, and what its workflow knows. */
async function pullRequest(token = "job") {
  pulls += 1
  const name = `acme/bundles-${pulls}` as const
  const repository = await github.addRepository(name, { files: { "README.md": "x\n" }, roles: { ada: "write" } })
  const ada = github.person("ada", name)
  await ada.push("change", { "README.md": "y\n" })
  const number = await ada.open("change", "A change")
  const environment: Environment = {
    GITHUB_REPOSITORY: name,
    GITHUB_SERVER_URL: github.urls.web,
    GITHUB_REF: `refs/pull/${number}/merge`,
    GITHUB_BASE_REF: "main",
    GITHUB_STEP_SUMMARY: summary,
    GITHUB_TOKEN: token,
  }
  return { environment, issue: repository.issues.find(each => each.number === number) }
}

/** A branch on which an application gets another role. */
function change(desk: Desk): void {
  desk.git("checkout", "--quiet", "-b", "change")
  desk.write(CHECKOUT, desk.read(CHECKOUT).replace("role: checkout_rw", "role: checkout_ro"))
  desk.commit()
}

describe("scb check", () => {
  it("tells what merging does, and what is due without it is left out", async () => {
    const desk = desks.fresh()
    change(desk)
    const { code, stdout } = await desk.scb("check")
    expect(code).toBe(0)
    expect(stdout.split("\n").slice(1)).toEqual([
      "release  shop-dev/checkout 2.0.0      major: changed: bundle.role",
      "point    shop-dev/checkout candidate  1.0.0 -> 2.0.0",
      "point    shop-dev/checkout stable     1.0.0 -> 2.0.0",
      "1 bundle about which somebody must act",
      "approvals: nobody asks for any",
      "",
    ])
  })

  it("does not take for its own what main got since it branched off", async () => {
    const desk = desks.fresh()
    change(desk)
    desk.git("checkout", "--quiet", "main")
    const reporting = "bundles/shop-prod/reporting.yaml"
    desk.write(reporting, desk.read(reporting).replace("keyspace: shop", "keyspace: other"))
    desk.commit()
    desk.git("checkout", "--quiet", "change")
    const { stdout } = await desk.scb("check", "--format", "json")
    const { begins, ends } = JSON.parse(stdout).effect
    expect([begins.length, ends]).toEqual([3, []])
  })

  it("has errors be mended first, and says what it could not work out", async () => {
    const desk = desks.fresh()
    change(desk)
    desk.write(CHECKOUT, desk.read(CHECKOUT).replace("owner: shop-team", "owner: nobody"))
    desk.commit()
    const { code, stdout } = await desk.scb("check", "--format", "json")
    const { effect, authorization, findings } = JSON.parse(stdout)
    expect([code, effect.known, authorization.known]).toEqual([1, false, false])
    expect(findings.some(({ severity }: { severity: string }) => severity === "error")).toBe(true)
  })

  it("prints findings as annotations for a workflow", async () => {
    const desk = desks.fresh()
    change(desk)
    desk.write(CHECKOUT, desk.read(CHECKOUT).replace("owner: shop-team", "owner: nobody"))
    desk.commit()
    const { stderr } = await desk.scb("check", "--annotations")
    expect(stderr).toMatch(/^::error file=bundles\/shop-dev\/checkout\.yaml,line=\d+,col=\d+,/m)
  })

  it("tells of the newest of a merge queue alone: the others below it are not its doing", async () => {
    const desk = desks.fresh()
    change(desk)
    const below = desk.git("rev-parse", "HEAD").trim()
    changeAgain(desk)
    const GITHUB_REF = `refs/heads/gh-readonly-queue/main/pr-7-${below}`
    const { stdout } = await desk.scbWith({ GITHUB_REF }, "check", "--format", "json")
    expect(JSON.parse(stdout).base).toBe(below)
  })

  it("names the pull request by a number", async () => {
    const { code } = await desks.fresh().scb("check", "--pull-request", "one")
    expect(code).toBe(2)
  })
})

describe("the comment of scb check", () => {
  it("is one, whatever others write; a second run does nothing", async () => {
    const desk = desks.fresh()
    change(desk)
    const { environment, issue } = await pullRequest()
    issue?.comments.push({
      id: 1,
      user: { id: 1, login: "ada", type: "User", email: "ada@example.com" },
      body: "<!-- scb:check -->\n### This can be merged",
      createdAt: "2026-11-22T12:00:00Z",
      updatedAt: "2026-11-22T12:00:00Z",
    })
    const ours = () => (issue?.comments ?? []).filter(({ user }) => user.type === "Bot").map(({ body }) => body)
    const check = () => desk.scbWith(environment, "check", "--comment")
    expect((await check()).stderr).toContain("comment on #1: written")
    const [first] = ours()
    expect(first).toContain("1 version released, 2 channels pointed")
    expect((await check()).stderr).toContain("comment on #1: unchanged")
    changeAgain(desk)
    expect((await check()).stderr).toContain("comment on #1: updated")
    expect(ours()).toHaveLength(1)
    expect(issue?.comments).toHaveLength(2)
    expect(readFileSync(summary, "utf8")).toContain(first)
  })

  it("is only in the summary where the token may not write, as that of a fork's pull request", async () => {
    const desk = desks.fresh()
    change(desk)
    const { environment, issue } = await pullRequest("fork")
    const { code, stderr } = await desk.scbWith(environment, "check", "--comment")
    expect([code, issue?.comments]).toEqual([0, []])
    expect(stderr).toContain("no comment on #1: GitHub answers 403")
  })

  it("needs a token", async () => {
    const desk = desks.fresh()
    const { environment } = await pullRequest()
    const { code, stderr } = await desk.scbWith({ ...environment, GITHUB_TOKEN: undefined }, "check", "--comment")
    expect([code, stderr]).toEqual([3, expect.stringContaining("there is no token")])
  })
})

function changeAgain(desk: Desk): void {
  desk.write(CHECKOUT, desk.read(CHECKOUT).replace("keyspace: shop", "keyspace: other"))
  desk.commit()
}

describe("approvals in scb check", () => {
  it("are asked for until they are there", async () => {
    const signed = await signedDesks()
    const desk = signed.fresh()
    await proposeAs(desk, "ada", "change", () => editKeyspace(desk, "other"))
    const before = await desk.scb("check", "--format", "markdown")
    expect(before.stdout).toMatch(/^### This waits for 1 approval$/m)
    expect((await approveAs(desk, "bob", "change")).code).toBe(0)
    const after = await desk.scb("check", "--format", "markdown")
    expect([before.code, after.code]).toEqual([0, 0])
    expect(after.stdout).toMatch(/^### This can be merged$/m)
    expect(after.stdout).toContain("has `bob`")
    signed.remove()
  })

  it("are not asked for where there is nothing to merge", async () => {
    const signed = await signedDesks()
    const { code, stdout } = await signed.fresh().scb("check")
    expect([code, stdout]).toEqual([0, expect.stringContaining("approvals: unknown, there is nothing to merge\n")])
    signed.remove()
  })

  it("are not green for a pull request that nobody could judge", async () => {
    const desk = desks.fresh()
    const distribution = desk.read("policies/distribution.yaml")
    const target = "releases: { kind: github, repository: acme/bundles, repositoryId: 1 }"
    desk.write("policies/distribution.yaml", distribution.replace(/^releases: .*$/m, target))
    await withPolicy(desk, POLICY.replace("signed-approvals", "github-reviews"))
    change(desk)
    const nobody = { https_proxy: "http://127.0.0.1:1" }
    const offline = (...args: readonly string[]) => desk.scbWith(nobody, "check", "--base", "main", ...args)
    const { code, stdout } = await offline("--pull-request", "1")
    expect([code, stdout]).toEqual([3, expect.stringContaining("approvals: unknown, ")])
    expect((await offline()).code).toBe(0)
  })

  it("are where scb approvals sends somebody who asks for those of a pull request", async () => {
    const reviewed = await prepareDesk(desk => withPolicy(desk, POLICY.replace("signed-approvals", "github-reviews")))
    const desk = reviewed.fresh()
    change(desk)
    const { code, stderr } = await desk.scb("approvals", "change")
    expect([code, stderr]).toEqual([
      3,
      "scb: change is not merged, and its approvals are reviews of a pull request [not-found]\n" +
        "  hint: scb check --pull-request <number> says who has approved, and who still has to\n",
    ])
    reviewed.remove()
  })
})
