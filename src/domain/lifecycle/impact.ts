import type { ChannelName } from "../bundle.ts"
import { groupBy } from "../group-by.ts"
import { earliest, type Instant } from "../instant.ts"
import type { BundleName } from "../names.ts"
import type { Desired } from "../plan/desired.ts"
import { type Moment, momentAt } from "../plan/moment.ts"
import type { Plan } from "../plan/plan.ts"
import { withMarks } from "../plan/planning.ts"
import { deathOf, type Standing, standingOf } from "../plan/standing.ts"
import type { ReleaseStep, Step } from "../plan/steps.ts"
import type { LifecyclePolicy } from "../policies.ts"
import {
  type BundleHistory,
  type DeprecationSchedule,
  emptyHistory,
  findRelease,
  type Invalidation,
  type LedgerState,
  type Phase,
  type ReleaseInput,
  type ReleaseRecord,
  revocationOf,
} from "../release.ts"
import { channelsAt } from "../rollout/channels.ts"
import type { ReleaseClass } from "../versions/change.ts"
import { type Action, type Change, changesBetween, changesSince } from "../versions/changes.ts"
import type { Comparison } from "../versions/comparison.ts"
import { nextPhase } from "./notices.ts"
import { replacementToday } from "./replacement.ts"
import { retirementsOf, scheduleFrom } from "./schedule.ts"
import { type SupportWindow, supportWindow } from "./support-window.ts"

/** What a plan, and the time after it, means for people: who must act, whom it breaks, what ends when. */
export interface Impact {
  readonly bundles: readonly BundleImpact[]
  /** Of those who must act: each once, sorted. */
  readonly owners: readonly string[]
  readonly environments: readonly string[]
  readonly recipients: readonly string[]
}

export interface BundleImpact {
  readonly bundle: BundleName
  readonly environment: string
  readonly owner: string
  /** Names of principals and groups, as written in the YAML. */
  readonly recipients: readonly string[]
  readonly release?: PlannedRelease
  /** Versions that people have to leave, soonest first. */
  readonly leaving: readonly Leaving[]
  /** Who has to do what. Empty: nobody has to do anything. */
  readonly actions: readonly DueAction[]
  /** Clients that stop working unless somebody acts. */
  readonly breaks: readonly Break[]
  /** Of the versions that live on. */
  readonly support: readonly SupportedVersion[]
  /** What ends by itself, soonest first. */
  readonly ends: readonly Ending[]
}

export interface SupportedVersion extends SupportWindow {
  readonly version: string
}

export interface PlannedRelease {
  readonly version: string
  readonly change: ReleaseClass
  readonly cause: string
  /** Against the newest version before it; none for a renewal. */
  readonly changes: readonly Change[]
}

/** A version whose users have to go elsewhere. */
export interface Leaving {
  readonly version: string
  readonly standing: Standing
  readonly why: string
  /** Absent: whatever their channel gives them. */
  readonly replacement?: string
  /** Absent: at once. */
  readonly until?: Instant
  /** The end of its certificate. */
  readonly expiresAt: Instant
  /** The dates, where it is on its way out. */
  readonly schedule?: DeprecationSchedule
  readonly channels: readonly ChannelName[]
  /** What the way to the replacement consists of. */
  readonly changes: readonly Change[]
}

/** What is said to those who use a version that they have to leave. */
export interface MigrationNotice {
  readonly bundle: BundleName
  /** Names of principals and groups. */
  readonly readers: readonly string[]
  readonly leaving: Leaving
  /** With the replacement. */
  readonly comparison?: Comparison
}

export interface DueAction extends Action {
  /** Absent: with the new version. */
  readonly until?: Instant
  /** In plain words. */
  readonly because: string
}

export interface Break {
  readonly version: string
  /** Platforms of the catalogue. */
  readonly drivers: readonly string[]
  /** Absent: as soon as the new version is used, or the old one is revoked. */
  readonly at?: Instant
  readonly why: string
}

export interface Ending {
  readonly version: string
  readonly at: Instant
  readonly what: "certificate" | Phase
}

/** What impact is computed from: a plan, and what it was computed from. */
export interface ImpactScene {
  readonly plan: Plan
  readonly desired: ReadonlyMap<BundleName, Desired>
  readonly ledger: LedgerState
  readonly lifecycle: LifecyclePolicy
}

/** Pure. Of the bundles that `includes` says, those to which nothing happens left out. */
export function impactOf(scene: ImpactScene, includes: (bundle: BundleImpact) => boolean = () => true): Impact {
  const { plan, desired, ledger, lifecycle } = scene
  const moment = momentAt(plan.now)
  const invalidations = [...ledger.invalidations, ...plan.invalidations.map(each => ({ ...each, at: plan.now }))]
  const around = { ledger, invalidations, lifecycle, moment }
  const steps = groupBy(plan.steps, ({ bundle }) => bundle)
  const bundles = [...desired.values()]
    .map(subject => bundleImpact(subject, steps.get(subject.bundle.fullName) ?? [], around))
    .filter(each => isAffected(each) && includes(each))
  const acting = bundles.filter(mustAct)
  return {
    bundles,
    owners: distinct(acting.map(({ owner }) => owner)),
    environments: distinct(acting.map(({ environment }) => environment)),
    recipients: distinct(acting.flatMap(({ recipients }) => recipients)),
  }
}

/** Whether people have something to do about a bundle. */
export function mustAct({ actions }: Pick<BundleImpact, "actions">): boolean {
  return actions.length > 0
}

interface Circumstances {
  readonly ledger: LedgerState
  /** With those of the plan. */
  readonly invalidations: readonly Invalidation[]
  readonly lifecycle: LifecyclePolicy
  readonly moment: Moment
}

function bundleImpact({ bundle, input }: Desired, steps: readonly Step[], around: Circumstances): BundleImpact {
  const { ledger, moment } = around
  const before = ledger.bundles.get(bundle.fullName) ?? emptyHistory(bundle.fullName)
  const marks = steps.filter(step => step.kind === "mark")
  const after = withMarks(before, marks, moment)
  const step = steps.find(each => each.kind === "release")
  const release = step && plannedRelease(step, before, input)
  const leaving = before.releases.flatMap(each => leavingOf(each, before, after, around) ?? [])
  return {
    bundle: bundle.fullName,
    environment: input.cluster.environment,
    owner: bundle.owner,
    recipients: bundle.recipients,
    ...(release === undefined ? {} : { release }),
    leaving: soonestFirst(leaving, ({ until }) => until),
    actions: [...releaseActions(release), ...leaving.flatMap(leavingActions)],
    breaks: [...releaseBreaks(release, before), ...leaving.map(each => leavingBreak(each, before))],
    support: supportOf(after, around),
    ends: soonestFirst(endingsOf(after, around), ({ at }) => at),
  }
}

function plannedRelease(
  { version, change, cause }: ReleaseStep,
  { releases }: BundleHistory,
  input: ReleaseInput,
): PlannedRelease {
  const newest = releases.at(-1)
  return { version, change, cause, changes: newest === undefined ? [] : changesSince(newest, input) }
}

/** Those that live, or did until this plan, and are on their way out or at their end. */
function leavingOf(
  release: ReleaseRecord,
  before: BundleHistory,
  after: BundleHistory,
  { ledger, invalidations, moment }: Circumstances,
): Leaving | undefined {
  const { version } = release
  if (deathOf(standingOf(ledger.invalidations, before, release, moment)) !== undefined) return undefined
  const standing = standingOf(invalidations, after, release, moment)
  const channels = channelsAt(before, version)
  const expiresAt = release.certificate.notAfter
  if (standing === "revoked") {
    const why = revocationOf(invalidations, after, version)?.reason ?? standing
    return { version, standing, why, expiresAt, channels, changes: [] }
  }
  const retirement = retirementsOf(after).get(version)
  if (retirement === undefined) return undefined
  const { reason, schedule } = retirement
  const replacement = replacementToday(retirement, invalidations, after, moment)
  const next = replacement === undefined ? undefined : findRelease(before, replacement)
  return {
    version,
    standing,
    why: reason,
    ...(replacement === undefined ? {} : { replacement }),
    until: earliest(schedule.endOfLifeAt, expiresAt),
    expiresAt,
    schedule,
    channels,
    changes: next === undefined ? [] : changesBetween(release.input, next.input),
  }
}

function releaseActions(release: PlannedRelease | undefined): readonly DueAction[] {
  if (release === undefined) return []
  const { version, change, cause, changes } = release
  if (change === "major" && changes.length === 0) {
    return [{ who: "applications", what: `fetch ${version}, and start with it`, because: cause }]
  }
  return actionsFor(changes)
}

function leavingActions({ version, replacement, until, why, changes }: Leaving): readonly DueAction[] {
  const by = until === undefined ? {} : { until }
  const where = replacement === undefined ? "what your channel gives you now" : replacement
  const go = { who: "applications", what: `leave ${version} for ${where}`, ...by, because: why } as const
  return [go, ...actionsFor(changes).map(action => ({ ...action, ...by }))]
}

/** Each once, for all changes that ask for it. */
function actionsFor(changes: readonly Change[]): readonly DueAction[] {
  const due = new Map<string, DueAction>()
  for (const { member, actions } of changes) {
    for (const { who, what } of actions) {
      const key = `${who} ${what}`
      const before = due.get(key)
      due.set(key, { who, what, because: before === undefined ? member : `${before.because}, ${member}` })
    }
  }
  return [...due.values()]
}

function releaseBreaks(release: PlannedRelease | undefined, { releases }: BundleHistory): readonly Break[] {
  const newest = releases.at(-1)
  if (release === undefined || newest === undefined) return []
  const { version, input } = newest
  return release.changes
    .filter(change => change.class === "major")
    .map(({ member, why }) => ({ version, drivers: input.bundle.drivers, why: `${member}: ${why}` }))
}

function leavingBreak({ version, standing, until, why }: Leaving, history: BundleHistory): Break {
  const drivers = findRelease(history, version)?.input.bundle.drivers ?? []
  const at = until === undefined ? {} : { at: until }
  return { version, drivers, ...at, why: standing === "revoked" ? `revoked: ${why}` : `comes to its end: ${why}` }
}

function supportOf(history: BundleHistory, around: Circumstances): readonly SupportedVersion[] {
  const retirements = retirementsOf(history)
  return living(history, around).map(({ version, publishedAt, certificate }) => {
    const schedule = retirements.get(version)?.schedule ?? scheduleFrom(around.moment.now, around.lifecycle)
    return { version, ...supportWindow({ publishedAt, notAfter: certificate.notAfter }, schedule) }
  })
}

function endingsOf(history: BundleHistory, around: Circumstances): readonly Ending[] {
  const retirements = retirementsOf(history)
  return living(history, around).flatMap(({ version, certificate }): readonly Ending[] => {
    const retirement = retirements.get(version)
    const next = retirement && nextPhase(retirement)
    return [
      { version, at: certificate.notAfter, what: "certificate" },
      ...(next === undefined || next.at >= certificate.notAfter ? [] : [{ version, at: next.at, what: next.phase }]),
    ]
  })
}

function living(history: BundleHistory, { invalidations, moment }: Circumstances): readonly ReleaseRecord[] {
  return history.releases.filter(each => deathOf(standingOf(invalidations, history, each, moment)) === undefined)
}

function isAffected({ release, leaving, ends }: BundleImpact): boolean {
  return release !== undefined || leaving.length > 0 || ends.length > 0
}

/** What has no date happens at once. */
function soonestFirst<T>(all: readonly T[], at: (each: T) => Instant | undefined): readonly T[] {
  return [...all].sort((a, b) => (at(a) ?? 0) - (at(b) ?? 0))
}

function distinct<T extends string>(texts: readonly T[]): readonly T[] {
  return [...new Set(texts)].sort()
}
