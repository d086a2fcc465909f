import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { githubSettings } from "../../src/adapters/github/settings.ts"
import type { GuardRule } from "../../src/domain/authorization/evidence.ts"
import { compareSettings } from "../../src/domain/authorization/settings-compare.ts"
import { wantedSettings } from "../../src/domain/authorization/settings-wanted.ts"
import { type Instant, instantFromMillis } from "../../src/domain/instant.ts"
import { approvals } from "../support/authorization.ts"
import { clientOf } from "../support/github-releases.ts"
import { type ReviewedRepository, reviewedRepository } from "../support/github-reviews.ts"

let here: ReviewedRepository

beforeEach(async () => {
  here = await reviewedRepository()
  here.github.addToken("admin", {
    login: "sara",
    permissions: { administration: "write", actions: "read", contents: "read" },
  })
  const { branchRules, tagRules } = wantedSettings(approvals())
  ruleset("main", "branch", "~DEFAULT_BRANCH", branchRules)
  ruleset("tags", "tag", "~ALL", tagRules)
  here.repository.immutableReleases = true
  here.later()
})
afterEach(() => here.close())

const about = (include: string) => ({ ref_name: { include: [include], exclude: [] } })

function ruleset(name: string, target: string, include: string, rules: readonly unknown[]): void {
  const values = { name, target, enforcement: "active", conditions: about(include), rules, bypass_actors: [] }
  here.repository.rulesets.push({
    id: here.github.model.nextId(),
    updatedAt: new Date(here.github.now()).toISOString(),
    values: JSON.parse(JSON.stringify(values)),
  })
}

/** Somebody edits the rules of main a minute later. */
function edit(change: Readonly<Record<string, unknown>>): void {
  here.later()
  const [main] = here.repository.rulesets
  if (main === undefined) throw new Error("there is no ruleset")
  main.values = { ...main.values, ...JSON.parse(JSON.stringify(change)) }
  main.updatedAt = new Date(here.github.now()).toISOString()
}

const now = (): Instant => instantFromMillis(here.github.now())

async function look(token: string, lastReadAt?: Instant): Promise<readonly GuardRule[]> {
  const forge = githubSettings({ client: clientOf(here.github, token), repository: "acme/bundles", now: now() })
  return compareSettings(wantedSettings(approvals()), await forge.settings("main"), lastReadAt)
}

const namesOf = (rules: readonly GuardRule[], state: GuardRule["state"]) =>
  rules.filter(rule => rule.state === state).map(({ name }) => name)

describe("B19: a rule is switched off, and on again", () => {
  it("holds while nobody has touched it", async () => {
    const rules = await look("admin", now())
    expect(namesOf(rules, "broken")).toEqual(["CODEOWNERS is sound"])
    expect(namesOf(rules, "holds")).toContain("main: pull_request")
  })

  it("is broken while it is off", async () => {
    edit({ enforcement: "disabled" })
    expect(namesOf(await look("admin"), "broken")).toContain("main: pull_request")
  })

  it("is broken while it asks for less", async () => {
    const [{ parameters = {} } = {}] = wantedSettings(approvals()).branchRules.filter(
      each => each.type === "pull_request",
    )
    edit({ rules: [{ type: "pull_request", parameters: { ...parameters, require_last_push_approval: false } }] })
    const [rule] = (await look("admin")).filter(({ name }) => name === "main: pull_request")
    expect(rule).toMatchObject({ state: "broken", detail: expect.stringContaining("require_last_push_approval") })
  })

  it("is told afterwards, although it is on again", async () => {
    const lastReadAt = now()
    edit({ enforcement: "disabled" })
    edit({ enforcement: "active" })
    const rules = await look("admin", lastReadAt)
    expect(namesOf(rules, "holds")).toContain("main: pull_request")
    expect(namesOf(rules, "broken")).toContain("the rules held all the time")
  })

  it("is broken where somebody may pass by", async () => {
    edit({ bypass_actors: [{ actor_id: 5, actor_type: "RepositoryRole", bypass_mode: "always" }] })
    const [rule] = (await look("admin")).filter(({ name }) => name === "nobody passes by the rules")
    expect(rule).toMatchObject({ state: "broken", detail: "these do: role 5 (always)" })
  })
})

describe("B19: a token that may not look", () => {
  it("knows the rules of the branch, and says of the rest that it does not know", async () => {
    const rules = await look("job", now())
    expect(namesOf(rules, "holds")).toContain("main: pull_request")
    expect(namesOf(rules, "unknown")).toEqual(
      expect.arrayContaining([
        "nobody passes by the rules",
        "releases are immutable",
        "workflows approve nothing",
        "only main gets the signing keys",
      ]),
    )
    expect(namesOf(rules, "broken")).not.toContain("nobody passes by the rules")
  })
})
