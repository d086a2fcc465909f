import type { ChannelName, ChannelRule } from "../bundle.ts"
import type { Finding } from "../findings.ts"
import type { BundlePlanning } from "../plan/planning.ts"
import type { PointStep, ReleaseStep } from "../plan/steps.ts"
import type { MoveReason } from "../release.ts"
import { type Channel, type ChannelWait, isEligible, type Move } from "./channel.ts"
import { afterMove, type ChannelState, channelState } from "./channels.ts"
import { channelFindings, overrideFindings } from "./findings.ts"
import { nextDecision } from "./moves.ts"
import { pinFindings } from "./pins.ts"
import { type RolloutVersions, rolloutVersions } from "./versions.ts"

export interface ChannelsDecided {
  readonly steps: readonly PointStep[]
  readonly waits: readonly ChannelWait[]
  readonly findings: readonly Finding[]
}

/** Where each channel moves now, in the order in which they follow each other. `planned` will have been released by then. */
export function channelSteps(planning: BundlePlanning, planned: ReleaseStep | undefined): ChannelsDecided {
  const { bundle } = planning.subject
  const versions = rolloutVersions(planning, planned)
  const states = new Map<ChannelName, ChannelState | undefined>()
  const steps: PointStep[] = []
  const waits: ChannelWait[] = []
  const findings: Finding[] = [...overrideFindings(planning)]
  for (const [name, rule] of bundle.channels) {
    const before = channelOf(planning, versions, states, name, rule)
    const { channel, moves, wait } = settle(before)
    states.set(name, channel.state)
    steps.push(...moves)
    if (wait !== undefined) waits.push(wait)
    findings.push(...pinFindings(channel), ...channelFindings(channel, moves))
  }
  return { steps, waits, findings }
}

function channelOf(
  planning: BundlePlanning,
  versions: RolloutVersions,
  states: ReadonlyMap<ChannelName, ChannelState | undefined>,
  name: ChannelName,
  rule: ChannelRule,
): Channel {
  const { history } = planning
  return {
    planning,
    name,
    rule,
    versions,
    state: channelState(history, name),
    lastReason: history.moves.findLast(({ channel }) => channel === name)?.reason,
    source: rule.follow === "latest" ? latest(planning, versions, rule) : followed(versions, states.get(rule.follow)),
  }
}

/** The newest that may be followed, since the first of its line was published. */
function latest(planning: BundlePlanning, versions: RolloutVersions, rule: ChannelRule): Channel["source"] {
  const version = [...versions.values()].findLast(each => isEligible({ planning, rule }, each))
  if (version === undefined) return undefined
  return { version, since: (versions.get(version.line) ?? version).publishedAt }
}

function followed(versions: RolloutVersions, state: ChannelState | undefined): Channel["source"] {
  const version = state && versions.get(state.version)
  return state === undefined || version === undefined ? undefined : { version, since: state.since }
}

/** Longer chains of moves of one channel in one plan there are not. */
const MOVES_AT_MOST = 6

/** Moves until nothing moves any more: so that performing the plan leaves nothing to plan. */
function settle(before: Channel): {
  readonly channel: Channel
  readonly moves: readonly PointStep[]
  readonly wait: ChannelWait | undefined
} {
  const moves: PointStep[] = []
  let channel = before
  for (;;) {
    const { move, wait } = nextDecision(channel)
    if (move === undefined) return { channel, moves, wait }
    if (moves.length === MOVES_AT_MOST) throw new Error(`${nameOf(channel)} moves in circles: ${JSON.stringify(moves)}`)
    moves.push(stepOf(channel, move))
    channel = moved(channel, move)
  }
}

function moved(channel: Channel, { to, percent, reason }: Move): Channel {
  const { now } = channel.planning.moment
  const lastReason: MoveReason = reason
  const move = {
    ...(to === undefined ? {} : { version: to }),
    ...(percent === undefined ? {} : { percent }),
    at: now,
    reason,
  }
  return { ...channel, lastReason, state: afterMove(channel.state, move) }
}

function stepOf({ planning, name, state }: Channel, move: Move): PointStep {
  return {
    kind: "point",
    bundle: planning.subject.bundle.fullName,
    channel: name,
    ...(state === undefined ? {} : { from: state.version }),
    ...move,
  }
}

function nameOf({ planning, name }: Channel): string {
  return `${planning.subject.bundle.fullName} ${name}`
}
