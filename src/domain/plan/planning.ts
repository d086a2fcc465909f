import type { BundleName } from "../names.ts"
import type { Policies } from "../policies.ts"
import type { BundleHistory, LedgerState, Marking, ReleaseRecord } from "../release.ts"
import type { Locate } from "../repository.ts"
import type { Turn } from "../revocation/campaign-waves.ts"
import type { DueInvalidation } from "../revocation/invalidations.ts"
import type { HealthFact } from "../rollout/health.ts"
import type { DriverMatrix } from "../rollout/quality.ts"
import type { LiveVersion } from "../rotation/guard.ts"
import type { Desired } from "./desired.ts"
import type { Moment } from "./moment.ts"
import type { MarkStep } from "./steps.ts"

/** What the decisions about one bundle may look at: the same for all bundles of a plan. */
export interface Scene {
  readonly policies: Policies
  readonly desired: ReadonlyMap<BundleName, Desired>
  /** The bundles of each application. */
  readonly applications: ReadonlyMap<string, readonly Desired[]>
  /** With the invalidations of this plan, so that what they revoke is replaced in the same transaction. */
  readonly ledger: LedgerState
  /** Those of them that this plan records. */
  readonly invalidations: readonly DueInvalidation[]
  /** When campaigns have bundles replaced. */
  readonly turns: ReadonlyMap<BundleName, readonly Turn[]>
  /** By cluster: all versions that somebody may be using. */
  readonly live: ReadonlyMap<string, readonly LiveVersion[]>
  readonly health: ReadonlyMap<BundleName, readonly HealthFact[]>
  readonly matrix: DriverMatrix
  readonly locate: Locate
  readonly moment: Moment
}

/** One bundle, as far as it has been decided. */
export interface BundlePlanning extends Scene {
  readonly subject: Desired
  /** With the marks of this plan. */
  readonly history: BundleHistory
  /** The newest release that is not revoked. */
  readonly good: ReleaseRecord | undefined
}

/** The history as it will be when the steps have been performed. */
export function withMarks(history: BundleHistory, steps: readonly MarkStep[], { now }: Moment): BundleHistory {
  const marks = steps.map(({ version, mark }): Marking & { version: string; at: typeof now } => ({
    version,
    at: now,
    ...mark,
  }))
  return { ...history, marks: [...history.marks, ...marks] }
}
