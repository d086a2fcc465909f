import { formatInstant, type Instant, later } from "../instant.ts"
import type { Moment } from "../plan/moment.ts"
import type { HealthPolicy } from "../policies.ts"
import type { GateAnswer } from "./gates.ts"
import type { HealthFact } from "./health.ts"
import type { LineMembers } from "./versions.ts"

/** What the facts about some versions that differ by renewals alone add up to. */
export interface HealthView {
  /** Connections seen; a probe is one. */
  readonly samples: number
  readonly failures: number
  /** Probes that failed since the last that did not. */
  readonly failedProbes: number
  /** When the newest fact was seen. */
  readonly seenAt?: Instant
}

/**
 * Facts that are neither stale, from the future, from before the version was there nor, where somebody has let it be
 * tried again, from before that (`since`). Of counters the newest counts: they hold all connections since the version was given out.
 */
export function healthView(
  facts: readonly HealthFact[],
  members: LineMembers,
  { staleAfter }: HealthPolicy,
  moment: Moment,
  since?: Instant,
): HealthView {
  const known = facts
    .filter(({ version, at }) => at > (members.get(version) ?? Infinity) && (since === undefined || at > since))
    .filter(({ at }) => moment.reached(at) && !moment.reached(later(at, staleAfter)))
    .sort((a, b) => a.at - b.at)
  const probes = known.filter(fact => fact.kind === "probe")
  const traffic = known.findLast(fact => fact.kind === "traffic")
  const seenAt = known.at(-1)?.at
  return {
    samples: (traffic?.samples ?? 0) + probes.length,
    failures: (traffic?.failures ?? 0) + probes.filter(({ healthy }) => !healthy).length,
    failedProbes: probes.length - 1 - probes.findLastIndex(({ healthy }) => healthy),
    ...(seenAt === undefined ? {} : { seenAt }),
  }
}

/** What does not add up, or is too little, is inconclusive: never a pass. */
export function healthAnswer(
  { samples, failures, seenAt }: HealthView,
  { minimumSamples, maximumFailurePercent }: HealthPolicy,
): { readonly answer: GateAnswer; readonly evidence: string } {
  if (seenAt === undefined) return { answer: "inconclusive", evidence: "nothing fresh is known of it in use" }
  const evidence = `${failures} of ${samples} connections failed until ${formatInstant(seenAt)}`
  if (!isCount(samples) || !isCount(failures) || failures > samples) {
    return { answer: "inconclusive", evidence: `${evidence}: that makes no sense` }
  }
  if (samples < minimumSamples) {
    return { answer: "inconclusive", evidence: `${evidence}, too few to tell: expected ${minimumSamples}` }
  }
  const healthy = failures * 100 <= maximumFailurePercent * samples
  return { answer: healthy ? "pass" : "fail", evidence: `${evidence}, allowed are ${maximumFailurePercent} percent` }
}

/** What takes a version back by itself, in words; undefined when there is no reason to. */
export function rollbackCause(
  { samples, failures, failedProbes }: HealthView,
  { rollback }: HealthPolicy,
): string | undefined {
  if (rollback === undefined) return undefined
  if (failedProbes >= rollback.failedProbes) return `${failedProbes} probes in a row failed`
  if (!isCount(samples) || !isCount(failures) || failures > samples || samples < rollback.minimumSamples) {
    return undefined
  }
  if (failures * 100 < rollback.failurePercent * samples) return undefined
  return `${failures} of ${samples} connections failed`
}

function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0
}
