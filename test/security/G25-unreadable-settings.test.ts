import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { githubSettings } from "../../src/adapters/github/settings.ts"
import { compareSettings } from "../../src/domain/authorization/settings-compare.ts"
import { wantedSettings } from "../../src/domain/authorization/settings-wanted.ts"
import { renderRuleset } from "../../src/render/ruleset.ts"
import { approvals, at } from "../support/authorization.ts"
import { octokitFor } from "../support/github/asking.ts"
import type { FakeGithub } from "../support/github/server.ts"
import { clientOf, startGithub } from "../support/github-releases.ts"

let github: FakeGithub

beforeEach(async () => {
  github = await startGithub()
  github.addUser({ login: "ada", id: 1, token: "token-of-ada" })
  github.addUser({ login: "carol", id: 3, token: "token-of-carol" })
  await github.addRepository("acme/bundles", { files: { "README.md": "x\n" }, roles: { ada: "write", carol: "admin" } })
  const ruleset = JSON.parse(renderRuleset("branch", approvals(), { kind: "directory", path: "../releases" }))
  const bypass_actors = [{ actor_id: 5, actor_type: "RepositoryRole", bypass_mode: "always" }]
  const carol = octokitFor(github, "token-of-carol")
  await carol.repos.createRepoRuleset({ owner: "acme", repo: "bundles", ...ruleset, bypass_actors })
})

afterEach(async () => {
  const violations = [...github.violations]
  await github.close()
  expect(violations).toEqual([])
})

const BYPASS = "nobody passes by the rules"

async function bypassAs(token: string) {
  const client = clientOf(github, token)
  const forge = githubSettings({ client, repository: "acme/bundles", now: at("2026-11-22") })
  const rules = compareSettings(wantedSettings(approvals()), await forge.settings("main"))
  return rules.find(({ name }) => name === BYPASS)
}

describe("G25: a setting that the token may not read", () => {
  it("is unknown, which is neither that it holds nor that it is broken, and says why", async () => {
    expect(await bypassAs("token-of-ada")).toEqual({
      name: BYPASS,
      state: "unknown",
      detail: expect.stringContaining("administrators"),
    })
  })

  it("is broken for who may read it", async () => {
    expect(await bypassAs("token-of-carol")).toMatchObject({ state: "broken", detail: "these do: role 5 (always)" })
  })
})
