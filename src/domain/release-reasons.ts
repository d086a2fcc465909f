import type { BundlePlanning } from "./planning.ts"
import { changedMembers } from "./release-input.ts"

/** Why a version is released, in the order in which they are asked: the first that applies is the one recorded. */
export const RELEASE_REASONS = [
  "first-release",
  "revoked",
  "expired",
  "issuer-changed",
  "trust-changed",
  "identity-changed",
  "endpoint-changed",
  "key-policy-changed",
  "advisory",
  "recipient-removed",
  "input-changed",
  "reissue-requested",
  "layout-changed",
  "lifetime-policy-changed",
  "issuer-ending",
  "renewal-due",
] as const
export type ReleaseReason = (typeof RELEASE_REASONS)[number]

/** A reason that applies, in plain words. */
export interface DueRelease {
  readonly reason: ReleaseReason
  readonly cause: string
}

/** Why a new version is due, or undefined. */
export function dueRelease({ subject, history, good, moment }: BundlePlanning): DueRelease | undefined {
  if (good === undefined) {
    const last = history.releases.at(-1)
    if (last === undefined) return { reason: "first-release", cause: "first release" }
    return { reason: "revoked", cause: `replaces revoked ${last.version}` }
  }
  if (good.inputDigest !== subject.inputDigest) {
    const members = changedMembers({ ...good.input }, { ...subject.input })
    return { reason: "input-changed", cause: `changed: ${members.join(", ")}` }
  }
  if (moment.reached(good.certificate.notAfter)) {
    return { reason: "expired", cause: `certificate of ${good.version} has expired` }
  }
  return undefined
}
