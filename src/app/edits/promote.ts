import type { ChannelWait } from "../../domain/rollout/channel.ts"
import { channelState } from "../../domain/rollout/channels.ts"
import { PROMOTION_GATES, type PromotionGate } from "../../domain/rollout/gates.ts"
import { withOpen } from "./override.ts"
import { withoutPin } from "./pin.ts"
import { type Edit, Refusal } from "./proposal.ts"
import { holdOf, proposal, releaseOf, type Subject, subjectOf } from "./subject.ts"

export interface PromoteRequest {
  readonly bundle: string
  readonly channel: string
  /** Refuses anything but this version. */
  readonly to?: string
  readonly reason: string
  readonly until?: string
}

/** Takes away what keeps a channel from its next version: a hold, or else the gates that are closed. */
export function promote({ bundle, channel, to, reason, until }: PromoteRequest): Edit {
  return scene => {
    const subject = subjectOf(scene, bundle)
    const pin = holdOf(subject, channel)
    if (to !== undefined) releaseOf(subject, to)
    if (pin !== undefined && pin.version !== to) {
      return proposal(subject, withoutPin(subject, channel), `promote ${bundle} ${channel}: lift the hold`, reason)
    }
    const wait = scene.waits.find(each => each.bundle === bundle && each.channel === channel)
    const title = `promote ${bundle} ${channel} to ${wait?.to ?? to ?? "what it follows"}`
    if (wait === undefined) return proposal(subject, requireArrived(subject, channel, to), title, reason)
    if (to !== undefined && wait.to !== to) {
      throw new Refusal(
        `${bundle} ${channel} waits for ${wait.to}, not for ${to}`,
        `scb pin ${bundle} ${channel} ${to}`,
      )
    }
    return proposal(subject, withOpen(subject, closedGates(wait), reason, until), title, reason)
  }
}

/** Nothing waits: then it is there, on its way, or never goes there. */
function requireArrived({ scene, bundle, history, text }: Subject, channel: string, to: string | undefined): string {
  const state = channelState(history, channel)
  const coming = scene.plan.steps.some(
    step => step.kind === "point" && step.bundle === bundle.fullName && step.channel === channel && step.to === to,
  )
  if (to === undefined || state?.version === to || coming) return text
  throw new Refusal(
    `${bundle.fullName} ${channel} does not wait for ${to}: it is at ${state?.version ?? "no version"} and follows ${bundle.channels.get(channel)?.follow}`,
    `scb pin ${bundle.fullName} ${channel} ${to} puts it there and holds it`,
  )
}

/** Checks of the quality policy are behind one gate. */
function closedGates({ gates }: ChannelWait): readonly PromotionGate[] {
  const closed = gates.filter(({ answer, overridden }) => answer !== "pass" && overridden === undefined)
  return [...new Set(closed.map(({ check }) => PROMOTION_GATES.find(gate => gate === check) ?? "quality"))]
}
