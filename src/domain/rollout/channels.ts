import type { ChannelName } from "../bundle.ts"
import type { Instant } from "../instant.ts"
import type { Moment } from "../plan/moment.ts"
import { standingOf, withholdingOf } from "../plan/standing.ts"
import { type BundleHistory, findRelease, type Invalidation, type PointerMove } from "../release.ts"

/** A part of the consumers in a rollout that is under way. */
export interface PartAhead {
  readonly version: string
  readonly percent: number
  readonly since: Instant
  /** The version with which the rollout began. It deals out the places: a renewal on the way leaves everybody where they are. */
  readonly dealt: string
}

/** Where a channel stands: everybody at `version`, but for a part that is ahead. */
export interface ChannelState {
  readonly version: string
  /** When everybody got there, or to what it renews. */
  readonly since: Instant
  /** Those who are ahead, while a rollout is under way. */
  readonly ahead?: PartAhead
  /** Where everybody was before: what can be gone back to at once. */
  readonly previous?: string
}

/** By the moves of the ledger; undefined before the first, and after a withdrawal. */
export function channelState({ moves }: Pick<BundleHistory, "moves">, channel: ChannelName): ChannelState | undefined {
  let state: ChannelState | undefined
  for (const move of moves) if (move.channel === channel) state = afterMove(state, move)
  return state
}

/**
 * What a move makes of a channel. A renewal takes the place of what it renews, its time and its predecessor included;
 * those who come back to where the others stayed change nothing for these.
 */
export function afterMove(
  state: ChannelState | undefined,
  { version, percent, at, reason }: Pick<PointerMove, "version" | "percent" | "at" | "reason">,
): ChannelState | undefined {
  if (version === undefined) return undefined
  if (state === undefined) return { version, since: at }
  const { version: before, since, ahead, previous } = state
  const kept = previous === undefined ? {} : { previous }
  if (percent !== undefined) {
    return { version: before, since, ahead: partAhead(ahead, { version, percent, at, reason }), ...kept }
  }
  if (reason === "renewal" || version === before) return { version, since, ...kept }
  return { version, since: at, previous: before }
}

function partAhead(
  before: PartAhead | undefined,
  {
    version,
    percent,
    at,
    reason,
  }: { readonly percent: number; readonly version: string } & Pick<PointerMove, "at" | "reason">,
): PartAhead {
  const isSame = reason === "renewal" || version === before?.version
  return {
    version,
    percent,
    since: reason === "renewal" && before !== undefined ? before.since : at,
    dealt: isSame && before !== undefined ? before.dealt : version,
  }
}

/** Channels that lead to a version, if only a part of their consumers. */
export function channelsAt(history: BundleHistory, version: string): readonly ChannelName[] {
  const names = [...new Set(history.moves.map(({ channel }) => channel))].sort()
  return names.filter(name => {
    const state = channelState(history, name)
    return state?.version === version || state?.ahead?.version === version
  })
}

/** What a channel gives to those who ask: never a version that is withheld. */
export function channelTarget(
  invalidations: readonly Invalidation[],
  history: BundleHistory,
  channel: ChannelName,
  moment: Moment,
): ChannelState | undefined {
  const isOffered = (version: string): boolean => {
    const release = findRelease(history, version)
    return release !== undefined && withholdingOf(standingOf(invalidations, history, release, moment)) === undefined
  }
  const state = channelState(history, channel)
  if (state === undefined || !isOffered(state.version)) return undefined
  if (state.ahead === undefined || isOffered(state.ahead.version)) return state
  const { ahead: _withheld, ...rest } = state
  return rest
}
