import type { DeprecationDecision } from "../bundle.ts"
import { type Finding, finding } from "../findings.ts"
import { formatInstant, type Instant, instantFromMillis, later } from "../instant.ts"
import type { BundlePlanning } from "../plan/planning.ts"
import { deathOf, decidedStanding } from "../plan/standing.ts"
import type { MarkStep } from "../plan/steps.ts"
import { findRelease } from "../release.ts"
import { type Retirement, retirementsOf, scheduleFrom } from "./schedule.ts"

const SECOND = 1_000
const DAY = 86_400_000

/** The deprecations of the YAML, which are announced as soon as they are seen: from then on their dates stand. */
export function* deprecationsDecided(planning: BundlePlanning): Iterable<MarkStep | Finding> {
  const { subject, history, ledger, moment } = planning
  if (subject.bundle.versions.size === 0) return
  const retirements = retirementsOf(history)
  for (const [version, { deprecated }] of subject.bundle.versions) {
    if (deprecated === undefined || findRelease(history, version) === undefined) continue
    if (deathOf(decidedStanding(ledger.invalidations, history, version, moment)) !== undefined) continue
    const retirement = retirements.get(version)
    if (retirement === undefined) yield announce(planning, version, deprecated)
    else yield* amend(planning, retirement, deprecated)
  }
}

function announce(planning: BundlePlanning, version: string, decision: DeprecationDecision): MarkStep | Finding {
  const { subject, policies, locate, moment } = planning
  const { fullName, file } = subject.bundle
  const { from, reason, replacement } = decision
  if (moment.reached(endOfDay(from))) {
    return finding(
      "S36",
      fullName,
      `${fullName} ${version} cannot be deprecated from ${formatInstant(from)}, in the past`,
      {
        at: locate(file, ["versions", version, "deprecated", "from"]),
        hint: `write ${formatInstant(moment.now).slice(0, 10)} or a later day`,
      },
    )
  }
  const problem = replacementFinding(planning, version, replacement)
  if (problem !== undefined) return problem
  const mark = { kind: "deprecated", reason, replacement, schedule: scheduleFrom(from, policies.lifecycle) } as const
  return { kind: "mark", bundle: fullName, version, mark }
}

/** Where to go and why may be corrected; when may not. */
function* amend(
  planning: BundlePlanning,
  { version, announced, ...recorded }: Retirement,
  { from, reason, replacement }: DeprecationDecision,
): Iterable<MarkStep | Finding> {
  const { bundle } = planning.subject
  if (from !== announced.from) {
    const dates = `from ${formatInstant(announced.from)} was announced, the YAML says ${formatInstant(from)}`
    yield finding("S37", bundle.fullName, `${bundle.fullName} ${version} is deprecated: ${dates}`, {
      at: planning.locate(bundle.file, ["versions", version, "deprecated", "from"]),
      hint: `write ${formatInstant(announced.from)}; in an emergency, its end is put off by \`extended\``,
    })
    return
  }
  if (reason === recorded.reason && replacement === recorded.replacement) return
  const problem = replacement === recorded.replacement ? undefined : replacementFinding(planning, version, replacement)
  const mark = { kind: "deprecated", reason, replacement, schedule: announced } as const
  yield problem ?? { kind: "mark", bundle: bundle.fullName, version, mark }
}

/** People are only sent to where they can stay. */
function replacementFinding(planning: BundlePlanning, version: string, replacement: string): Finding | undefined {
  const { subject, locate } = planning
  const { fullName, file } = subject.bundle
  const problem = replacementProblem(planning, replacement)
  if (problem === undefined) return undefined
  return finding("S38", fullName, `${fullName} ${version} cannot be replaced by ${replacement}, which ${problem}`, {
    at: locate(file, ["versions", version, "deprecated", "replacement"]),
  })
}

/** What makes a version no place to go to, in plain words; undefined for a good one. */
export function replacementProblem(planning: BundlePlanning, version: string): string | undefined {
  const { subject, history, ledger, moment } = planning
  const release = findRelease(history, version)
  if (release === undefined) return "has not been released"
  if (!moment.reached(later(release.publishedAt, SECOND))) return "is only just being released"
  if (moment.reached(release.certificate.notAfter)) return "has expired"
  const isLeaving =
    subject.bundle.versions.get(version)?.deprecated !== undefined || retirementsOf(history).has(version)
  if (isLeaving) return "is on its way out itself"
  const standing = decidedStanding(ledger.invalidations, history, version, moment)
  return standing === "active" ? undefined : `is ${standing}`
}

/** The end of the day (UTC) that `instant` lies in. */
function endOfDay(instant: Instant): Instant {
  return instantFromMillis((Math.floor(instant / DAY) + 1) * DAY)
}
