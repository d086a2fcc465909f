import { type Instant, later } from "../instant.ts"
import type { ApprovalsPolicy } from "./approvals-policy.ts"

/** While it lasts, fewer people approve: policies/emergencies/<name>.yaml. */
export interface Emergency {
  readonly file: string
  readonly name: string
  readonly reason: string
  /** Where it is written up, e.g. INC-12. */
  readonly incident: string
  readonly from: Instant
  readonly until: Instant
  /** Once somebody has looked at what was done under it. */
  readonly reviewed?: { readonly at: Instant; readonly note: string }
}

export type EmergencyPolicy = NonNullable<ApprovalsPolicy["emergency"]>

/** By when what was done under it has to be reviewed. */
export function reviewBy({ until }: Emergency, { reviewWithin }: EmergencyPolicy): Instant {
  return later(until, reviewWithin)
}

/** Not longer than the policy allows, and not over before it begins. */
export function isBounded({ from, until }: Emergency, { maximum }: EmergencyPolicy): boolean {
  return from < until && until - from <= maximum
}

/** Nobody has reviewed it in time: until somebody does, there are no more emergencies. */
export function isOverdue(emergency: Emergency, policy: EmergencyPolicy, at: Instant): boolean {
  return emergency.reviewed === undefined && reviewBy(emergency, policy) < at
}

/** The emergency that lasts at an instant, if any; of several, the one that lasts longest. */
export function emergencyAt(
  emergencies: ReadonlyMap<string, Emergency>,
  policy: EmergencyPolicy,
  at: Instant,
): Emergency | undefined {
  const all = [...emergencies.values()]
  if (all.some(each => isOverdue(each, policy, at))) return undefined
  return all
    .filter(each => isBounded(each, policy) && each.reviewed === undefined && each.from <= at && at <= each.until)
    .sort((a, b) => b.until - a.until || (a.name < b.name ? -1 : 1))[0]
}
