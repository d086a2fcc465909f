import type { ErrorCode } from "./errors.ts"
import type { Finding } from "./findings.ts"
import type { BundleName } from "./names.ts"
import type { Plan } from "./plan/plan.ts"
import type { ReleaseReason } from "./renewal/release-reasons.ts"

/** What publishing did; `already` and `newer exists` are good answers. */
export interface PublishOutcome {
  readonly releases: readonly PublishedRelease[]
  /** The ledger's new head; absent when the change had no transaction. */
  readonly ledgerHead?: string
  readonly catalog: "published" | "already" | "newer exists" | "unchanged"
}

export interface PublishedRelease {
  readonly bundle: BundleName
  readonly version: string
  readonly outcome: "published" | "already"
  /** Where a person finds it. */
  readonly location: string
}

/** A release that was due and could not be made; others went ahead. */
export interface FailedRelease {
  readonly bundle: BundleName
  readonly version: string
  readonly reason: ReleaseReason
  readonly error: { readonly code: ErrorCode; readonly message: string; readonly hint?: string }
}

export interface ApplyOutcome {
  readonly plan: Plan
  readonly findings: readonly Finding[]
  /** Absent when there was nothing to do. */
  readonly published?: PublishOutcome
  /** Releases read back as a customer reads them, without a key to open them. */
  readonly verified: readonly { readonly bundle: BundleName; readonly version: string }[]
  /** Revoked versions that were asked for as a customer asks, and refused. */
  readonly refused: readonly { readonly bundle: BundleName; readonly version: string }[]
  /** What of the plan could not be done. Those that failed at what they are made from are in the ledger, and wait. */
  readonly failed: readonly FailedRelease[]
}
