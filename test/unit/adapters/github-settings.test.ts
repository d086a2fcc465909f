import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { githubSettings } from "../../../src/adapters/github/settings.ts"
import type { FoundSettings } from "../../../src/domain/authorization/settings.ts"
import { instantFromMillis, parseInstant } from "../../../src/domain/instant.ts"
import type { JsonObject } from "../../support/github/contract.ts"
import type { FakeGithub } from "../../support/github/server.ts"
import { clientOf, startGithub } from "../../support/github-releases.ts"

let github: FakeGithub

beforeEach(async () => {
  github = await startGithub()
  github.addUser({ login: "ada", id: 1, token: "owner" })
  github.addToken("job", { login: "ada", permissions: { contents: "read" } })
  await github.addRepository("ada/bundles", { files: { "README.md": "x\n" } })
})
afterEach(async () => {
  expect(github.violations).toEqual([])
  expect(github.requests.filter(({ method }) => method !== "GET")).toEqual([])
  await github.close()
})

const repository = () => {
  const [only] = github.model.repositories.values()
  if (only === undefined) throw new Error("there is no repository")
  return only
}

function ruleset(target: string, include: readonly string[], more: JsonObject = {}): void {
  const conditions = { ref_name: { include: [...include], exclude: [] } }
  const values = { name: target, target, enforcement: "active", conditions, rules: [{ type: "deletion" }], ...more }
  repository().rulesets.push({ id: github.model.nextId(), updatedAt: "2026-11-20T08:00:00Z", values })
}

function settings(token = "owner"): Promise<FoundSettings> {
  const client = clientOf(github, token)
  return githubSettings({ client, repository: "ada/bundles", now: instantFromMillis(github.now()) }).settings("main")
}

const known = (value: unknown) => ({ known: true, value })

describe("settings of a GitHub repository", () => {
  it("are those of a new one: nothing is guarded", async () => {
    expect(await settings()).toMatchObject({
      branchRules: known([]),
      tagRules: known([]),
      bypass: known([]),
      immutableReleases: known(false),
      actionsMayApprove: known(false),
      tokenMayWrite: known(false),
      codeownersErrors: known(["there is no CODEOWNERS file"]),
      signing: { known: false },
    })
  })

  it("count rules of tags only where they are about all tags, and are in force", async () => {
    ruleset("tag", ["refs/tags/v*"])
    ruleset("tag", ["~ALL"], { enforcement: "evaluate" })
    expect((await settings()).tagRules).toEqual(known([]))
    ruleset("tag", ["~ALL"])
    expect((await settings()).tagRules).toEqual(known([{ type: "deletion" }]))
  })

  it("say who passes by, and when somebody last edited the rules", async () => {
    ruleset("branch", ["~DEFAULT_BRANCH"], {
      bypass_actors: [
        { actor_id: 5, actor_type: "RepositoryRole", bypass_mode: "pull_request" },
        { actor_id: null, actor_type: "OrganizationAdmin", bypass_mode: "always" },
      ],
    })
    const { bypass, updatedAt } = await settings()
    expect(bypass).toEqual(known(["role 5 (pull_request)", "organization administrators (always)"]))
    expect(updatedAt).toEqual(known(parseInstant("2026-11-20T08:00:00Z")))
  })

  it("say which branches get the keys, and who opens the door", async () => {
    const { environments } = repository()
    const reviewers = [...github.model.users.values()].slice(0, 1)
    const environment = { id: 7, name: "signing", reviewers, preventSelfReview: true, adminsCanBypass: false }
    environments.push({ ...environment, protectedBranchesOnly: false, branches: ["main"] })
    expect((await settings()).signing).toMatchObject(
      known({ branches: ["main"], reviewers: 1, preventSelfReview: true }),
    )
    Object.assign(environments[0] ?? {}, { protectedBranchesOnly: null })
    expect((await settings()).signing).toMatchObject(known({ branches: null }))
  })

  it("say what workflows may do by default", async () => {
    repository().workflowPermissions = { write: true, approve: true }
    expect(await settings()).toMatchObject({ actionsMayApprove: known(true), tokenMayWrite: known(true) })
  })

  it("are unknown to a token that may not look, and never taken for good or bad", async () => {
    ruleset("branch", ["~DEFAULT_BRANCH"])
    const { branchRules, ...found } = await settings("job")
    expect(branchRules).toEqual(known([{ type: "deletion" }]))
    for (const name of ["bypass", "immutableReleases", "actionsMayApprove", "tokenMayWrite", "signing"] as const)
      expect(found[name]).toMatchObject({ known: false })
  })

  it("are all unknown where the repository cannot be seen: that GitHub finds nothing is no answer", async () => {
    repository().private = true
    github.addUser({ login: "eve", id: 2, token: "stranger" })
    const { readAt, ...found } = await settings("stranger")
    expect(readAt).toBe(instantFromMillis(github.now()))
    expect(Object.entries(found).filter(([, { known }]) => known)).toEqual([])
  })
})
