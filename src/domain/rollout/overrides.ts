import type { Override } from "../bundle.ts"
import { later } from "../instant.ts"
import type { BundlePlanning } from "../plan/planning.ts"

/** Not over, and no further from its end than the policy lets a gate be open. */
export function isInForce({ until }: Override, planning: Pick<BundlePlanning, "policies" | "moment">): boolean {
  return !planning.moment.reached(until) && !reachesTooFar({ until }, planning)
}

export function reachesTooFar(
  { until }: Pick<Override, "until">,
  { policies, moment }: Pick<BundlePlanning, "policies" | "moment">,
): boolean {
  return !moment.reached(later(until, -policies.rollout.maximumOverride))
}
