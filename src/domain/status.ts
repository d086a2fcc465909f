import type { ChannelName } from "./bundle.ts"
import type { CatalogBundle, CatalogDeprecation } from "./catalog.ts"
import type { Finding } from "./findings.ts"
import type { Instant } from "./instant.ts"
import type { BundleName } from "./names.ts"
import type { Standing } from "./plan/standing.ts"
import type { Step } from "./plan/steps.ts"
import type { ChannelWait } from "./rollout/channel.ts"
import type { ChannelState } from "./rollout/channels.ts"

export interface VersionStatus {
  readonly version: string
  readonly state: Standing
  readonly publishedAt: Instant
  readonly notAfter: Instant
  readonly channels: readonly ChannelName[]
  readonly serial: string
  readonly cause: string
}

export interface BundleStatus {
  readonly bundle: BundleName
  readonly declared: boolean
  readonly owner?: string
  /** Newest first. */
  readonly versions: readonly VersionStatus[]
  /** Those that lead somewhere, by name. */
  readonly channels: Readonly<Record<ChannelName, ChannelState>>
  /** What `apply` would do to it now. */
  readonly due: readonly Step[]
}

export interface RepositoryStatus {
  readonly commit: string
  readonly ledger: { readonly head: string | null; readonly sequence: number; readonly epoch: number }
  readonly catalog: "current" | "due"
  readonly bundles: readonly BundleStatus[]
  /** What the gates keep from happening. */
  readonly waits: readonly ChannelWait[]
  readonly findings: readonly Finding[]
}

/** One bundle by the published catalog: what its users can know of it. */
export interface PublishedStatus {
  readonly bundle: BundleName
  readonly catalog: { readonly version: number; readonly epoch: number; readonly expiresAt: Instant }
  readonly channels: CatalogBundle["channels"]
  /** Newest first. */
  readonly versions: readonly PublishedVersionStatus[]
}

export interface PublishedVersionStatus extends Omit<VersionStatus, "serial" | "cause"> {
  readonly deprecation?: CatalogDeprecation
}
