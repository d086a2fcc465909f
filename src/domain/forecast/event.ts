import type { CatalogIndex } from "../catalog.ts"
import type { Instant } from "../instant.ts"
import type { BundleName } from "../names.ts"
import type { Desired } from "../plan/desired.ts"
import type { ReleaseStep } from "../plan/steps.ts"
import type { LedgerState } from "../release.ts"
import type { Repository, RepositoryFacts } from "../repository.ts"

/** What lies ahead, the gravest first: the order within one instant. */
export const FORECAST_KINDS = [
  "issuer-end",
  "root-end",
  "signer-end",
  "key-end",
  "expiry",
  "release",
  "retry",
  "renewal",
  "wave",
  "phase",
  "stage",
  "hold-end",
  "override-end",
  "freeze-begin",
  "freeze-end",
  "catalog-end",
  "catalog",
] as const
export type ForecastKind = (typeof FORECAST_KINDS)[number]

export interface ForecastEvent {
  readonly at: Instant
  readonly kind: ForecastKind
  /** A bundle, a cluster, a principal, a policy. */
  readonly subject: string
  /** Tells events of one kind about one subject apart, for as long as they are foretold: a version, a serial, a name. */
  readonly key: string
  /** In plain words. */
  readonly words: string
  /** Things that are created at the forge for it. */
  readonly writes: number
}

export interface ForecastRequest {
  readonly repository: Pick<Repository, "clusters" | "policies">
  readonly facts: RepositoryFacts
  readonly desired: ReadonlyMap<BundleName, Desired>
  readonly ledger: LedgerState
  readonly catalog: CatalogIndex | undefined
  /** What the plan at `from` releases. */
  readonly planned: ReadonlyMap<BundleName, ReleaseStep>
  readonly from: Instant
  readonly until: Instant
  /** Writes that the forge takes in an hour. */
  readonly limit: number
}

/** A release with its four files, on a forge. Ledger and catalog are one more each, for all that is done at once. */
export const WRITES_PER_RELEASE = 5
export const WRITES_PER_RUN = 2

export type ForecastEvents = Generator<ForecastEvent, void>
