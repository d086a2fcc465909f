import type { ChannelName } from "../bundle.ts"
import type { Instant } from "../instant.ts"
import type { BundleName } from "../names.ts"
import type { Moment } from "../plan/moment.ts"
import { deathOf, type Standing, standingOf } from "../plan/standing.ts"
import { type BundleHistory, type LedgerState, type ReleaseRecord, revocationOf, selectableOf } from "../release.ts"
import type { Repository } from "../repository.ts"
import { channelsAt } from "../rollout/channels.ts"
import { turnsOf } from "./campaign-waves.ts"
import type { Campaign } from "./campaigns.ts"
import { type Selector, selects } from "./selector.ts"

/** What to revoke: by selector, with the campaign that will do it if there is to be one, or one version. */
export type BlastTarget =
  | { readonly kind: "selector"; readonly select: Selector; readonly campaign?: Pick<Campaign, "name" | "waves"> }
  | { readonly kind: "version"; readonly bundle: BundleName; readonly version: string }

/** Whom a revocation would meet, if it were recorded now. */
export interface BlastRadius {
  /** In the order in which they would get replacements. */
  readonly bundles: readonly BundleBlast[]
  /** Each once, sorted. */
  readonly owners: readonly string[]
  readonly environments: readonly string[]
  readonly clusters: readonly string[]
  /** Names of principals and groups, as written in the YAML of the bundles. */
  readonly recipients: readonly string[]
  /** Versions that are in use now: those that would end, and all there are. */
  readonly ending: number
  readonly inUse: number
}

export interface BundleBlast {
  readonly bundle: BundleName
  /** False when its YAML is gone: nobody will replace it. */
  readonly declared: boolean
  readonly owner: string
  readonly environment: string
  readonly recipients: readonly string[]
  readonly versions: readonly VersionBlast[]
  /** The newest version that stays good: ready to go to at once. Absent: none. */
  readonly ready?: string
  /** From 0, and when it begins. Absent: it has its replacement, or will get none. */
  readonly replacement?: { readonly wave: number; readonly at: Instant }
}

export interface VersionBlast {
  readonly version: string
  /** As it is now: what is dead already is revoked all the same. */
  readonly standing: Standing
  readonly publishedAt: Instant
  readonly notAfter: Instant
  readonly serial: string
  /** Channels that point there now. */
  readonly channels: readonly ChannelName[]
}

/** Pure. What is revoked already is no part of it. */
export function blastRadius(
  target: BlastTarget,
  repository: Pick<Repository, "bundles" | "policies">,
  ledger: LedgerState,
  moment: Moment,
): BlastRadius {
  const scene: Scene = { target, repository, ledger, moment, turns: turnsFor(target, repository, ledger, moment) }
  const bundles = [...ledger.bundles.values()].flatMap(history => bundleBlast(history, scene) ?? [])
  const inUse = [...ledger.bundles.values()].flatMap(history =>
    history.releases.filter(each => isInUse(history, each, scene)),
  )
  const ending = bundles.flatMap(({ versions }) => versions.filter(({ standing }) => deathOf(standing) === undefined))
  return {
    bundles: bundles.sort(byTurn(scene)),
    owners: each(bundles, ({ owner }) => [owner]),
    environments: each(bundles, ({ environment }) => [environment]),
    clusters: each(bundles, ({ bundle }) => [bundle.slice(0, bundle.indexOf("/"))]),
    recipients: each(bundles, ({ recipients }) => recipients),
    ending: ending.length,
    inUse: inUse.length,
  }
}

interface Scene {
  readonly target: BlastTarget
  readonly repository: Pick<Repository, "bundles" | "policies">
  readonly ledger: LedgerState
  readonly moment: Moment
  readonly turns: ReturnType<typeof turnsOf>
}

function turnsFor(
  target: BlastTarget,
  { policies }: Scene["repository"],
  ledger: LedgerState,
  { now }: Moment,
): ReturnType<typeof turnsOf> {
  if (target.kind === "version") return new Map()
  const { select, campaign = { name: "" } } = target
  return turnsOf(
    { file: "", select, reason: "", ...campaign },
    { select, at: now },
    ledger,
    policies.rollout.environments,
  )
}

function bundleBlast(history: BundleHistory, scene: Scene): BundleBlast | undefined {
  const { repository, ledger, moment, turns } = scene
  const hit = history.releases.filter(release => isHit(history, release, scene))
  const newest = hit.at(-1)
  if (newest === undefined) return undefined
  const bundle = repository.bundles.get(history.bundle)
  const ready = history.releases.findLast(release => !hit.includes(release) && isInUse(history, release, scene))
  const turn = turns.get(history.bundle)
  const isReplaced = bundle !== undefined && ready === undefined
  return {
    bundle: history.bundle,
    declared: bundle !== undefined,
    owner: bundle?.owner ?? newest.input.bundle.owner,
    environment: newest.input.cluster.environment,
    recipients: bundle?.recipients ?? [],
    versions: hit.map(release => ({
      version: release.version,
      standing: standingOf(ledger.invalidations, history, release, moment),
      publishedAt: release.publishedAt,
      notAfter: release.certificate.notAfter,
      serial: release.certificate.serial,
      channels: channelsAt(history, release.version),
    })),
    ...(ready === undefined ? {} : { ready: ready.version }),
    ...(isReplaced ? { replacement: { wave: turn?.wave ?? 0, at: turn?.at ?? moment.now } } : {}),
  }
}

function isHit(history: BundleHistory, release: ReleaseRecord, { target, ledger }: Scene): boolean {
  const { bundle } = history
  if (revocationOf(ledger.invalidations, history, release.version) !== undefined) return false
  return target.kind === "version"
    ? bundle === target.bundle && release.version === target.version
    : selects(target.select, selectableOf(bundle, release))
}

function isInUse(history: BundleHistory, release: ReleaseRecord, { ledger, moment }: Scene): boolean {
  return deathOf(standingOf(ledger.invalidations, history, release, moment)) === undefined
}

/** First waves first; those that have a version ready last, for nobody waits there. */
function byTurn({ turns }: Scene): (a: BundleBlast, b: BundleBlast) => number {
  const order = new Map([...turns.keys()].map((bundle, index) => [bundle, index]))
  const rank = ({ bundle, ready }: BundleBlast): number => {
    return ready === undefined ? (order.get(bundle) ?? order.size) : order.size
  }
  return (a, b) => rank(a) - rank(b) || (a.bundle < b.bundle ? -1 : 1)
}

function each(bundles: readonly BundleBlast[], members: (bundle: BundleBlast) => readonly string[]): readonly string[] {
  return [...new Set(bundles.flatMap(members))].sort()
}
