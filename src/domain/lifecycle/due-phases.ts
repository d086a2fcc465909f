import compareVersions from "semver/functions/compare.js"
import type { ChannelName } from "../bundle.ts"
import { type Finding, finding } from "../findings.ts"
import { formatInstant, type Instant, later } from "../instant.ts"
import type { Moment } from "../plan/moment.ts"
import type { BundlePlanning } from "../plan/planning.ts"
import type { MarkStep } from "../plan/steps.ts"
import { type BundleHistory, findRelease, PHASES, type Phase, revocationOf } from "../release.ts"
import { channelTarget } from "../rollout/channels.ts"
import { isInForce } from "../rollout/overrides.ts"
import { PHASE_STARTS, phaseByDate, type Retirement, retirementsOf } from "./schedule.ts"

/** For so long a channel must have led to the replacement: who fetches once a day has it by then. */
const NOTICE = 86_400_000
const SECOND = 1_000

/** The phase that each version on its way out has come to, where nothing holds it back. */
export function* phasesDue(planning: BundlePlanning): Iterable<MarkStep | Finding> {
  const { subject, history, ledger, moment } = planning
  for (const retirement of retirementsOf(history).values()) {
    const { version, schedule, phase } = retirement
    if (revocationOf(ledger.invalidations, history, version) !== undefined) continue
    const due = phaseByDate(schedule, at => moment.reached(at))
    if (due === undefined || rank(due) <= rank(phase)) continue
    yield heldBack(planning, retirement, due) ?? {
      kind: "mark",
      bundle: subject.bundle.fullName,
      version,
      mark: { kind: due },
    }
  }
}

function rank(phase: Phase | undefined): number {
  return phase === undefined ? -1 : PHASES.indexOf(phase)
}

/** Why a phase that is due does not begin: it would take a version away from people who need it. */
function heldBack(planning: BundlePlanning, retirement: Retirement, due: Phase): Finding | undefined {
  const { history, moment } = planning
  const { version, phase } = retirement
  const notAfter = findRelease(history, version)?.certificate.notAfter
  const ofNoUse = phase === "end-of-life" || notAfter === undefined || moment.reached(notAfter)
  return ofNoUse ? undefined : (unreachable(planning, retirement, due) ?? stillUsed(planning, retirement, due))
}

function unreachable(planning: BundlePlanning, retirement: Retirement, due: Phase): Finding | undefined {
  const { subject, moment, locate } = planning
  const { fullName, file } = subject.bundle
  const { version, replacement } = retirement
  const leads = reachableSince(planning, retirement)
  if (leads !== undefined && moment.reached(later(leads, NOTICE))) return undefined
  const why =
    leads === undefined ? "no channel leads there" : `a channel leads there since ${formatInstant(leads)} only`
  return finding(
    "S39",
    fullName,
    `${fullName} ${version} is due to be ${due}, and waits for its replacement ${replacement}: ${why}`,
    {
      at: locate(file, ["versions", version, "deprecated", "replacement"]),
      hint: "name a good version that a channel leads to, or release one",
    },
  )
}

/** Since when some channel has led to the replacement, or to what came after it. */
function reachableSince(planning: BundlePlanning, { version, replacement }: Retirement): Instant | undefined {
  const { subject, history, ledger, moment } = planning
  const suits = (target: string): boolean => target !== version && compareVersions(target, replacement) >= 0
  const since = [...subject.bundle.channels.keys()].flatMap(channel => {
    const target = channelTarget(ledger.invalidations, history, channel, moment)
    if (target === undefined || !suits(target.version)) return []
    return suitsSince(history, channel, suits, moment) ?? []
  })
  return since.length === 0 ? undefined : since.reduce((a, b) => (a < b ? a : b))
}

/** A channel that has moved this very second does not count: it could be the other half of the same plan. */
function suitsSince(
  { moves }: BundleHistory,
  channel: ChannelName,
  suits: (target: string) => boolean,
  moment: Moment,
): Instant | undefined {
  let since: Instant | undefined
  for (const move of moves) {
    if (move.channel !== channel || move.percent !== undefined) continue
    if (move.version === undefined || !suits(move.version)) since = undefined
    else since ??= move.at
    if (!moment.reached(later(move.at, SECOND))) return undefined
  }
  return since
}

/** By the newest fact that names a number of consumers; none, or an old one: time alone decides. */
function stillUsed(planning: BundlePlanning, { version, schedule }: Retirement, due: Phase): Finding | undefined {
  const { subject, policies, health, moment, locate } = planning
  const { fullName, file, overrides } = subject.bundle
  const { usageGate } = policies.lifecycle
  if (usageGate === undefined) return undefined
  if (overrides.some(each => each.gate === "usage" && isInForce(each, planning))) return undefined
  const consumers = (health.get(fullName) ?? [])
    .filter(fact => fact.kind === "traffic" && fact.version === version)
    .filter(fact => !moment.reached(later(fact.at, policies.health.staleAfter)))
    .reduce<{ readonly at: Instant; readonly number: number } | undefined>((newest, fact) => {
      if (fact.kind !== "traffic" || fact.consumers === undefined) return newest
      return newest === undefined || fact.at > newest.at ? { at: fact.at, number: fact.consumers } : newest
    }, undefined)
  if (consumers === undefined || consumers.number <= usageGate.maximumConsumers) return undefined
  const use = `${consumers.number} still use it, expected at most ${usageGate.maximumConsumers}`
  return finding(
    "S40",
    fullName,
    `${fullName} ${version} was due to be ${due} at ${formatInstant(schedule[PHASE_STARTS[due]])}, and waits: ${use}`,
    {
      at: locate(file, ["versions", version, "deprecated"]),
      hint: "move them to the replacement; or open the gate `usage` by an override, for a reason and a time",
    },
  )
}
