import type { Json } from "../json.ts"
import type { ApprovalsPolicy } from "./approvals-policy.ts"
import type { ForgeRule, WantedSettings } from "./settings.ts"

/** GitHub's own number of the app that answers for Actions: nobody else may say that the check has passed. */
const GITHUB_ACTIONS = 15368

/** The job of templates/github/workflows/check.yml. */
const CHECK = "check"

/** More than this GitHub cannot ask for. */
const MOST_APPROVALS = 10

/**
 * What the forge has to hold for the policy to mean something. It is the outer fence: GitHub counts approvals of anybody
 * who can write and knows no reductions, so it asks for what the easiest change needs, and we count again. With `alone`
 * it asks for none, so that one person can merge what only takes away. Commits have to be signed where signatures are
 * what tells who made them; on GitHub the accounts that pushed do.
 */
export function wantedSettings(policy: ApprovalsPolicy, alone = false): WantedSettings {
  const sums = [...policy.rules.map(({ require }) => require), policy.otherwise].map(quorums =>
    quorums.reduce((sum, { count }) => sum + count, 0),
  )
  const fewest = Math.min(MOST_APPROVALS, Math.max(1, Math.min(...sums)))
  const pullRequest: ForgeRule["parameters"] = {
    required_approving_review_count: alone ? 0 : fewest,
    dismiss_stale_reviews_on_push: true,
    require_code_owner_review: !alone,
    require_last_push_approval: !alone,
    required_review_thread_resolution: true,
    allowed_merge_methods: ["merge", "squash"], // of a rebase, only the last commit is known to belong to the pull request
  }
  const checks: Json = [{ context: CHECK, integration_id: GITHUB_ACTIONS }]
  return {
    branch: policy.branch,
    branchRules: [
      { type: "deletion" },
      { type: "non_fast_forward" },
      ...(policy.evidence === "signed-approvals" ? [{ type: "required_signatures" }] : []),
      { type: "pull_request", parameters: pullRequest },
      {
        type: "required_status_checks",
        parameters: { strict_required_status_checks_policy: true, required_status_checks: checks },
      },
    ],
    tagRules: [{ type: "deletion" }, { type: "non_fast_forward" }, { type: "update" }],
  }
}
