import { afterEach, beforeEach, expect, it } from "vitest"
import { githubSettings } from "../../src/adapters/github/settings.ts"
import type { GuardRule } from "../../src/domain/authorization/evidence.ts"
import { compareSettings } from "../../src/domain/authorization/settings-compare.ts"
import { wantedSettings } from "../../src/domain/authorization/settings-wanted.ts"
import { type RulesetName, renderRuleset } from "../../src/render/ruleset.ts"
import { approvals, at } from "../support/authorization.ts"
import { octokitFor } from "../support/github/asking.ts"
import type { FakeGithub } from "../support/github/server.ts"
import { clientOf, startGithub } from "../support/github-releases.ts"

const REPOSITORY = { owner: "acme", repo: "bundles" }
const POLICY = approvals()
const TARGET = { kind: "directory", path: "../releases" } as const

let github: FakeGithub

beforeEach(async () => {
  github = await startGithub()
  github.addUser({ login: "ada", id: 1, token: "token-of-ada" })
  github.addUser({ login: "carol", id: 3, token: "token-of-carol" })
  await github.addRepository("acme/bundles", { files: { "README.md": "x\n" }, roles: { ada: "write", carol: "admin" } })
})

afterEach(async () => {
  const violations = [...github.violations]
  await github.close()
  expect(violations).toEqual([])
})

/** What GitHub's own description says of the request is checked by the fake. */
async function post(name: RulesetName, change: (body: string) => string = body => body): Promise<void> {
  const body = JSON.parse(change(renderRuleset(name, POLICY, TARGET)))
  await octokitFor(github, "token-of-carol").repos.createRepoRuleset({ ...REPOSITORY, ...body })
}

async function found(token: string): Promise<readonly GuardRule[]> {
  const client = clientOf(github, token)
  const forge = githubSettings({ client, repository: "acme/bundles", now: at("2026-11-22") })
  return compareSettings(wantedSettings(POLICY), await forge.settings("main"))
}

const states = (rules: readonly GuardRule[], name: RegExp) =>
  rules.filter(each => name.test(each.name)).map(({ state }) => state)

it("nothing holds in a repository as GitHub makes it", async () => {
  const rules = await found("token-of-carol")
  expect(states(rules, /^(main|tags):/)).toEqual(Array(7).fill("broken"))
})

it("the rulesets that are printed are taken by GitHub, and hold", async () => {
  await post("branch")
  await post("tags")
  await post("records")
  const rules = await found("token-of-carol")
  expect(states(rules, /^(main|tags):/)).toEqual(Array(7).fill("holds"))
  expect(states(rules, /passes by the rules/)).toEqual(["holds"])
})

it("who is no administrator sees the rules, and not who passes by them", async () => {
  await post("branch")
  await post("tags")
  const rules = await found("token-of-ada")
  expect(states(rules, /^main:/)).toEqual(Array(4).fill("holds"))
  expect(states(rules, /passes by the rules/)).toEqual(["unknown"])
})

it("a ruleset that is only tried, or that somebody passes by, does not hold", async () => {
  await post("branch", body => body.replace('"active"', '"evaluate"'))
  expect(states(await found("token-of-carol"), /^main:/)).toEqual(Array(4).fill("broken"))
  await post("branch", body =>
    body.replace(
      '"bypass_actors": []',
      '"bypass_actors": [{ "actor_id": 5, "actor_type": "RepositoryRole", "bypass_mode": "always" }]',
    ),
  )
  const rules = await found("token-of-carol")
  expect(states(rules, /^main:/)).toEqual(Array(4).fill("holds"))
  expect(states(rules, /passes by the rules/)).toEqual(["broken"])
})
