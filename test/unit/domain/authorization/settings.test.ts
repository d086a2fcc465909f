import { describe, expect, it } from "vitest"
import type { Found, FoundSettings } from "../../../../src/domain/authorization/settings.ts"
import { compareSettings } from "../../../../src/domain/authorization/settings-compare.ts"
import { wantedSettings } from "../../../../src/domain/authorization/settings-wanted.ts"
import { approvals, at, TWO_AND_ONE } from "../../../support/authorization.ts"

const known = <T>(value: T): Found<T> => ({ known: true, value })
const HIDDEN = { known: false, why: "only administrators may read it" } as const
const WANTED = wantedSettings(approvals({ otherwise: TWO_AND_ONE, rules: [] }))

const SOUND: FoundSettings = {
  readAt: at("2026-11-22"),
  branchRules: known(WANTED.branchRules),
  tagRules: known(WANTED.tagRules),
  bypass: known([]),
  updatedAt: known(at("2026-11-01")),
  immutableReleases: known(true),
  actionsMayApprove: known(false),
  tokenMayWrite: known(false),
  codeownersErrors: known([]),
  signing: known({ branches: ["main"], reviewers: 0, preventSelfReview: false, administratorsMayBypass: false }),
}

/** What does not hold, and why. */
function wrong(own: Partial<FoundSettings>, lastReadAt = at("2026-11-20")): readonly string[] {
  return compareSettings(WANTED, { ...SOUND, ...own }, lastReadAt)
    .filter(({ state }) => state !== "holds")
    .map(({ name, state, detail }) => `${state} ${name}: ${detail}`)
}

/** The rules with some parameters of one of them changed. */
const withParameters = (
  type: string,
  parameters: object,
): Found<FoundSettings["branchRules"] extends Found<infer R> ? R : never> =>
  known(
    WANTED.branchRules.map(rule =>
      rule.type === type ? { type, parameters: { ...rule.parameters, ...parameters } } : rule,
    ),
  )

describe("settings of a forge", () => {
  it("may be all that the policy needs, or more", () => {
    expect(wrong({})).toEqual([])
    const stricter = withParameters("pull_request", {
      required_approving_review_count: 6,
      allowed_merge_methods: ["squash"],
    })
    expect(wrong({ branchRules: stricter })).toEqual([])
    expect(wrong({ branchRules: known([...WANTED.branchRules, { type: "creation" }]) })).toEqual([])
  })

  it.each<[string, Partial<FoundSettings>, string]>([
    [
      "a rule is missing",
      { branchRules: known(WANTED.branchRules.filter(({ type }) => type !== "non_fast_forward")) },
      "broken main: non_fast_forward: there is no such rule",
    ],
    [
      "fewer have to approve",
      { branchRules: withParameters("pull_request", { required_approving_review_count: 1 }) },
      "broken main: pull_request: required_approving_review_count: expected 3, got 1",
    ],
    [
      "stale approvals stay",
      { branchRules: withParameters("pull_request", { dismiss_stale_reviews_on_push: false }) },
      "broken main: pull_request: dismiss_stale_reviews_on_push: expected true, got false",
    ],
    [
      "the last pusher may approve",
      { branchRules: withParameters("pull_request", { require_last_push_approval: false }) },
      "broken main: pull_request: require_last_push_approval: expected true, got false",
    ],
    [
      "rebases are allowed",
      { branchRules: withParameters("pull_request", { allowed_merge_methods: ["merge", "rebase"] }) },
      'broken main: pull_request: allowed_merge_methods: expected ["merge","squash"], got ["merge","rebase"]',
    ],
    [
      "anybody may say that the check passed",
      { branchRules: withParameters("required_status_checks", { required_status_checks: [{ context: "check" }] }) },
      'broken main: required_status_checks: required_status_checks: expected [{"context":"check","integration_id":15368}], got [{"context":"check"}]',
    ],
    [
      "tags move",
      { tagRules: known([{ type: "deletion" }, { type: "non_fast_forward" }]) },
      "broken tags: update: there is no such rule",
    ],
    [
      "somebody passes by",
      { bypass: known(["role 5 (always)"]) },
      "broken nobody passes by the rules: these do: role 5 (always)",
    ],
    [
      "releases change",
      { immutableReleases: known(false) },
      "broken releases are immutable: immutable releases are off",
    ],
    [
      "Actions approve",
      { actionsMayApprove: known(true) },
      "broken workflows approve nothing: Actions may create and approve pull requests",
    ],
    [
      "tokens write",
      { tokenMayWrite: known(true) },
      "broken workflows read unless they say otherwise: the default permissions of GITHUB_TOKEN are read and write",
    ],
    [
      "CODEOWNERS is not read",
      { codeownersErrors: known([".github/CODEOWNERS:3: Unknown owner"]) },
      "broken CODEOWNERS is sound: .github/CODEOWNERS:3: Unknown owner",
    ],
    [
      "every branch gets the keys",
      { signing: known({ branches: null, reviewers: 1, preventSelfReview: true, administratorsMayBypass: false }) },
      "broken only main gets the signing keys: every branch may deploy to the environment",
    ],
    [
      "another branch gets the keys",
      {
        signing: known({
          branches: ["main", "release/*"],
          reviewers: 1,
          preventSelfReview: true,
          administratorsMayBypass: false,
        }),
      },
      "broken only main gets the signing keys: so may release/*",
    ],
  ])("are broken when %s", (_, own, expected) => {
    expect(wrong(own)).toEqual([expected])
  })

  it("take a parameter from whichever rule is the strictest", () => {
    const [weak, strong] = [{ required_approving_review_count: 1 }, { dismiss_stale_reviews_on_push: false }]
    const both = [withParameters("pull_request", weak), withParameters("pull_request", strong)]
    expect(wrong({ branchRules: known(both.flatMap(rules => (rules.known ? rules.value : []))) })).toEqual([])
  })

  it("are unknown, neither good nor bad, where nobody may read them", () => {
    const all = {
      readAt: SOUND.readAt,
      branchRules: HIDDEN,
      tagRules: HIDDEN,
      bypass: HIDDEN,
      updatedAt: HIDDEN,
      immutableReleases: HIDDEN,
      actionsMayApprove: HIDDEN,
      tokenMayWrite: HIDDEN,
      codeownersErrors: HIDDEN,
      signing: HIDDEN,
    }
    const rules = compareSettings(WANTED, all)
    expect(new Set(rules.map(({ state, detail }) => `${state}: ${detail}`))).toEqual(
      new Set(["unknown: only administrators may read it"]),
    )
  })

  it("were perhaps off in between when they were edited since evidence last saw them", () => {
    expect(wrong({ updatedAt: known(at("2026-11-21")) })).toEqual([
      "broken the rules held all the time: they were edited at 2026-11-21T00:00:00Z, after they were last seen at 2026-11-20T00:00:00Z",
    ])
    expect(wrong({ updatedAt: known(at("2026-11-20")) })).toEqual([])
  })
})

describe("what the policy needs of GitHub", () => {
  const count = (policy: Parameters<typeof wantedSettings>[0], alone = false) =>
    wantedSettings(policy, alone).branchRules.find(({ type }) => type === "pull_request")?.parameters?.[
      "required_approving_review_count"
    ]

  it("is as many approvals as the easiest change needs, at least one, at most what GitHub can ask for", () => {
    expect(count(approvals())).toBe(1)
    expect(count(approvals({ otherwise: TWO_AND_ONE }))).toBe(2)
    expect(count(approvals({ rules: [], otherwise: [] }))).toBe(1)
    expect(count(approvals({ rules: [], otherwise: [{ from: "all", count: 40 }] }))).toBe(10)
  })

  it("is signed commits where signatures tell who made them", () => {
    const types = (evidence: "github-reviews" | "signed-approvals") =>
      wantedSettings(approvals({ evidence })).branchRules.map(({ type }) => type)
    expect(types("github-reviews")).not.toContain("required_signatures")
    expect(types("signed-approvals")).toContain("required_signatures")
  })

  it("is none where one person is to take away alone", () => {
    expect(count(approvals(), true)).toBe(0)
  })
})
