import { earliest, type Instant, later, latest } from "../instant.ts"
import type { BundlePlanning } from "../plan/planning.ts"
import type { FailedAttempt } from "../release.ts"
import type { DueRelease } from "./release-reasons.ts"
import { emergencyAt } from "./renewal.ts"

/**
 * The attempts that count against another one: of the same input, for the same reason, and not before somebody asked for
 * it again. Whatever else is due is tried at once.
 */
export function failedBefore(
  { subject, history, moment }: Pick<BundlePlanning, "subject" | "history" | "moment">,
  { reason }: Pick<DueRelease, "reason">,
): readonly FailedAttempt[] {
  const { reissue } = subject.bundle
  const asked = reissue !== undefined && moment.reached(reissue.before) ? reissue.before : undefined
  return history.attempts.filter(
    attempt =>
      attempt.reason === reason &&
      attempt.inputDigest === subject.inputDigest &&
      (asked === undefined || attempt.at >= asked),
  )
}

/**
 * When it is tried again: after twice as long each time, but not later than when a tenth of the life of what it replaces
 * is left. From then on it waits the shortest time, or half of what is left.
 */
export function nextAttemptAt(
  { good, policies }: Pick<BundlePlanning, "good" | "policies">,
  failed: readonly FailedAttempt[],
): Instant | undefined {
  const last = failed.at(-1)
  if (last === undefined) return undefined
  const { first, most } = policies.renewal.backoff
  const at = later(last.at, Math.min(first * 2 ** (failed.length - 1), most))
  if (good === undefined) return at
  const left = good.certificate.notAfter - last.at
  const soonest = later(last.at, left > 0 ? Math.min(first, Math.max(left / 2, SECOND)) : first)
  return latest(soonest, earliest(at, emergencyAt(good.certificate)))
}

/** An attempt that fails leaves nothing to do at the same instant. */
const SECOND = 1000
