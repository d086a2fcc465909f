import { describe, expect, it } from "vitest"
import type { Campaign } from "../../../../src/domain/revocation/campaigns.ts"
import { checkCampaigns } from "../../../../src/domain/revocation/check-campaigns.ts"
import { NOW } from "../../../support/planning.ts"
import { policies } from "../../../support/policies.ts"

const GOOD: Campaign = {
  file: "policies/campaigns/leak.yaml",
  name: "leak",
  select: { versions: "<1.4.0" },
  reason: "lost",
  revocation: { reason: "keyCompromise" },
}
const { revocation: _none, ...REPLACING } = GOOD

describe("a campaign", () => {
  it.each<readonly [what: string, Campaign, readonly string[]]>([
    ["that is sound has no findings", GOOD, []],
    ["has a version range that can be read", { ...GOOD, select: { versions: "older than 2" } }, ["R81"]],
    ["that replaces says before when", REPLACING, ["R82"]],
    ["that replaces may say it with before", { ...REPLACING, before: NOW }, []],
    ["that replaces may say it in its selector", { ...REPLACING, select: { issuedBefore: NOW } }, []],
    ["has a selector", { ...GOOD, select: {} }, ["R83"]],
    ["has no empty list in its selector", { ...GOOD, select: { clusters: ["a"], serials: [] } }, ["R83"]],
  ])("%s", (_what, campaign, codes) => {
    const repository = {
      policies: policies({ campaigns: new Map([[campaign.name, campaign]]) }),
      locate: (file: string) => ({ file, line: 1, column: 1 }),
    }
    expect([...checkCampaigns(repository)].map(({ code }) => code)).toEqual(codes)
  })
})
