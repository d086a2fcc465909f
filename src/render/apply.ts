import type { Finding } from "../domain/findings.ts"
import type { ApplyOutcome, FailedRelease, PublishOutcome } from "../domain/outcome.ts"
import { isEmpty, type Plan } from "../domain/plan/plan.ts"
import { findingJson } from "./findings-json.ts"
import { planJson, renderPlanText } from "./plan.ts"
import { resultJson } from "./result.ts"
import { counted, paint, type Style, table } from "./style.ts"

/** The plan, then what became of it. */
export function renderApplyText(outcome: ApplyOutcome, style: Style): string {
  const plan = renderPlanText(outcome.plan, style)
  if (outcome.published === undefined) return plan
  return `${plan}\n${renderPublishText(outcome.published)}${verifiedText(outcome, style)}${failedText(outcome.failed, style)}`
}

/** Why, a line each; the errors themselves are told on stderr. */
function failedText(failed: readonly FailedRelease[], style: Style): string {
  const title = paint("red", "failed", style)
  return failed.map(({ bundle, version, error }) => `${title}     ${bundle} ${version}  ${error.code}\n`).join("")
}

function verifiedText({ verified, refused }: ApplyOutcome, style: Style): string {
  const title = paint("green", "verified", style)
  const read = `${title}   ${counted(verified.length, "release")}, read as a customer reads them\n`
  const asked = `${title}   ${counted(refused.length, "revoked version")}, refused as a customer is refused\n`
  return `${verified.length === 0 ? "" : read}${refused.length === 0 ? "" : asked}`
}

export function renderApplyJson(outcome: ApplyOutcome): string {
  return resultJson("Apply", {
    plan: planJson(outcome.plan),
    ...(outcome.published === undefined ? {} : { published: publishJson(outcome.published) }),
    verified: outcome.verified.map(each => ({ ...each })),
    refused: outcome.refused.map(each => ({ ...each })),
    failed: failedJson(outcome.failed),
    findings: outcome.findings.map(findingJson),
  })
}

function failedJson(failed: readonly FailedRelease[]) {
  return failed.map(({ error, ...rest }) => ({ ...rest, error: { ...error } }))
}

/** The plan, and where what came of it lies until it is published. */
export function renderBuildText(plan: Plan, failed: readonly FailedRelease[], folder: string, style: Style): string {
  const next = isEmpty(plan) ? "" : `\nbuilt into ${folder}; next: scb publish --from ${folder}\n`
  return `${renderPlanText(plan, style)}${next}${failedText(failed, style)}`
}

export function renderBuildJson(plan: Plan, failed: readonly FailedRelease[], findings: readonly Finding[]): string {
  return resultJson("Plan", { ...planJson(plan), failed: failedJson(failed), findings: findings.map(findingJson) })
}

export function renderPublishText(outcome: PublishOutcome): string {
  const rows = outcome.releases.map(({ bundle, version, outcome: what, location }) => [
    what,
    `${bundle} ${version}`,
    location,
  ])
  const ledger = outcome.ledgerHead === undefined ? "unchanged" : outcome.ledgerHead.slice(0, 12)
  return table([...rows, ["ledger", ledger], ["catalog", outcome.catalog]])
}

export function renderPublishJson(outcome: PublishOutcome): string {
  return resultJson("Publish", publishJson(outcome))
}

function publishJson(outcome: PublishOutcome) {
  return { ...outcome, releases: outcome.releases.map(each => ({ ...each })) }
}
