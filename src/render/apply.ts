import { prettyJson } from "../domain/json.ts"
import type { ApplyOutcome, PublishOutcome } from "../domain/outcome.ts"
import { planJson, renderPlanText } from "./plan.ts"
import { paint, type Style, table } from "./style.ts"

/** The plan, then what became of it. */
export function renderApplyText(outcome: ApplyOutcome, style: Style): string {
  const plan = renderPlanText(outcome.plan, style)
  if (outcome.published === undefined) return plan
  const verified = `${paint("green", "verified", style)} ${outcome.verified.length} release(s) as a customer reads them\n`
  return `${plan}\n${renderPublishText(outcome.published)}${verified}`
}

export function renderApplyJson(outcome: ApplyOutcome): string {
  return prettyJson({
    kind: "Apply",
    plan: planJson(outcome.plan),
    ...(outcome.published === undefined ? {} : { published: publishJson(outcome.published) }),
    verified: outcome.verified.map(each => ({ ...each })),
  })
}

export function renderPublishText(outcome: PublishOutcome): string {
  const rows = outcome.releases.map(({ bundle, version, outcome: what, location }) => [
    what,
    `${bundle} ${version}`,
    location,
  ])
  const ledger = outcome.ledgerHead === undefined ? "unchanged" : outcome.ledgerHead.slice(0, 12)
  return `${table([...rows, ["ledger", ledger, ""], ["catalog", outcome.catalog, ""]]).replaceAll(/ +$/gm, "")}`
}

export function renderPublishJson(outcome: PublishOutcome): string {
  return prettyJson({ kind: "Publish", ...publishJson(outcome) })
}

function publishJson(outcome: PublishOutcome) {
  return { ...outcome, releases: outcome.releases.map(each => ({ ...each })) }
}
