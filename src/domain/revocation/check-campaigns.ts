import { type Finding, finding } from "../findings.ts"
import type { Repository } from "../repository.ts"
import type { Campaign } from "./campaigns.ts"
import { isRange } from "./selector.ts"

/** What a campaign cannot mean. */
export function* checkCampaigns({
  policies,
  locate,
}: Pick<Repository, "policies" | "locate">): Generator<Finding, void> {
  for (const campaign of policies.campaigns.values()) {
    const { name, file, select, revocation, before } = campaign
    if (select.versions !== undefined && !isRange(select.versions)) {
      yield finding("R81", name, `campaign ${name}: ${JSON.stringify(select.versions)} is no version range`, {
        at: locate(file, ["select", "versions"]),
        hint: "npm's syntax, e.g. <1.4.0 or 1.2.x || 1.3.0",
      })
    }
    if (revocation === undefined && before === undefined && select.issuedBefore === undefined) {
      yield finding("R82", name, `campaign ${name} replaces, and does not say what was published before when`, {
        at: locate(file, ["name"]),
        hint: "add before: with the instant at which it begins",
      })
    }
    if (selectsNobody(campaign)) {
      yield finding("R83", name, `campaign ${name} has an empty selector`, {
        at: locate(file, ["select"]),
        hint: 'to select everything, say so: bundles: ["*/*"]',
      })
    }
  }
}

function selectsNobody({ select }: Campaign): boolean {
  const members = Object.values(select)
  return members.length === 0 || members.some(member => Array.isArray(member) && member.length === 0)
}
