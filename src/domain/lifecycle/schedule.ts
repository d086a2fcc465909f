import { type Instant, later } from "../instant.ts"
import type { LifecyclePolicy } from "../policies.ts"
import { type BundleHistory, type DeprecationSchedule, type Mark, PHASES, type Phase } from "../release.ts"

/** A version on its way out, by the marks of the ledger. */
export interface Retirement {
  readonly version: string
  readonly reason: string
  /** The version to go to. */
  readonly replacement: string
  /** The dates as they were announced. */
  readonly announced: DeprecationSchedule
  /** The dates as they are: an extension has put off what had not begun. */
  readonly schedule: DeprecationSchedule
  /** The end of life that was granted last. */
  readonly extendedUntil?: Instant
  /** The last phase that has begun. */
  readonly phase?: Phase
}

/** When each phase begins. */
export const PHASE_STARTS = {
  limited: "limitedAt",
  "security-only": "securityOnlyAt",
  "end-of-life": "endOfLifeAt",
  archived: "archivedAt",
} as const satisfies Record<Phase, keyof DeprecationSchedule>

/** The dates of a version that is deprecated at `from`, by the durations of the policy. */
export function scheduleFrom(from: Instant, policy: LifecyclePolicy): DeprecationSchedule {
  const limitedAt = later(from, policy.deprecated)
  const securityOnlyAt = later(limitedAt, policy.limited)
  const endOfLifeAt = later(securityOnlyAt, policy.securityOnly)
  return { from, limitedAt, securityOnlyAt, endOfLifeAt, archivedAt: later(endOfLifeAt, policy.archiveAfter) }
}

/** The versions of a bundle that are on their way out, announced ones included. */
export function retirementsOf({ marks }: Pick<BundleHistory, "marks">): ReadonlyMap<string, Retirement> {
  const retirements = new Map<string, Retirement>()
  for (const mark of marks) {
    const next = afterMark(retirements.get(mark.version), mark)
    if (next !== undefined) retirements.set(mark.version, next)
  }
  return retirements
}

/** The last phase that has been reached by the dates alone. */
export function phaseByDate(schedule: DeprecationSchedule, reached: (at: Instant) => boolean): Phase | undefined {
  return PHASES.findLast(phase => reached(schedule[PHASE_STARTS[phase]]))
}

function afterMark(before: Retirement | undefined, mark: Mark): Retirement | undefined {
  switch (mark.kind) {
    case "deprecated": {
      const { version, reason, replacement, schedule } = mark
      return before === undefined
        ? { version, reason, replacement, announced: schedule, schedule }
        : { ...before, reason, replacement }
    }
    case "extended":
      return before && { ...before, schedule: putOff(before, mark.until), extendedUntil: mark.until }
    case "limited":
    case "security-only":
    case "end-of-life":
    case "archived":
      return before && { ...before, phase: mark.kind }
    case "revoked":
    case "failed":
    case "retried":
      return before
  }
}

/** Whatever has not begun comes later by as much as the end of life does. */
function putOff({ schedule, phase }: Retirement, until: Instant): DeprecationSchedule {
  const by = until - schedule.endOfLifeAt
  const waiting = phase === undefined ? PHASES : PHASES.slice(PHASES.indexOf(phase) + 1)
  const moved = waiting.map(each => [PHASE_STARTS[each], later(schedule[PHASE_STARTS[each]], by)] as const)
  return { ...schedule, ...Object.fromEntries(moved) }
}
