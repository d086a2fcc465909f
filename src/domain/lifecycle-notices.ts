import { type Finding, finding } from "./findings.ts"
import { earliest, formatInstant, type Instant, later } from "./instant.ts"
import { PHASE_STARTS, type Retirement, retirementsOf } from "./lifecycle-schedule.ts"
import type { BundlePlanning } from "./planning.ts"
import { findRelease, PHASES, type Phase } from "./release.ts"
import { deathOf, standingOf } from "./standing.ts"

/** When a notice becomes a warning: so long before the next phase begins. */
const NEAR = 14 * 86_400_000

/** What a phase means to those who use the version. */
export const PHASE_MEANINGS: Readonly<Record<Phase, string>> = {
  limited: "is given out only to those who ask for it",
  "security-only": "is renewed only for reasons of security",
  "end-of-life": "is given out no more",
  archived: "is archived",
}

/** Who has to leave which version, for where, until when. */
export function* notices({ subject, history, ledger, locate, moment }: BundlePlanning): Iterable<Finding> {
  const { fullName, file, owner, recipients } = subject.bundle
  for (const retirement of retirementsOf(history).values()) {
    const { version, reason, replacement, schedule } = retirement
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
        hint: `${who}: go to ${replacement}; scb impact ${fullName} --format markdown says how`,
      },
    )
  }
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
