import type { Finding } from "../domain/findings.ts"
import type { Json } from "../domain/json.ts"
import type { Impact } from "../domain/lifecycle/impact.ts"
import { isEmpty, type Plan } from "../domain/plan/plan.ts"
import { describeMarking, describeMove, type Step } from "../domain/plan/steps.ts"
import { planToWire } from "../domain/plan/wire.ts"
import type { ChannelWait } from "../domain/rollout/channel.ts"
import { findingJson } from "./findings-json.ts"
import { impactJson, renderImpactSummary } from "./impact.ts"
import { resultJson } from "./result.ts"
import { paint, type Style, table } from "./style.ts"
import { renderWaits, waitJson } from "./waits.ts"

/** What there is to say of a plan besides its steps. */
export interface PlanContext {
  readonly waits?: readonly ChannelWait[]
  readonly impact?: Impact
}

/** A line a step, then what it adds up to, what has to wait, and who has something to do about it. */
export function renderPlanText(plan: Plan, style: Style, { waits = [], impact }: PlanContext = {}): string {
  const people = impact === undefined ? "" : renderImpactSummary(impact, style)
  return `${stepsText(plan, style)}${renderWaits(waits)}${people}`
}

function stepsText(plan: Plan, style: Style): string {
  if (isEmpty(plan))
    return `${paint("green", "nothing to do", style)}: the ledger is what commit ${plan.commit.slice(0, 12)} asks for\n`
  const catalog = plan.catalog === undefined ? "" : `catalog  ${plan.catalog}: write it again\n`
  return `${table(planRows(plan))}${catalog}${summary(plan)}`
}

/** Kind, subject and what happens, of all that is written to the ledger. */
export function planRows({
  invalidations,
  steps,
}: Pick<Plan, "invalidations" | "steps">): readonly (readonly string[])[] {
  return [...invalidations.map(invalidationRow), ...steps.map(stepRow)]
}

export function renderPlanJson(plan: Plan, findings: readonly Finding[], { waits, impact }: PlanContext = {}): string {
  return resultJson("Plan", {
    ...planJson(plan),
    waits: waits?.map(waitJson),
    impact: impact && impactJson(impact),
    findings: findings.map(findingJson),
  })
}

/** The wire form of a plan: instants as text. */
export function planJson(plan: Plan): { readonly [key: string]: Json | undefined } {
  return { kind: "Plan", ...planToWire(plan) }
}

function invalidationRow({ name, revocation }: Plan["invalidations"][number]): readonly string[] {
  return ["invalidate", `campaign ${name}`, `revoked: ${revocation.reason}`]
}

function stepRow(step: Step): readonly string[] {
  switch (step.kind) {
    case "release":
      return ["release", `${step.bundle} ${step.version}`, `${step.change}: ${step.cause}`]
    case "mark":
      return ["mark", `${step.bundle} ${step.version}`, describeMarking(step.mark)]
    case "point":
      return ["point", `${step.bundle} ${step.channel}`, describeMove(step)]
  }
}

function summary({ steps }: Plan): string {
  const parts = (["mark", "release", "point"] as const).flatMap(kind => {
    const number = steps.filter(step => step.kind === kind).length
    return number === 0 ? [] : [`${number} to ${kind}`]
  })
  return parts.length === 0 ? "" : `${parts.join(", ")}\n`
}
