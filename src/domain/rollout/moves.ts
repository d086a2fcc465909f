import type { ChannelRule } from "../bundle.ts"
import type { Duration } from "../duration.ts"
import { formatInstant, later } from "../instant.ts"
import { replacementWaits } from "../revocation/campaign-waves.ts"
import {
  aheadOf,
  baseOf,
  type Channel,
  type Decision,
  everybody,
  isEligible,
  isPast,
  LAST_CALL,
  type Move,
  STAY,
  withdrawal,
} from "./channel.ts"
import type { ChannelState } from "./channels.ts"
import { type GateResult, worstAnswer } from "./gates.ts"
import { hold } from "./pins.ts"
import { askGates } from "./promotion-gates.ts"
import type { RolloutVersion } from "./versions.ts"

/**
 * What moves a channel, in the order in which it is asked: the first that has an answer decides. People come first; then
 * whatever is wrong with what the channel gives out, which waits for nothing; and only then what is new.
 */
const DECISIONS: readonly ((channel: Channel) => Decision | undefined)[] = [
  hold,
  replaceWithheld,
  abortRollout,
  rollBackFailed,
  fill,
  renew,
  renewAhead,
  promote,
]

/** The next thing that happens to the channel. Asked again after each move, it ends in none. */
export function nextDecision(channel: Channel): Decision {
  for (const decide of DECISIONS) {
    const decision = decide(channel)
    if (decision !== undefined) return decision
  }
  return STAY
}

function replaceWithheld(channel: Channel): Decision | undefined {
  const base = baseOf(channel)
  if (base?.withheld === undefined) return undefined
  const to = replacementIn(channel)
  const cause = `${base.version} is ${base.withheld}`
  if (to !== undefined) return everybody(to.version, "replacement", cause)
  // many bundles that wait for their wave would be many writes, where the one that revoked them has told everybody
  return replacementWaits(channel.planning) === undefined ? withdrawal(cause) : STAY
}

/** Those who are ahead come back from what is dead or has failed, and from what the followed channel has left again. */
function abortRollout(channel: Channel): Decision | undefined {
  const [base, ahead] = [baseOf(channel), aheadOf(channel)]
  if (base === undefined || ahead === undefined) return undefined
  const source = channel.source?.version
  const cause =
    (ahead.withheld && `${ahead.version} is ${ahead.withheld}`) ??
    (ahead.failure && `${ahead.version} failed: ${ahead.failure}`) ??
    (isEligible(channel, ahead) ? undefined : `${ahead.version} lies outside the versions that may be followed`) ??
    (source !== undefined && source.order < ahead.order ? `${channel.rule.follow} went back` : undefined)
  return cause === undefined ? undefined : everybody(base.version, "abort", cause)
}

/**
 * To where everybody was before, if that is older: after a rollback it is not. Should it be no good either, it is for
 * people to say where to go.
 */
function rollBackFailed(channel: Channel): Decision | undefined {
  const base = baseOf(channel)
  if (base?.failure === undefined) return undefined
  const { previous } = channel.state ?? {}
  const to = previous === undefined ? undefined : channel.versions.get(previous)
  if (to === undefined || to.order > base.order || !isEligible(channel, to)) return undefined
  return everybody(to.version, "rollback", `${base.version} failed: ${base.failure}`)
}

/** Who points nowhere breaks nobody by pointing somewhere. */
function fill(channel: Channel): Decision | undefined {
  if (channel.state !== undefined) return undefined
  if (channel.lastReason !== undefined) {
    const to = replacementIn(channel)
    return to === undefined ? STAY : everybody(to.version, "replacement", "the channel pointed nowhere")
  }
  const to = channel.source?.version
  if (to === undefined || !isEligible(channel, to)) return STAY
  return everybody(to.version, "first", `the first in ${channel.name}`)
}

function renew(channel: Channel): Decision | undefined {
  const base = baseOf(channel)
  const to = newer(channel)
  if (base === undefined || to?.line !== base.line) return undefined
  return everybody(to.version, "renewal", `renews ${base.version}`)
}

/** A rollout that outlasts the certificate of what it rolls out goes on with its renewal. */
function renewAhead(channel: Channel): Decision | undefined {
  const ahead = aheadOf(channel)
  const to = newer(channel)
  if (ahead === undefined || to === undefined || to === ahead || to.line !== ahead.line) return undefined
  if (!isPast(channel, ahead, LAST_CALL)) return undefined
  const { percent } = channel.state?.ahead ?? {}
  return {
    move: {
      to: to.version,
      ...(percent === undefined ? {} : { percent }),
      reason: "renewal",
      cause: `renews ${ahead.version}`,
    },
  }
}

/** The next part of the consumers, or all of them, if every gate lets them through. */
function promote(channel: Channel): Decision | undefined {
  const { planning, name, rule, state, source } = channel
  const [base, ahead, to] = [baseOf(channel), aheadOf(channel), newer(channel)]
  if (state === undefined || base === undefined || source === undefined || to === undefined) return undefined
  const underWay = ahead?.line === to.line ? state.ahead : undefined
  const { percent, wait } = nextStage(rule, underWay)
  const stays = percent !== undefined && underWay !== undefined
  const target = stays ? underWay.version : to.version
  const whom = percent === undefined ? {} : { percent }
  const readyAt = later(underWay?.since ?? source.since, wait)
  const gates = askGates(planning, { channel: name, rule, to, reached: underWay?.percent ?? 0, readyAt })
  if (worstAnswer(gates) === "pass") {
    const cause = underWay === undefined ? `follows ${rule.follow}` : `after ${underWay.percent} percent`
    const reason = gates.some(each => each.overridden !== undefined)
      ? "override"
      : underWay === undefined
        ? "follow"
        : "stage"
    return { move: { to: target, ...whom, reason, cause, ...recorded(gates) } }
  }
  return (
    failOpen(channel, base, to, gates) ?? {
      wait: {
        bundle: planning.subject.bundle.fullName,
        channel: name,
        from: base.version,
        to: target,
        ...whom,
        gates,
      },
    }
  )
}

/** Near the end of what everybody has, what is only about time, or unknown, waits no longer: an open gate is better than no connection. */
function failOpen(
  channel: Channel,
  base: RolloutVersion,
  to: RolloutVersion,
  gates: readonly GateResult[],
): Decision | undefined {
  if (base.validity === undefined || !isPast(channel, base, LAST_CALL)) return undefined
  if (to.validity !== undefined && to.validity.notAfter <= base.validity.notAfter) return undefined
  if (gates.some(isAboutVersion)) return undefined
  const cause = `${base.version} ends ${formatInstant(base.validity.notAfter)}: no gate is waited for any longer`
  return { move: { to: to.version, reason: "replacement", cause, ...recorded(gates) } }
}

/** What only ever says that it is too early. */
const ABOUT_TIME: readonly string[] = ["soak", "freeze", "environment-order"]

/** That says that the version itself is bad. */
function isAboutVersion({ check, answer, overridden }: GateResult): boolean {
  return answer === "fail" && overridden === undefined && !ABOUT_TIME.includes(check)
}

function recorded(gates: readonly GateResult[]): Pick<Move, "gates"> {
  return gates.length === 0 ? {} : { gates }
}

/** Who comes next (absent: everybody), and how long after those before them. */
function nextStage(
  { rollout, after }: ChannelRule,
  underWay: ChannelState["ahead"],
): { readonly percent?: number; readonly wait: Duration } {
  const stages = rollout.kind === "stages" ? rollout.stages : []
  const reached = underWay?.percent ?? 0
  const next = stages.find(({ percent }) => percent > reached)?.percent ?? 100
  const wait = underWay === undefined ? after : (stages.findLast(({ percent }) => percent <= reached)?.for ?? 0)
  return next === 100 ? { wait } : { percent: next, wait }
}

/** What is followed, where it is good and newer than what everybody has: following never leads back. */
function newer(channel: Channel): RolloutVersion | undefined {
  const to = channel.source?.version
  const base = baseOf(channel)
  if (to === undefined || base === undefined || to.order <= base.order || !isEligible(channel, to)) return undefined
  return to
}

/** In the place of what is withheld: what is followed or, where that is no good, the newest that is. */
function replacementIn(channel: Channel): RolloutVersion | undefined {
  const others = [...channel.versions.values()].reverse()
  const all = channel.source === undefined ? others : [channel.source.version, ...others]
  return all.find(version => isEligible(channel, version))
}
