import type { Finding } from "../findings.ts"
import { type BundlePlanning, withMarks } from "../plan/planning.ts"
import type { MarkStep } from "../plan/steps.ts"
import { deprecationsAdvised } from "./advisories.ts"
import { crowdedOut } from "./crowding.ts"
import { deprecationsDecided } from "./decisions.ts"
import { phasesDue } from "./due-phases.ts"
import { extensions } from "./extensions.ts"
import { notices } from "./notices.ts"

/** A rule of the lifecycle: what it puts on versions now, and what people have to mend. */
export type LifecycleRule = (planning: BundlePlanning) => Iterable<MarkStep | Finding>

/**
 * In this order; each sees what those before it have decided. What falls due begins before it can be put off, so that
 * it does not matter how many runs were missed.
 */
const RULES: readonly LifecycleRule[] = [
  deprecationsDecided,
  deprecationsAdvised,
  crowdedOut,
  phasesDue,
  extensions,
  notices,
]

/** Deprecations that are announced, phases that begin, and ends that are put off. */
export function phaseSteps(planning: BundlePlanning): {
  readonly steps: readonly MarkStep[]
  readonly findings: readonly Finding[]
} {
  const steps: MarkStep[] = []
  const findings: Finding[] = []
  let decided = planning
  for (const rule of RULES) {
    const marks: MarkStep[] = []
    for (const each of rule(decided)) {
      if ("kind" in each) marks.push(each)
      else findings.push(each)
    }
    if (marks.length === 0) continue
    steps.push(...marks)
    decided = { ...decided, history: withMarks(decided.history, marks, planning.moment) }
  }
  return { steps, findings }
}
