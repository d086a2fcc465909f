import { type Instant, later } from "../instant.ts"
import type { BundlePlanning } from "../plan/planning.ts"
import { standingOf } from "../plan/standing.ts"
import type { MarkStep } from "../plan/steps.ts"
import type { BundleHistory, ReleaseRecord } from "../release.ts"
import { channelTarget } from "../rollout/channels.ts"
import { retirementsOf, scheduleFrom } from "./schedule.ts"

/** Nothing is decided about what is younger: a release, where `stable` points, that the last channel has left a version. */
const SETTLING = 86_400_000

/** Deprecates the oldest of those that nothing leads to, where a bundle has more active versions than policy allows. */
export function* crowdedOut(planning: BundlePlanning): Iterable<MarkStep> {
  const { subject, history, ledger, policies, moment } = planning
  const { maximumActive } = policies.lifecycle
  if (history.releases.length <= maximumActive) return
  const active = activeReleases(planning)
  const stable = channelTarget(ledger.invalidations, history, "stable", moment)
  if (stable === undefined || !moment.reached(later(stable.since, SETTLING))) return
  const replacement = stable.version
  if (!active.some(({ version }) => version === replacement)) return
  const mark = {
    kind: "deprecated",
    reason: `superseded: more than ${maximumActive} active versions`,
    replacement,
    schedule: scheduleFrom(moment.now, policies.lifecycle),
  } as const
  const idle = active.length <= maximumActive ? [] : idleReleases(planning, active)
  for (const { version } of idle.slice(0, active.length - maximumActive)) {
    yield { kind: "mark", bundle: subject.bundle.fullName, version, mark }
  }
}

/** Neither dead nor on their way out. */
function activeReleases({ history, ledger, moment }: BundlePlanning): readonly ReleaseRecord[] {
  const retirements = retirementsOf(history)
  return history.releases.filter(
    release =>
      !retirements.has(release.version) &&
      moment.reached(later(release.publishedAt, SETTLING)) &&
      standingOf(ledger.invalidations, history, release, moment) === "active",
  )
}

function idleReleases(planning: BundlePlanning, active: readonly ReleaseRecord[]): readonly ReleaseRecord[] {
  const { subject, history, good, moment } = planning
  const { led, leftAt } = channelVisits(history)
  const pinned = [...subject.bundle.channels.values()].map(({ pin }) => pin?.version)
  return active.filter(({ version }) => {
    if (version === good?.version || led.has(version) || pinned.includes(version)) return false
    const left = leftAt.get(version)
    return left === undefined || moment.reached(later(left, SETTLING))
  })
}

/** Where channels lead, whole or in part, and when the last of them left where none does. */
function channelVisits({ moves }: BundleHistory) {
  const on = new Map<string, readonly string[]>()
  const leftAt = new Map<string, Instant>()
  for (const { channel, version, percent, at } of moves) {
    const before = on.get(channel) ?? []
    const base = percent === undefined ? undefined : before[0]
    const now = [base, version].filter(each => each !== undefined)
    for (const each of before) if (!now.includes(each)) leftAt.set(each, at)
    on.set(channel, now)
  }
  return { led: new Set([...on.values()].flat()), leftAt }
}
