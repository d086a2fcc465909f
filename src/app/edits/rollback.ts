import { type ChannelState, channelState } from "../../domain/rollout/channels.ts"
import type { RolloutVersion } from "../../domain/rollout/versions.ts"
import { withPin } from "./pin.ts"
import { type Edit, Refusal } from "./proposal.ts"
import { holdOf, offeredVersion, proposal, type Subject, subjectOf } from "./subject.ts"

export interface RollbackRequest {
  readonly bundle: string
  readonly channel: string
  /** Absent: where the channel was before, as far as that is still good. */
  readonly to?: string
  readonly reason: string
}

/** Goes back to what was good before, and stays there until somebody lifts the hold. */
export function rollback({ bundle, channel, to, reason }: RollbackRequest): Edit {
  return scene => {
    const subject = subjectOf(scene, bundle)
    const pin = holdOf(subject, channel)
    const state = channelState(subject.history, channel)
    const base = state && subject.versions.get(state.version)
    if (state === undefined || base === undefined) {
      throw new Refusal(`${bundle} ${channel} points nowhere: there is nothing to go back from`)
    }
    const held = pin && subject.versions.get(pin.version)
    const isDone = lastReason(subject, channel) === "rollback"
    const isAsked = held !== undefined && (to ?? held.version) === held.version
    if (isAsked && (isDone ? held === base : held.order < base.order || (held === base && state.ahead !== undefined))) {
      return proposal(subject, subject.text, `roll ${bundle} ${channel} back to ${held.version}`, reason)
    }
    if (isDone) {
      throw new Refusal(
        `${bundle} ${channel} was rolled back already, to ${base.version}: a rollback of a rollback is a guess`,
        `mend what is wrong and go forward; scb unpin ${bundle} ${channel} lets it follow again`,
      )
    }
    const target = to === undefined ? previousGood(subject, channel, state) : olderVersion(subject, to, base, state)
    const edited = withPin(subject, channel, { pin: target.version, reason })
    return proposal(subject, edited, `roll ${bundle} ${channel} back to ${target.version}`, reason)
  }
}

function lastReason({ history }: Subject, channel: string): string | undefined {
  return history.moves.findLast(move => move.channel === channel)?.reason
}

/** Those who are ahead come back to the others; else all go where they were, by way of the newest of that line. */
function previousGood(subject: Subject, channel: string, state: ChannelState): RolloutVersion {
  const { history, versions, bundle } = subject
  if (state.ahead !== undefined) return offeredVersion(subject, state.version)
  const first = versions.get(versions.get(state.version)?.line ?? state.version)
  const been = history.moves.flatMap(move =>
    move.channel === channel && move.version !== undefined ? (versions.get(move.version) ?? []) : [],
  )
  for (const before of been.reverse()) {
    if (first === undefined || before.order >= first.order) continue
    const good = [...versions.values()].findLast(each => each.line === before.line && isGood(each))
    if (good !== undefined) return good
  }
  throw new Refusal(
    `${bundle.fullName} ${channel} has been at no version before ${state.version} that is still good`,
    "mend what is wrong and go forward; scb status lists the versions",
  )
}

function isGood({ withheld, failure }: RolloutVersion): boolean {
  return withheld === undefined && failure === undefined
}

function olderVersion(subject: Subject, to: string, base: RolloutVersion, state: ChannelState): RolloutVersion {
  const target = offeredVersion(subject, to)
  if (target.order < base.order || (target === base && state.ahead !== undefined)) return target
  throw new Refusal(
    `${subject.bundle.fullName} ${to} is not older than ${base.version}, where the channel is`,
    "scb pin holds a channel at any version that is good",
  )
}
