import { CHANNELS, type ChannelName } from "./bundle.ts"
import type { Duration } from "./duration.ts"
import { type Instant, later } from "./instant.ts"
import { type BundleName, parseBundleName } from "./names.ts"
import { type BundleHistory, channelVersion, type FileDigest, isRevoked, type LedgerState } from "./release.ts"

export interface CatalogVersion {
  readonly state: "active" | "revoked"
  readonly publishedAt: Instant
  readonly notAfter: Instant
  readonly manifest: FileDigest
  readonly payload: FileDigest
}

export interface CatalogBundle {
  readonly channels: Readonly<Partial<Record<ChannelName, string>>>
  readonly versions: Readonly<Record<string, CatalogVersion>>
}

/** What clients read of one cluster. */
export interface CatalogShard {
  readonly apiVersion: "scb/v1"
  readonly kind: "CatalogShard"
  readonly cluster: string
  readonly bundles: Readonly<Record<string, CatalogBundle>>
}

/**
 * The signed entry point. (version, issuedAt) only rises: version counts ledger transactions, issuedAt tells a renewal
 * of the same facts from its predecessor.
 */
export interface CatalogIndex {
  readonly apiVersion: "scb/v1"
  readonly kind: "CatalogIndex"
  readonly version: number
  readonly epoch: number
  readonly issuedAt: Instant
  readonly expiresAt: Instant
  /** Cluster to the digest of its shard; a shard is named by its digest, so old and new never mix. */
  readonly shards: Readonly<Record<string, { readonly size: number; readonly sha256: string }>>
}

/** The shards that follow from the ledger: one per cluster, no secrets, nothing but (ledger). */
export function catalogShards(ledger: LedgerState): readonly CatalogShard[] {
  const clusters = new Map<string, Record<string, CatalogBundle>>()
  for (const name of [...ledger.bundles.keys()].sort()) {
    const history = ledger.bundles.get(name)
    if (history === undefined || history.releases.length === 0) continue
    const { cluster, bundle } = splitName(name)
    const bundles = clusters.get(cluster) ?? {}
    bundles[bundle] = catalogBundle(history)
    clusters.set(cluster, bundles)
  }
  return [...clusters].map(([cluster, bundles]) => ({ apiVersion: "scb/v1", kind: "CatalogShard", cluster, bundles }))
}

/** The index over shards whose bytes the caller has digested. */
export function catalogIndex(
  ledger: LedgerState,
  shards: ReadonlyMap<string, { readonly size: number; readonly sha256: string }>,
  now: Instant,
  lifetime: Duration,
): CatalogIndex {
  return {
    apiVersion: "scb/v1",
    kind: "CatalogIndex",
    version: ledger.sequence,
    epoch: ledger.epoch,
    issuedAt: now,
    expiresAt: later(now, lifetime),
    shards: Object.fromEntries([...shards].sort(([a], [b]) => (a < b ? -1 : 1))),
  }
}

export type CatalogDue = "missing" | "ledger is ahead" | "half of its life is over" | undefined

/** Whether the published catalog must be written again, and why. */
export function catalogDue(published: CatalogIndex | undefined, ledger: LedgerState, now: Instant): CatalogDue {
  if (published === undefined) return ledger.sequence === 0 ? undefined : "missing"
  if (published.version < ledger.sequence) return "ledger is ahead"
  if (now >= (published.issuedAt + published.expiresAt) / 2) return "half of its life is over"
  return undefined
}

function catalogBundle(history: BundleHistory): CatalogBundle {
  const channels: Partial<Record<ChannelName, string>> = {}
  for (const channel of CHANNELS) {
    const version = channelVersion(history, channel)
    if (version !== undefined && !isRevoked(history, version)) channels[channel] = version
  }
  const versions = history.releases.map(release => [
    release.version,
    {
      state: isRevoked(history, release.version) ? "revoked" : "active",
      publishedAt: release.publishedAt,
      notAfter: release.certificate.notAfter,
      manifest: release.manifest,
      payload: release.payload,
    } satisfies CatalogVersion,
  ])
  return { channels, versions: Object.fromEntries(versions) }
}

function splitName(name: BundleName): { readonly cluster: string; readonly bundle: string } {
  const parts = parseBundleName(name)
  if (parts === undefined) throw new Error(`ledger holds the impossible bundle name ${JSON.stringify(name)}`)
  return parts
}
