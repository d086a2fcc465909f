import satisfiesRange from "semver/functions/satisfies.js"
import { formatDuration } from "../duration.ts"
import { type Finding, finding } from "../findings.ts"
import { formatInstant, later } from "../instant.ts"
import type { BundlePlanning } from "../plan/planning.ts"
import type { PointStep } from "../plan/steps.ts"
import { baseOf, type Channel, FIRST_CALL, isPast, rangesOf } from "./channel.ts"
import { worstAnswer } from "./gates.ts"
import { reachesTooFar } from "./overrides.ts"
import { pinOf } from "./pins.ts"

/** What people should know of a channel once it has been decided; `moves` are those of this plan. */
export function channelFindings(channel: Channel, moves: readonly PointStep[]): readonly Finding[] {
  return CHECKS.flatMap(check => check(channel, moves) ?? [])
}

type Check = (channel: Channel, moves: readonly PointStep[]) => Finding | undefined

const CHECKS: readonly Check[] = [pointsNowhere, nowhereToGoBack, failedOpen, fallsBehind, keptTooShort, keptByPeople]

function pointsNowhere(channel: Channel): Finding | undefined {
  if (channel.state !== undefined || channel.lastReason === undefined) return undefined
  const held = pinOf(channel) === undefined ? "" : ": it is held, and automation respects that"
  return found(channel, "S18", `points nowhere${held}`, "lift the hold, or release a version that is good")
}

function nowhereToGoBack(channel: Channel): Finding | undefined {
  const base = baseOf(channel)
  if (base?.failure === undefined || pinOf(channel) !== undefined) return undefined
  const why = channel.lastReason === "rollback" ? "to which it was rolled back" : "and there is nothing good before it"
  const what = `is at ${base.version}, ${why}: ${base.failure}`
  return found(channel, "S19", what, "page whoever owns it: nothing is rolled back a second time")
}

/** A gate that was closed and not waited for. */
function failedOpen(channel: Channel, moves: readonly PointStep[]): Finding | undefined {
  const move = moves.find(({ gates = [] }) => worstAnswer(gates) !== "pass")
  const closed = move?.gates?.filter(({ answer, overridden }) => answer !== "pass" && overridden === undefined)
  if (move === undefined || closed === undefined) return undefined
  const gates = closed.map(({ check, evidence }) => `${check} (${evidence})`).join(", ")
  return found(channel, "S25", `goes to ${move.to} though closed: ${gates}; ${move.cause}`, "open gates in time")
}

/** What is not of the newest line is not renewed. */
function fallsBehind(channel: Channel): Finding | undefined {
  const base = baseOf(channel)
  const newest = [...channel.versions.values()].at(-1)
  if (base?.validity === undefined || newest === undefined || newest.line === base.line) return undefined
  if (pinOf(channel) !== undefined || !isPast(channel, base, FIRST_CALL)) return undefined
  const what = `is still at ${base.version}, which ends ${formatInstant(base.validity.notAfter)} and is not renewed`
  return found(channel, "S27", what, `let it go to ${newest.version}: scb plan says what it waits for`)
}

/** Of a blue-green channel: what can be gone back to at once dies before its time is over. */
function keptTooShort(channel: Channel): Finding | undefined {
  const { rule, state, versions, planning } = channel
  if (rule.rollout.kind !== "blue-green" || state?.previous === undefined) return undefined
  const until = later(state.since, rule.rollout.keep)
  const previous = versions.get(state.previous)
  if (previous?.validity === undefined || planning.moment.reached(until)) return undefined
  const { notAfter } = previous.validity
  if (previous.withheld === undefined && notAfter >= until) return undefined
  const keep = formatDuration(rule.rollout.keep)
  const what = `keeps ${previous.version} for ${keep} until ${formatInstant(until)}, but it ends`
  const end = previous.withheld ?? formatInstant(notAfter)
  return found(channel, "S24", `${what}: ${end}`, "after that there is nothing to switch back to")
}

/** What a person decided, and a gate has no part in. */
function keptByPeople(channel: Channel): Finding | undefined {
  const { rule, source, planning } = channel
  const [base, to] = [baseOf(channel), source?.version]
  if (base === undefined || to === undefined || to.order <= base.order) return undefined
  if (to.withheld !== undefined || to.failure !== undefined) return undefined
  const pin = pinOf(channel)
  const range = rangesOf(planning, rule).find(each => !satisfiesRange(to.version, each))
  if (pin === undefined && range === undefined) return undefined
  const until = pin?.until === undefined ? "" : ` until ${formatInstant(pin.until)}`
  const why = pin === undefined ? `that is not in ${range}` : `held${until}: ${pin.reason}`
  return found(channel, "S29", `stays at ${base.version} while ${rule.follow} has ${to.version}: ${why}`)
}

/** Overrides that reach further than the policy lets them open nothing. */
export function overrideFindings(planning: BundlePlanning): readonly Finding[] {
  const { subject, policies, locate } = planning
  const { fullName, file, overrides } = subject.bundle
  const { maximumOverride } = policies.rollout
  return overrides.flatMap(({ gate, until }, index) => {
    if (!reachesTooFar({ until }, planning)) return []
    const most = `expected at most ${formatDuration(maximumOverride)} from now, got ${formatInstant(until)}`
    return [
      finding("S23", fullName, `${fullName}: the override of ${gate} opens nothing: ${most}`, {
        at: locate(file, ["overrides", index, "until"]),
        hint: `nearer than that, or a longer maximumOverride in ${policies.rollout.file}`,
      }),
    ]
  })
}

function found(
  { planning, name }: Channel,
  code: "S18" | "S19" | "S24" | "S25" | "S27" | "S29",
  what: string,
  hint?: string,
): Finding {
  const { fullName, file } = planning.subject.bundle
  return finding(code, fullName, `${fullName} ${name} ${what}`, {
    at: planning.locate(file, ["channels", name]),
    ...(hint === undefined ? {} : { hint }),
  })
}
