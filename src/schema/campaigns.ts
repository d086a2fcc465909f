import type { Static } from "typebox"
import type { Advisory, Campaign } from "../domain/revocation/campaigns.ts"
import { durationFrom } from "./durations.ts"
import type { AdvisoryForm } from "./forms/advisory.ts"
import type { CampaignForm } from "./forms/campaign.ts"
import { selectorFrom } from "./selector.ts"
import { instantAt, type Written } from "./written.ts"

export type WrittenCampaign = Static<typeof CampaignForm>
export type WrittenAdvisory = Static<typeof AdvisoryForm>

export function campaignFrom(written: Written<WrittenCampaign>): Campaign {
  const { name, select, revoke, before, reason, waves } = written.value
  const instant = before === undefined ? undefined : instantAt(written, ["before"], before)
  return {
    file: written.document.file,
    name,
    select: selectorFrom(written, ["select"], select),
    ...(revoke === undefined ? {} : { revocation: revoke }),
    ...(instant === undefined ? {} : { before: instant }),
    reason,
    ...(waves === undefined ? {} : { waves: { ...waves, every: durationFrom(waves.every) } }),
  }
}

/** Undefined and a finding when the day it was published does not exist. */
export function advisoryFrom(written: Written<WrittenAdvisory>): Advisory | undefined {
  const { name, published, summary, select = {}, drivers, serials, response } = written.value
  const instant = instantAt(written, ["published"], published)
  if (instant === undefined) return undefined
  return {
    file: written.document.file,
    name,
    published: instant,
    summary,
    select: selectorFrom(written, ["select"], select),
    ...(drivers === undefined ? {} : { drivers: new Map(Object.entries(drivers)) }),
    ...(serials === undefined ? {} : { serials }),
    response,
  }
}
