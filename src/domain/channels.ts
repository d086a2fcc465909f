import type { ChannelName } from "./bundle.ts"
import type { Finding } from "./findings.ts"
import type { Instant } from "./instant.ts"
import type { Moment } from "./moment.ts"
import type { BundlePlanning } from "./planning.ts"
import type { BundleHistory, Invalidation } from "./release.ts"
import { deathOf, standingOf } from "./standing.ts"
import type { PointStep, ReleaseStep } from "./steps.ts"

/** Where a channel stands: everybody at `version`, but for a part that is ahead. */
export interface ChannelState {
  readonly version: string
  /** When everybody got there. */
  readonly since: Instant
  /** Those who are ahead, while a rollout is under way. */
  readonly ahead?: { readonly version: string; readonly percent: number; readonly since: Instant }
  /** Where everybody was before. */
  readonly previous?: string
}

/** By the moves of the ledger; undefined before the first, and after a withdrawal. */
export function channelState({ moves }: BundleHistory, channel: ChannelName): ChannelState | undefined {
  let state: ChannelState | undefined
  for (const { channel: name, version, percent, at } of moves) {
    if (name !== channel) continue
    if (version === undefined) state = undefined
    else if (percent === undefined || state === undefined) {
      const previous = state?.version === version ? state.previous : state?.version
      state = { version, since: at, ...(previous === undefined ? {} : { previous }) }
    } else state = { ...state, ahead: { version, percent, since: at } }
  }
  return state
}

/** What a channel gives to those who ask: never a version that is dead. */
export function channelTarget(
  invalidations: readonly Invalidation[],
  history: BundleHistory,
  channel: ChannelName,
  moment: Moment,
): ChannelState | undefined {
  const alive = (version: string): boolean => {
    const release = history.releases.find(each => each.version === version)
    return release !== undefined && deathOf(standingOf(invalidations, history, release, moment)) === undefined
  }
  const state = channelState(history, channel)
  if (state === undefined || !alive(state.version)) return undefined
  if (state.ahead === undefined || alive(state.ahead.version)) return state
  const { ahead: _dead, ...rest } = state
  return rest
}

/** Where each channel moves now. `planned` will have been released by then. */
export function channelSteps(
  { subject, history, good }: BundlePlanning,
  planned: ReleaseStep | undefined,
): { readonly steps: readonly PointStep[]; readonly findings: readonly Finding[] } {
  const to = planned?.version ?? good?.version
  const { bundle } = subject
  if (to === undefined) return { steps: [], findings: [] }
  const steps = [...bundle.channels.keys()].flatMap((channel): readonly PointStep[] => {
    const from = channelState(history, channel)?.version
    if (from === to) return []
    const reason = from === undefined ? "first" : "follow"
    const cause = planned?.cause ?? "the newest good version"
    return [
      { kind: "point", bundle: bundle.fullName, channel, ...(from === undefined ? {} : { from }), to, reason, cause },
    ]
  })
  return { steps, findings: [] }
}
