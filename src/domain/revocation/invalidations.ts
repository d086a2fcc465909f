import { type Finding, finding } from "../findings.ts"
import { canonicalJson, prettyJson } from "../json.ts"
import type { Moment } from "../plan/moment.ts"
import type { Scene } from "../plan/planning.ts"
import { deathOf, standingOf } from "../plan/standing.ts"
import type { MarkStep } from "../plan/steps.ts"
import { invalidationToWire, selectorToWire } from "../plan/wire.ts"
import {
  type BundleHistory,
  type Invalidation,
  invalidates,
  type LedgerState,
  revocationOf,
  selectableOf,
} from "../release.ts"
import type { Locate } from "../repository.ts"
import type { Campaign } from "./campaigns.ts"
import { type Selector, selects } from "./selector.ts"

/** An invalidation that is about to be recorded. */
export type DueInvalidation = Omit<Invalidation, "at">

/**
 * They stand in the catalog's index, which every client reads whole, for ever: all of them together, in characters of
 * their JSON. A serial is some 50 of them.
 */
export const INVALIDATIONS_MAXIMUM = 1 << 20

/** The campaigns that revoke and have not been recorded, as far as there is room for them. */
export function dueInvalidations(
  campaigns: ReadonlyMap<string, Campaign>,
  { invalidations }: LedgerState,
  { now }: Moment,
): readonly DueInvalidation[] {
  const due: DueInvalidation[] = []
  let room = INVALIDATIONS_MAXIMUM - sizeOf(invalidations)
  for (const { name, revocation, ...campaign } of byName(campaigns)) {
    if (revocation === undefined || invalidations.some(each => each.name === name)) continue
    const invalidation = { name, select: dated(campaign), revocation }
    const size = sizeOf([{ ...invalidation, at: now }])
    if (size > room) continue
    room -= size
    due.push(invalidation)
  }
  return due
}

/**
 * An invalidation reaches what was published before it. What bears its very second, or a later one from a clock that
 * runs ahead, is revoked by a mark of its own.
 */
export function overtakenSteps(
  due: readonly DueInvalidation[],
  history: BundleHistory,
  { now }: Moment,
): readonly MarkStep[] {
  if (due.length === 0) return []
  const { bundle, releases } = history
  return releases.flatMap(release => {
    const { version, publishedAt } = release
    if (publishedAt < now || revocationOf([], history, version) !== undefined) return []
    const by = due.find(({ select }) => selects(select, selectableOf(bundle, release)))
    if (by === undefined) return []
    return [{ kind: "mark", bundle, version, mark: { kind: "revoked", revocation: by.revocation } } as const]
  })
}

/** What is odd about campaigns, compared with what they have done or are about to do. */
export function campaignFindings(
  { policies: { campaigns }, invalidations, moment, locate }: Scene,
  ledger: LedgerState,
): readonly Finding[] {
  const pending = new Set(invalidations.map(({ name }) => name))
  return [
    ...ledger.invalidations.flatMap(each => withdrawn(each, campaigns.get(each.name), ledger, locate)),
    ...byName(campaigns).flatMap(campaign => {
      const isRecorded = ledger.invalidations.some(each => each.name === campaign.name)
      if (isRecorded) return []
      return campaign.revocation === undefined || pending.has(campaign.name)
        ? extent(campaign, dated(campaign), ledger, moment, locate)
        : [crowded(campaign, locate)]
    }),
  ]
}

/** Of what a campaign selects, what was published before the instant that it may name. */
function dated({ select, before }: Pick<Campaign, "select" | "before">): Selector {
  if (before === undefined) return select
  const { issuedBefore = before } = select
  return { ...select, issuedBefore: issuedBefore < before ? issuedBefore : before }
}

/** A recorded campaign whose file is gone or has become another. */
function withdrawn(
  recorded: Invalidation,
  campaign: Campaign | undefined,
  ledger: LedgerState,
  locate: Locate,
): readonly Finding[] {
  const { name } = recorded
  if (campaign?.revocation === undefined) {
    const file = campaign?.file ?? `policies/campaigns/${name}.yaml`
    return [
      finding("S45", name, `what campaign ${name} revoked stays revoked though its line is gone`, {
        at: locate(file, ["name"]),
      }),
    ]
  }
  const at = locate(campaign.file, ["select"])
  const written = { at: recorded.at, select: dated(campaign) }
  if (sameSelection(written.select, recorded.select)) return []
  const wider = [...versionsIn(ledger)].find(
    ({ selectable }) => invalidates(written, selectable) && !invalidates(recorded, selectable),
  )
  if (wider === undefined) {
    return [
      finding("S45", name, `campaign ${name} selects less than it has revoked: all of that stays revoked`, { at }),
    ]
  }
  const { bundle, version } = wider.selectable
  return [
    finding(
      "S46",
      name,
      `campaign ${name} was widened after it had revoked: ${bundle} ${version} is not revoked by it`,
      {
        at,
        hint: "put its selector back, and write a new campaign for the rest",
      },
    ),
  ]
}

/** A selector that misses everything has most likely a slip in it; one that hits everything had better be meant. */
function extent(
  campaign: Campaign,
  select: Selector,
  ledger: LedgerState,
  moment: Moment,
  locate: Locate,
): readonly Finding[] {
  const inUse = [...versionsIn(ledger)].filter(
    ({ history, release }) => deathOf(standingOf(ledger.invalidations, history, release, moment)) === undefined,
  )
  const selected = inUse.filter(({ selectable }) => selects(select, selectable))
  if (selected.length > 0 && selected.length < inUse.length) return []
  const bundles = new Set(selected.map(({ selectable }) => selectable.bundle)).size
  const what =
    selected.length === 0
      ? "selects no version that is in use"
      : `selects all ${selected.length} versions that are in use, of ${bundles} bundles`
  return [finding("S47", campaign.name, `campaign ${campaign.name} ${what}`, { at: locate(campaign.file, ["select"]) })]
}

function crowded({ name, file }: Campaign, locate: Locate): Finding {
  return finding(
    "S49",
    name,
    `campaign ${name} is not carried out: with it, invalidations would exceed ${INVALIDATIONS_MAXIMUM} characters`,
    { at: locate(file, ["select"]), hint: "select by cluster, issuer or time instead of by long lists" },
  )
}

function* versionsIn({ bundles }: LedgerState) {
  for (const history of bundles.values()) {
    for (const release of history.releases) {
      yield { history, release, selectable: selectableOf(history.bundle, release) }
    }
  }
}

function sizeOf(invalidations: readonly Invalidation[]): number {
  return invalidations.reduce((sum, each) => sum + prettyJson({ ...invalidationToWire(each) }).length, 0)
}

function sameSelection(a: Selector, b: Selector): boolean {
  const [first, second] = [a, b].map(each => canonicalJson({ ...selectorToWire(each) }))
  return first === second
}

function byName(campaigns: ReadonlyMap<string, Campaign>): readonly Campaign[] {
  return [...campaigns.values()].sort((a, b) => (a.name < b.name ? -1 : 1))
}
