import { type Instant, later } from "../instant.ts"
import type { BundleName } from "../names.ts"
import type { BundlePlanning } from "../plan/planning.ts"
import type { Policies } from "../policies.ts"
import { type Invalidation, invalidates, type LedgerState, type ReleaseRecord, selectableOf } from "../release.ts"
import { stableHash } from "../stable-hash.ts"
import type { Campaign } from "./campaigns.ts"

/** When a campaign has one bundle replaced. */
export interface Turn {
  readonly campaign: Campaign
  /** What it replaces: published before `at`, and selected. */
  readonly reach: Reach
  /** From 0. */
  readonly wave: number
  /** When the wave begins. */
  readonly at: Instant
}

/** What a campaign is about, and since when: that is fixed when it begins, whatever is released later. */
export type Reach = Pick<Invalidation, "at" | "select">

/** A campaign that asks for a new version now, in plain words. */
export interface CampaignDue {
  readonly campaign: string
  readonly words: string
}

/** The turns of every bundle, by campaigns in the order of their names. */
export function campaignTurns(
  { campaigns, rollout }: Pick<Policies, "campaigns" | "rollout">,
  ledger: LedgerState,
): ReadonlyMap<BundleName, readonly Turn[]> {
  const turns = new Map<BundleName, Turn[]>()
  for (const campaign of [...campaigns.values()].sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const reach = reachOf(campaign, ledger.invalidations)
    if (reach === undefined) continue
    for (const [bundle, turn] of turnsOf(campaign, reach, ledger, rollout.environments)) {
      const before = turns.get(bundle)
      if (before === undefined) turns.set(bundle, [turn])
      else before.push(turn)
    }
  }
  return turns
}

/**
 * Wave k begins at the campaign's start + k · every. In it are the bundles whose newest version at the start was
 * selected, first environments first, within one in an order that only their names decide: neither what has been
 * replaced already nor what is released later moves anybody to another wave.
 */
export function turnsOf(
  campaign: Campaign,
  reach: Reach,
  { bundles }: Pick<LedgerState, "bundles">,
  environments: readonly string[],
): ReadonlyMap<BundleName, Turn> {
  const members = [...bundles.values()].flatMap(({ bundle, releases }) => {
    const newest = releases.findLast(({ publishedAt }) => publishedAt < reach.at)
    return newest !== undefined && reaches(reach, bundle, newest)
      ? [{ bundle, rank: rankOf(newest.input.cluster.environment, environments) }]
      : []
  })
  const hash = (bundle: BundleName): number => stableHash(`${campaign.name} ${bundle}`)
  members.sort((a, b) => a.rank - b.rank || hash(a.bundle) - hash(b.bundle) || (a.bundle < b.bundle ? -1 : 1))
  const { size, every } = campaign.waves ?? { size: Number.POSITIVE_INFINITY, every: 0 }
  return new Map(
    members.map(({ bundle }, index) => {
      const wave = Math.floor(index / size)
      return [bundle, { campaign, reach, wave, at: later(reach.at, wave * every) }]
    }),
  )
}

/** Whether a campaign wants a new version of this bundle now: its wave has begun, and what it selects is still in use or gone. */
export function campaignDue(planning: BundlePlanning): CampaignDue | undefined {
  const turn = openTurns(planning).find(each => hasBegun(each, planning))
  if (turn === undefined) return undefined
  const { campaign, wave } = turn
  const place = campaign.waves === undefined ? "" : `, wave ${wave + 1}`
  return { campaign: campaign.name, words: `campaign ${campaign.name}${place}: ${campaign.reason}` }
}

/**
 * The turn that a bundle without any good version has yet to wait for; undefined where it is replaced at once: it has
 * none, or somebody has asked for this very bundle.
 */
export function replacementWaits(planning: BundlePlanning): Turn | undefined {
  if (planning.good !== undefined || isAskedFor(planning)) return undefined
  const turns = openTurns(planning)
  return turns.some(each => hasBegun(each, planning)) ? undefined : turns[0]
}

/** Those whose work on this bundle is not done: what it has, or had last, is still what they select. */
function openTurns({ subject, history, good, turns }: BundlePlanning): readonly Turn[] {
  const { fullName } = subject.bundle
  const current = good ?? history.releases.at(-1)
  return (turns.get(fullName) ?? []).filter(
    ({ campaign, reach }) =>
      current !== undefined &&
      (campaign.revocation !== undefined) === (good === undefined) &&
      reaches(reach, fullName, current),
  )
}

function isAskedFor({ subject: { bundle }, history, moment }: BundlePlanning): boolean {
  const { reissue } = bundle
  const last = history.releases.at(-1)
  if (reissue === undefined || last === undefined) return false
  return last.publishedAt < reissue.before && moment.reached(reissue.before)
}

function hasBegun({ campaign, at }: Turn, { moment }: BundlePlanning): boolean {
  const { paused, aborted } = campaign.waves ?? {}
  return paused === undefined && aborted === undefined && moment.reached(at)
}

/** A revocation begins when it is recorded; what only replaces begins when it says. */
function reachOf(campaign: Campaign, invalidations: readonly Invalidation[]): Reach | undefined {
  const { name, select, revocation, before } = campaign
  if (revocation !== undefined) return invalidations.find(each => each.name === name)
  const at = before ?? select.issuedBefore
  return at === undefined ? undefined : { select, at }
}

function reaches(reach: Reach, bundle: BundleName, release: ReleaseRecord): boolean {
  return invalidates(reach, selectableOf(bundle, release))
}

/** Environments that the rollout policy does not name come last. */
function rankOf(environment: string, environments: readonly string[]): number {
  const rank = environments.indexOf(environment)
  return rank === -1 ? environments.length : rank
}
