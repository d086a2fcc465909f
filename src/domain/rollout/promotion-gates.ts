import type { Bundle, ChannelName, ChannelRule } from "../bundle.ts"
import { formatInstant, type Instant, later } from "../instant.ts"
import type { BundlePlanning, Scene } from "../plan/planning.ts"
import { deathOf, standingOf } from "../plan/standing.ts"
import { type BundleHistory, findRelease } from "../release.ts"
import { channelState } from "./channels.ts"
import type { GateResult, PromotionGate } from "./gates.ts"
import { healthAnswer, healthView } from "./health-gate.ts"
import { isInForce } from "./overrides.ts"
import { promotionChecks } from "./quality.ts"
import { healthVerdicts, linesOf, membersByLine, type RolloutVersion } from "./versions.ts"

/** A channel that could give a newer version to more of its consumers. */
export interface Promotion {
  readonly channel: ChannelName
  readonly rule: ChannelRule
  readonly to: RolloutVersion
  /** Percent of the consumers that have it already; 0 before the first. */
  readonly reached: number
  /** By time alone it could go on from then. */
  readonly readyAt: Instant
}

/** Nothing where it has nothing to say: there is no such rule for this channel. */
export type PromotionCheck = (planning: BundlePlanning, promotion: Promotion) => readonly GateResult[]

/** In the order in which they are asked. All are, so that whoever waits sees everything that they wait for. */
const PROMOTION_CHECKS: readonly PromotionCheck[] = [
  openable("soak", soak),
  openable("freeze", freeze),
  openable("environment-order", environmentOrder),
  openable("health", health),
  quality,
]

export function askGates(planning: BundlePlanning, promotion: Promotion): readonly GateResult[] {
  return PROMOTION_CHECKS.flatMap(check => check(planning, promotion))
}

type Answer = Pick<GateResult, "answer" | "evidence"> | undefined

/** A gate that an override of the bundle opens while it is closed. */
function openable(
  gate: PromotionGate,
  ask: (planning: BundlePlanning, promotion: Promotion) => Answer,
): PromotionCheck {
  return (planning, promotion) => {
    const said = ask(planning, promotion)
    if (said === undefined) return []
    const override = said.answer === "pass" ? undefined : overrideOf(planning, gate)
    return [{ check: gate, ...said, ...(override === undefined ? {} : { overridden: override }) }]
  }
}

function overrideOf(planning: BundlePlanning, gate: PromotionGate): string | undefined {
  return planning.subject.bundle.overrides.find(each => each.gate === gate && isInForce(each, planning))?.reason
}

/** Time in the channel that is followed, or in the stage that is under way. */
function soak({ moment }: BundlePlanning, { readyAt, reached, rule, to }: Promotion): Answer {
  if (reached === 0 && rule.after === 0) return undefined
  const what = reached === 0 ? `${to.version} in ${rule.follow}` : `${to.version} for ${reached} percent`
  return { answer: moment.reached(readyAt) ? "pass" : "fail", evidence: `${what} until ${formatInstant(readyAt)}` }
}

function freeze({ subject, policies, moment }: BundlePlanning): Answer {
  const { environment } = subject.input.cluster
  const frozen = policies.rollout.freezes.find(
    ({ from, until, environments }) =>
      (environments?.includes(environment) ?? true) && moment.reached(from) && !moment.reached(until),
  )
  if (frozen === undefined) return undefined
  return { answer: "fail", evidence: `${frozen.name} until ${formatInstant(frozen.until)}: ${frozen.reason}` }
}

/** Whoever comes later waits until all that come earlier have settled. */
function environmentOrder(planning: BundlePlanning, { channel }: Promotion): Answer {
  const { bundle, input } = planning.subject
  const order = planning.policies.rollout.environments
  const place = order.indexOf(input.cluster.environment)
  if (place < 1) return undefined
  const earlier = new Set(order.slice(0, place))
  const before = (planning.applications.get(bundle.application) ?? [])
    .filter(each => earlier.has(each.input.cluster.environment) && each.bundle.channels.has(channel))
    .sort((a, b) => (a.bundle.fullName < b.bundle.fullName ? -1 : 1))
  if (before.length === 0) return undefined
  const waiting = before.find(each => !hasSettled(planning, each.bundle, each.inputDigest, channel))
  return waiting === undefined
    ? { answer: "pass", evidence: `settled: ${before.map(each => each.bundle.fullName).join(", ")}` }
    : { answer: "fail", evidence: `${waiting.bundle.fullName} has not settled in ${channel}` }
}

/**
 * Everybody there has had the newest version for as long as the channel soaks, and it is what is asked for. Whatever
 * happened to it in this very second does not count yet: it could be the other half of the same plan.
 */
function hasSettled({ ledger, moment }: Scene, bundle: Bundle, inputDigest: string, channel: ChannelName): boolean {
  const history = ledger.bundles.get(bundle.fullName)
  const newest = history?.releases.at(-1)
  const state = history && channelState(history, channel)
  if (history === undefined || newest === undefined || state === undefined) return false
  if (newest.inputDigest !== inputDigest || bundle.versions.get(newest.version)?.revoked !== undefined) return false
  const lines = linesOf(history)
  if (state.ahead !== undefined || lines.get(state.version) !== lines.get(newest.version)) return false
  if (deathOf(standingOf(ledger.invalidations, history, newest, moment)) !== undefined) return false
  const soaked = later(state.since, bundle.channels.get(channel)?.after ?? 0)
  return moment.reached(soaked) && moment.reached(later(lastTouched(history), 1_000))
}

function lastTouched({ releases, marks, moves }: BundleHistory): Instant {
  const newest = [releases.at(-1)?.publishedAt, marks.at(-1)?.at, moves.at(-1)?.at].filter(at => at !== undefined)
  return newest.reduce((a, b) => (a > b ? a : b))
}

/** Nobody has had it before the first that follows `latest`: there the gate has nothing to ask. */
function health(planning: BundlePlanning, { rule, reached, to }: Promotion): Answer {
  if (rule.follow === "latest" && reached === 0) return undefined
  const { policies, history, moment } = planning
  const facts = planning.health.get(history.bundle) ?? []
  const lines = linesOf(history)
  const members = membersByLine(history, lines).get(to.line) ?? new Map()
  const retried = healthVerdicts(history, lines).get(to.line)?.at
  const said = healthAnswer(healthView(facts, members, policies.health, moment, retried), policies.health)
  if (said.answer !== "inconclusive" || policies.health.whenUnknown === "pause") return said
  return facts.length === 0 ? undefined : { answer: "pass", evidence: `${said.evidence}; time alone decides` }
}

/** What is released in this very second has no evidence yet: its record is part of the same plan. */
function quality(planning: BundlePlanning, { to }: Promotion): readonly GateResult[] {
  const { policies, history, moment } = planning
  if (policies.quality.promotion.length === 0) return []
  const record = findRelease(history, to.version)
  if (record !== undefined && moment.reached(later(record.publishedAt, 1_000))) return promotionChecks(planning, record)
  return [{ check: "quality", answer: "inconclusive", evidence: `${to.version} is only being released` }]
}
