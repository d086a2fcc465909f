import compareVersions from "semver/functions/compare.js"
import type { Moment } from "../plan/moment.ts"
import { deathOf, standingOf } from "../plan/standing.ts"
import { type BundleHistory, findRelease, type Invalidation } from "../release.ts"
import type { Retirement } from "./schedule.ts"

/**
 * Where people are sent today: to the replacement that was announced or, once that is dead itself, to the newest active
 * version that came after it; undefined where there is none.
 */
export function replacementToday(
  { replacement }: Pick<Retirement, "replacement">,
  invalidations: readonly Invalidation[],
  history: BundleHistory,
  moment: Moment,
): string | undefined {
  const announced = findRelease(history, replacement)
  if (announced === undefined) return undefined
  if (deathOf(standingOf(invalidations, history, announced, moment)) === undefined) return replacement
  return history.releases.findLast(
    each =>
      compareVersions(each.version, replacement) > 0 && standingOf(invalidations, history, each, moment) === "active",
  )?.version
}
