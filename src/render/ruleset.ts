import type { ApprovalsPolicy } from "../domain/authorization/approvals-policy.ts"
import type { ForgeRule } from "../domain/authorization/settings.ts"
import { wantedSettings } from "../domain/authorization/settings-wanted.ts"
import { prettyJson } from "../domain/json.ts"
import type { ReleaseTarget } from "../domain/policies.ts"

/** `branch`: of what people write. `tags`: of releases. `records`: of ledger, catalog and signed approvals. */
export const RULESETS = ["branch", "tags", "records"] as const
export type RulesetName = (typeof RULESETS)[number]

/** The body of `POST /repos/{owner}/{repo}/rulesets`. Nobody is let past it. */
export function renderRuleset(
  name: RulesetName,
  policy: ApprovalsPolicy,
  target: ReleaseTarget,
  options: { readonly alone?: boolean } = {},
): string {
  const { branch, branchRules, tagRules } = wantedSettings(policy, options.alone)
  switch (name) {
    case "branch":
      return ruleset(`scb: ${branch}`, "branch", [`refs/heads/${branch}`], branchRules)
    case "tags":
      return ruleset("scb: releases", "tag", ["~ALL"], tagRules)
    case "records":
      return ruleset("scb: records", "branch", recordsOf(policy, target), [
        { type: "deletion" },
        { type: "non_fast_forward" },
      ])
  }
}

function recordsOf({ evidence }: ApprovalsPolicy, target: ReleaseTarget): readonly string[] {
  return [
    "refs/heads/ledger",
    ...(target.kind === "github" ? [`refs/heads/${target.catalogBranch}`] : []),
    ...(evidence === "signed-approvals" ? ["refs/heads/approvals"] : []),
  ]
}

function ruleset(
  name: string,
  target: "branch" | "tag",
  include: readonly string[],
  rules: readonly ForgeRule[],
): string {
  return prettyJson({
    name,
    target,
    enforcement: "active",
    bypass_actors: [],
    conditions: { ref_name: { include, exclude: [] } },
    rules: rules.map(({ type, parameters }) => ({ type, ...(parameters === undefined ? {} : { parameters }) })),
  })
}
