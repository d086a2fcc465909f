import type { Instant } from "../instant.ts"

/**
 * The one instant of a decision. Every comparison with it goes through {@link reached}, which remembers the first one
 * that will come out otherwise later: until then, the same facts lead to the same decision.
 */
export interface Moment {
  readonly now: Instant
  /** Whether `at` is now or past. */
  reached(at: Instant): boolean
  /** The earliest instant asked about that is still to come. */
  next(): Instant | undefined
}

export function momentAt(now: Instant): Moment {
  let earliest: Instant | undefined
  return {
    now,
    reached(at) {
      if (at <= now) return true
      if (earliest === undefined || at < earliest) earliest = at
      return false
    },
    next: () => earliest,
  }
}
