import type { Bundle } from "../bundle.ts"
import { type Finding, finding } from "../findings.ts"
import type { BundlePlanning } from "../plan/planning.ts"
import { withMarks } from "../plan/planning.ts"
import type { MarkStep } from "../plan/steps.ts"
import { type BundleHistory, findRelease, type Marking } from "../release.ts"
import { healthView, rollbackCause } from "./health-gate.ts"
import { healthVerdicts, linesOf, membersByLine } from "./versions.ts"

/** Versions that may be tried again, and versions that have failed: in this order, so that old facts do not fail them again. */
export function healthMarks(planning: BundlePlanning): {
  readonly steps: readonly MarkStep[]
  readonly findings: readonly Finding[]
} {
  const { subject, history, moment } = planning
  const retries = retrySteps(subject.bundle, history)
  const tried = { ...planning, history: withMarks(history, retries, moment) }
  const failures = failureSteps(tried)
  const marks = [...foregone(subject.bundle, tried.history, failures), ...failures]
  const after = withMarks(tried.history, marks, moment)
  return {
    steps: [...retries, ...marks],
    findings: [...retryFindings(planning, after), ...heldBack(planning, after)],
  }
}

function retrySteps(bundle: Bundle, history: BundleHistory): readonly MarkStep[] {
  const lines = linesOf(history)
  const verdicts = healthVerdicts(history, lines)
  return unspent(bundle, history).filter(
    ({ version }) => verdicts.get(lines.get(version) ?? version)?.kind === "failed",
  )
}

/** What was written before it failed cannot mean this failure: it is spent with it. */
function foregone(bundle: Bundle, history: BundleHistory, failures: readonly MarkStep[]): readonly MarkStep[] {
  const lines = linesOf(history)
  const failed = new Set(failures.map(({ version }) => lines.get(version)))
  return unspent(bundle, history).filter(({ version }) => failed.has(lines.get(version)))
}

/** A reason counts once: another failure wants another one. */
function unspent(bundle: Bundle, history: BundleHistory): readonly MarkStep[] {
  const lines = linesOf(history)
  const spent = new Set(
    history.marks.flatMap(mark => (mark.kind === "retried" ? [`${lines.get(mark.version)} ${mark.reason}`] : [])),
  )
  return [...bundle.versions].flatMap(([version, { retry }]) =>
    retry === undefined || !lines.has(version) || spent.has(`${lines.get(version)} ${retry.reason}`)
      ? []
      : [markStep(bundle, version, { kind: "retried", reason: retry.reason })],
  )
}

/** Of each line of versions its newest is marked; once is enough until somebody lets it be tried again. */
function failureSteps({ subject, history, health, policies, moment }: BundlePlanning): readonly MarkStep[] {
  const facts = health.get(history.bundle)
  if (facts === undefined) return []
  const lines = linesOf(history)
  const verdicts = healthVerdicts(history, lines)
  return [...membersByLine(history, lines)].flatMap(([line, members]) => {
    const verdict = verdicts.get(line)
    if (verdict?.kind === "failed") return []
    const why = rollbackCause(healthView(facts, members, policies.health, moment, verdict?.at), policies.health)
    const newest = [...members.keys()].at(-1)
    if (why === undefined || newest === undefined) return []
    return [markStep(subject.bundle, newest, { kind: "failed", why })]
  })
}

function retryFindings({ subject, locate }: BundlePlanning, history: BundleHistory): readonly Finding[] {
  const { bundle } = subject
  const lines = linesOf(history)
  const verdicts = healthVerdicts(history, lines)
  return [...bundle.versions].flatMap(([version, { retry }]) => {
    if (retry === undefined || findRelease(history, version) === undefined) return []
    const verdict = verdicts.get(lines.get(version) ?? version)
    const at = locate(bundle.file, ["versions", version, "retry", "reason"])
    const name = `${bundle.fullName} ${version}`
    if (verdict === undefined) return [finding("S22", bundle.fullName, `${name} has not failed`, { at })]
    if (verdict.kind === "retried") return []
    const why = `${name} was tried again for ${JSON.stringify(retry.reason)} and failed: ${verdict.why}`
    return [finding("S21", bundle.fullName, why, { at, hint: "mend it, then say in another reason what is other now" })]
  })
}

/** The newest of all has failed, so that everybody stays with what was before. */
function heldBack({ subject, locate }: BundlePlanning, history: BundleHistory): readonly Finding[] {
  const newest = history.releases.at(-1)
  if (newest === undefined) return []
  const lines = linesOf(history)
  const verdict = healthVerdicts(history, lines).get(lines.get(newest.version) ?? newest.version)
  if (verdict?.kind !== "failed") return []
  const { fullName, file } = subject.bundle
  return [
    finding("S20", fullName, `${fullName} ${newest.version} is given to nobody else: ${verdict.why}`, {
      at: locate(file, ["channels"]),
      hint: `release another one, or write versions: ${verdict.version}: { retry: { reason: … } }`,
    }),
  ]
}

function markStep({ fullName }: Bundle, version: string, mark: Marking): MarkStep {
  return { kind: "mark", bundle: fullName, version, mark }
}
