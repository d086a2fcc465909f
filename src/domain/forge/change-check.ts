import type { AuthorizationDecision } from "../authorization/decision.ts"
import type { Found } from "../authorization/settings.ts"
import type { Finding } from "../findings.ts"
import { canonicalJson, type Json } from "../json.ts"
import type { BundleImpact } from "../lifecycle/impact.ts"
import type { Plan } from "../plan/plan.ts"
import type { Step } from "../plan/steps.ts"
import type { Differences } from "../versions/comparison.ts"

/** What its author and those who approve it want to know of a change before it is merged. */
export interface ChangeCheck {
  /** Commits; what lies between them is the change. */
  readonly base: string
  readonly head: string
  /** Of the head, all of them. */
  readonly findings: readonly Finding[]
  readonly effect: Found<ChangeEffects>
  /** As if it were merged now. Undefined where the base has no policies/approvals.yaml: whoever can push decides. */
  readonly authorization: Found<AuthorizationDecision | undefined>
}

/** What merging it does that would not be done without it. */
export interface ChangeEffects extends PlanDifference {
  readonly differences: Differences
  /** Of the bundles that it touches. */
  readonly impact: readonly BundleImpact[]
}

export interface PlanDifference {
  readonly invalidations: Plan["invalidations"]
  readonly begins: readonly Step[]
  /** Was due, and is not any more. */
  readonly ends: readonly Step[]
}

/** Of two plans against the same ledger at the same instant. */
export function planDifference(
  before: Pick<Plan, "steps" | "invalidations">,
  after: Pick<Plan, "steps" | "invalidations">,
): PlanDifference {
  const was = new Set(before.steps.map(contentOf))
  const places = new Set(after.steps.map(placeOf))
  const known = new Set(before.invalidations.map(({ name }) => name))
  return {
    invalidations: after.invalidations.filter(({ name }) => !known.has(name)),
    begins: after.steps.filter(step => !was.has(contentOf(step))),
    ends: before.steps.filter(step => !places.has(placeOf(step))),
  }
}

function contentOf(step: Step): string {
  return canonicalJson(step as unknown as Json)
}

/** What one of a plan's steps is about, whatever it says of it. */
function placeOf(step: Step): string {
  switch (step.kind) {
    case "release":
      return `release ${step.bundle}`
    case "mark":
      return `mark ${step.bundle} ${step.version} ${step.mark.kind}`
    case "point":
      return `point ${step.bundle} ${step.channel}`
  }
}
