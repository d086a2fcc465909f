import type { ChannelName } from "./bundle.ts"
import type { Duration } from "./duration.ts"
import { type Instant, instantFromMillis, later } from "./instant.ts"
import { replacementToday } from "./lifecycle/replacement.ts"
import { type Retirement, retirementsOf } from "./lifecycle/schedule.ts"
import { type BundleName, parseBundleName } from "./names.ts"
import { type Moment, momentAt } from "./plan/moment.ts"
import { decidedStanding, type Standing } from "./plan/standing.ts"
import type { BundleHistory, FileDigest, Invalidation, LedgerState } from "./release.ts"
import { channelTarget, type PartAhead } from "./rollout/channels.ts"

export interface CatalogVersion {
  /** `expired` is for clients to find out: it changes without anybody writing. */
  readonly state: Exclude<Standing, "expired">
  readonly publishedAt: Instant
  readonly notAfter: Instant
  readonly manifest: FileDigest
  readonly payload: FileDigest
  /** That it is on its way out, as soon as that is announced. */
  readonly deprecation?: CatalogDeprecation
}

/** What users of a version need to know in time. */
export interface CatalogDeprecation {
  readonly from: Instant
  readonly endOfLifeAt: Instant
  /** The version to go to. */
  readonly replacement: string
}

/** Where a channel leads. */
export interface CatalogChannel {
  readonly version: string
  /** A rollout that is under way: those whose cohort lies below `percent` get that version. */
  readonly ahead?: Pick<PartAhead, "version" | "percent" | "dealt">
}

export interface CatalogBundle {
  readonly channels: Readonly<Record<ChannelName, CatalogChannel>>
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
  /** What was revoked by selector: clients refuse it, whatever the shards say. */
  readonly invalidations: readonly Invalidation[]
  /** What gateways and nodes read: by the SHA-256 of the certificate that has issued what they are about. */
  readonly revocationLists: Readonly<Record<string, CatalogRevocationList>>
}

/** A list of RFC 5280 §5, named by its digest. */
export interface CatalogRevocationList {
  /** Clusters with certificates of this issuer. */
  readonly clusters: readonly string[]
  /** Hexadecimal. */
  readonly number: string
  readonly thisUpdate: Instant
  readonly nextUpdate: Instant
  readonly complete: { readonly size: number; readonly sha256: string }
  /** What has changed since the complete list before; absent for the first. */
  readonly delta?: { readonly size: number; readonly sha256: string }
}

/** The shards that follow from the ledger at an instant: one per cluster, no secrets. */
export function catalogShards(ledger: LedgerState, now: Instant): readonly CatalogShard[] {
  const moment = momentAt(now)
  const clusters = new Map<string, Record<string, CatalogBundle>>()
  for (const name of [...ledger.bundles.keys()].sort()) {
    const history = ledger.bundles.get(name)
    if (history === undefined || history.releases.length === 0) continue
    const { cluster, bundle } = splitName(name)
    const bundles = clusters.get(cluster) ?? {}
    bundles[bundle] = catalogBundle(history, ledger, moment)
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
  revocationLists: CatalogIndex["revocationLists"] = {},
): CatalogIndex {
  return {
    apiVersion: "scb/v1",
    kind: "CatalogIndex",
    version: ledger.sequence,
    epoch: ledger.epoch,
    issuedAt: now,
    expiresAt: later(now, lifetime),
    shards: Object.fromEntries([...shards].sort(([a], [b]) => (a < b ? -1 : 1))),
    invalidations: ledger.invalidations,
    revocationLists,
  }
}

export type CatalogDue = "missing" | "ledger is ahead" | "half of its life is over" | undefined

/** Whether the published catalog must be written again, and why. */
export function catalogDue(published: CatalogIndex | undefined, ledger: LedgerState, moment: Moment): CatalogDue {
  if (published === undefined) return ledger.sequence === 0 ? undefined : "missing"
  if (published.version < ledger.sequence) return "ledger is ahead"
  const half = instantFromMillis((published.issuedAt + published.expiresAt) / 2)
  if (moment.reached(half)) return "half of its life is over"
  return undefined
}

/**
 * By what was known when the bundle last changed: later invalidations stand in the index, where one write tells
 * everybody, however many versions they revoke. Here they show once the bundle is written again for its own sake.
 */
function catalogBundle(history: BundleHistory, ledger: LedgerState, moment: Moment): CatalogBundle {
  const invalidations = ledger.invalidations.filter(({ at }) => at <= lastChange(history))
  const names = [...new Set(history.moves.map(({ channel }) => channel))].sort()
  const channels = names.flatMap(name => {
    const state = channelTarget(invalidations, history, name, moment)
    if (state === undefined) return []
    const { version, ahead } = state
    const channel: CatalogChannel = {
      version,
      ...(ahead === undefined ? {} : { ahead: { version: ahead.version, percent: ahead.percent, dealt: ahead.dealt } }),
    }
    return [[name, channel] as const]
  })
  const retirements = retirementsOf(history)
  const versions = history.releases.map(({ version, publishedAt, certificate, manifest, payload }) => {
    const retirement = retirements.get(version)
    const entry: CatalogVersion = {
      state: decidedStanding(invalidations, history, version, moment),
      publishedAt,
      notAfter: certificate.notAfter,
      manifest,
      payload,
      ...(retirement === undefined
        ? {}
        : { deprecation: deprecationOf(retirement, replacementToday(retirement, invalidations, history, moment)) }),
    }
    return [version, entry] as const
  })
  return { channels: Object.fromEntries(channels), versions: Object.fromEntries(versions) }
}

function lastChange({ releases, marks, moves }: BundleHistory): Instant {
  const all = [releases.at(-1)?.publishedAt, marks.at(-1)?.at, moves.at(-1)?.at]
  return instantFromMillis(Math.max(0, ...all.filter(at => at !== undefined)))
}

function deprecationOf(
  { schedule, replacement: announced }: Retirement,
  replacement: string = announced,
): CatalogDeprecation {
  return { from: schedule.from, endOfLifeAt: schedule.endOfLifeAt, replacement }
}

function splitName(name: BundleName): { readonly cluster: string; readonly bundle: string } {
  const parts = parseBundleName(name)
  if (parts === undefined) throw new Error(`ledger holds the impossible bundle name ${JSON.stringify(name)}`)
  return parts
}
