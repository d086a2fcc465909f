import type { Finding } from "./findings.ts"
import type { BundlePlanning } from "./planning.ts"
import type { MarkStep } from "./steps.ts"

/** Deprecations that are announced, and phases that have begun. */
export function phaseSteps(_planning: BundlePlanning): {
  readonly steps: readonly MarkStep[]
  readonly findings: readonly Finding[]
} {
  return { steps: [], findings: [] }
}
