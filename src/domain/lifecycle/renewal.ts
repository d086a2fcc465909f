import type { Standing } from "../plan/standing.ts"
import type { ReleaseReason } from "../renewal/release-reasons.ts"

/** Reasons to make the same again although nothing is wrong with it. */
const ROUTINE: readonly ReleaseReason[] = [
  "expired",
  "driver-range-changed",
  "lifetime-policy-changed",
  "layout-changed",
  "issuer-ending",
  "renewal-due",
]

/**
 * Whether a version that stands like this, the newest of its bundle, is followed by another one for this reason. In
 * `security-only` and after it routine brings nothing back that people have decided to be rid of; what they change, or
 * what is wrong with it, still does.
 */
export function isRenewedFor(standing: Standing, reason: ReleaseReason): boolean {
  switch (standing) {
    case "active":
    case "deprecated":
    case "limited":
    case "expired":
    case "revoked":
      return true
    case "security-only":
      return !ROUTINE.includes(reason)
    case "end-of-life":
    case "archived":
      return !ROUTINE.includes(reason) && reason !== "advisory"
  }
}
