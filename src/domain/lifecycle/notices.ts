import { type Finding, finding } from "../findings.ts"
import { earliest, formatInstant, type Instant, later } from "../instant.ts"
import type { BundlePlanning } from "../plan/planning.ts"
import { deathOf, standingOf } from "../plan/standing.ts"
import { findRelease, PHASES, type Phase } from "../release.ts"
import { channelsAt } from "../rollout/channels.ts"
import { replacementToday } from "./replacement.ts"
import { PHASE_STARTS, type Retirement, retirementsOf } from "./schedule.ts"

/** When a notice becomes a warning: so long before the next phase begins. */
const NEAR = 14 * 86_400_000

/** What a phase means to those who use the version. */
const PHASE_MEANINGS: Readonly<Record<Phase, string>> = {
  limited: "is given out only to those who ask for it",
  "security-only": "is renewed only for reasons of security",
  "end-of-life": "is given out no more",
  archived: "is archived",
}

/** Who has to leave which version, for where, until when; and which channels have yet to. */
export function* notices(planning: BundlePlanning): Iterable<Finding> {
  const { subject, history, ledger, locate, moment } = planning
  const { fullName, file, owner, recipients } = subject.bundle
  for (const retirement of retirementsOf(history).values()) {
    const { version, reason, schedule } = retirement
    const release = findRelease(history, version)
    const next = nextPhase(retirement)
    if (release === undefined || next === undefined) continue
    if (deathOf(standingOf(ledger.invalidations, history, release, moment)) !== undefined) continue
    const who = [...new Set([owner, ...recipients])].join(", ")
    const { notAfter } = release.certificate
    const soon = earliest(next.at, notAfter)
    const then = next.at < notAfter ? PHASE_MEANINGS[next.phase] : "has expired"
    const end = earliest(schedule.endOfLifeAt, notAfter)
    const last = soon === end ? "" : `, and from ${day(end)} of no use to anybody`
    yield finding(
      "S35",
      fullName,
      `${fullName} ${version} is on its way out (${reason}): from ${day(soon)} it ${then}${last}`,
      {
        at: locate(file, ["versions", version, "deprecated"]),
        severity: moment.reached(later(soon, -NEAR)) ? "warning" : "note",
        hint: `${who}: go to ${whereTo(planning, retirement)}; scb impact ${fullName} --format markdown says how`,
      },
    )
    yield* channelNotices(planning, retirement)
  }
}

/** From then on it leads elsewhere, or nowhere. */
function* channelNotices(planning: BundlePlanning, retirement: Retirement): Iterable<Finding> {
  const { subject, history, locate, moment } = planning
  const { fullName, file } = subject.bundle
  const { version, schedule, phase } = retirement
  if (phase !== undefined || !moment.reached(later(schedule.limitedAt, -NEAR))) return
  for (const channel of channelsAt(history, version)) {
    const what = `still leads to ${version}, which is on its way out and withheld from ${day(schedule.limitedAt)} on`
    yield finding("S43", fullName, `${fullName} ${channel} ${what}`, {
      at: locate(file, ["channels", channel]),
      hint: `let it go to ${whereTo(planning, retirement)}; if it is held, lift the hold`,
    })
  }
}

function whereTo({ ledger, history, moment }: BundlePlanning, retirement: Retirement): string {
  return replacementToday(retirement, ledger.invalidations, history, moment) ?? "a version that is good"
}

/** The phase that comes next, and when. */
export function nextPhase({
  schedule,
  phase,
}: Retirement): { readonly phase: Phase; readonly at: Instant } | undefined {
  const next = PHASES[phase === undefined ? 0 : PHASES.indexOf(phase) + 1]
  return next && { phase: next, at: schedule[PHASE_STARTS[next]] }
}

function day(instant: Instant): string {
  return formatInstant(instant).slice(0, 10)
}
