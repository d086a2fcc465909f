import { formatDuration } from "../duration.ts"
import { type Finding, finding } from "../findings.ts"
import { formatInstant, type Instant, later } from "../instant.ts"
import type { BundlePlanning } from "../plan/planning.ts"
import type { MarkStep } from "../plan/steps.ts"
import { revocationOf } from "../release.ts"
import { type Retirement, retirementsOf } from "./schedule.ts"

/** Ends of life that people have put off. What was granted is never taken back. */
export function* extensions(planning: BundlePlanning): Iterable<MarkStep | Finding> {
  const { subject, history, ledger, locate } = planning
  const { fullName, file, versions } = subject.bundle
  if (versions.size === 0) return
  for (const retirement of retirementsOf(history).values()) {
    const { version, extendedUntil } = retirement
    const deprecated = versions.get(version)?.deprecated
    if (deprecated === undefined || deprecated.extended?.until === extendedUntil) continue
    if (revocationOf(ledger.invalidations, history, version) !== undefined) continue
    const { extended } = deprecated
    const at = locate(file, ["versions", version, "deprecated", "extended"])
    const problem = extended === undefined ? gone(retirement) : extensionProblem(planning, retirement, extended.until)
    if (problem !== undefined) {
      yield finding(problem.code, fullName, `${fullName} ${version}: ${problem.why}`, { at })
    } else if (extended !== undefined) {
      yield { kind: "mark", bundle: fullName, version, mark: { kind: "extended", ...extended } }
    }
  }
}

interface ExtensionProblem {
  readonly code: "S37" | "S41"
  readonly why: string
}

function gone({ schedule }: Retirement): ExtensionProblem {
  return {
    code: "S37",
    why: `its end of life stays put off to ${formatInstant(schedule.endOfLifeAt)} though the line is gone`,
  }
}

function extensionProblem(
  { policies, moment }: BundlePlanning,
  { announced, schedule, phase }: Retirement,
  until: Instant,
): ExtensionProblem | undefined {
  const { maximumExtension } = policies.lifecycle
  const asked = formatInstant(until)
  const end = formatInstant(schedule.endOfLifeAt)
  if (phase === "end-of-life" || phase === "archived") {
    return { code: "S41", why: `its end of life has come and cannot be put off to ${asked}` }
  }
  if (until <= schedule.endOfLifeAt) {
    return { code: "S37", why: `its end of life is ${end}, and is not brought forward to ${asked}` }
  }
  if (moment.reached(until)) return { code: "S41", why: `its end of life cannot be put off to ${asked}, in the past` }
  const latest = later(announced.endOfLifeAt, maximumExtension)
  if (until <= latest) return undefined
  const limit = `at most ${formatDuration(maximumExtension)} beyond what was announced, to ${formatInstant(latest)}`
  return { code: "S41", why: `its end of life can be put off by ${limit}; got ${asked}` }
}
