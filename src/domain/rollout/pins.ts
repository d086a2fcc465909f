import type { Pin } from "../bundle.ts"
import { type Finding, finding } from "../findings.ts"
import { formatInstant } from "../instant.ts"
import type { FindingCode } from "../rules/finding-rules.ts"
import {
  aheadOf,
  baseOf,
  type Channel,
  type Decision,
  everybody,
  FIRST_CALL,
  isPast,
  LAST_CALL,
  STAY,
  strangersTo,
  withdrawal,
} from "./channel.ts"

/** A hold whose end has not come. */
export function pinOf({ rule, planning }: Channel): Pin | undefined {
  const { pin } = rule
  if (pin === undefined || (pin.until !== undefined && planning.moment.reached(pin.until))) return undefined
  return pin
}

/** A held channel goes where it is held and nowhere else; where that cannot be, it stays, or withdraws from what is withheld. */
export function hold(channel: Channel): Decision | undefined {
  const pin = pinOf(channel)
  if (pin === undefined) return undefined
  const [base, ahead] = [baseOf(channel), aheadOf(channel)]
  const to = channel.versions.get(pin.version)
  if (to === undefined || refusalOf(channel, pin) !== undefined) {
    if (base?.withheld !== undefined) return withdrawal(`${base.version} is ${base.withheld}, and the channel is held`)
    if (ahead?.withheld === undefined || base === undefined) return STAY
    return everybody(base.version, "abort", `${ahead.version} is ${ahead.withheld}`)
  }
  if (base === to && ahead === undefined) return STAY
  if (base === to) return everybody(to.version, "abort", pin.reason)
  return everybody(to.version, base !== undefined && to.order < base.order ? "rollback" : "pin", pin.reason)
}

export function pinFindings(channel: Channel): readonly Finding[] {
  const pin = pinOf(channel)
  if (pin === undefined) return []
  const { subject, locate } = channel.planning
  const { fullName, file } = subject.bundle
  const at = locate(file, ["channels", channel.name, "pin"])
  const found = refusalOf(channel, pin) ?? doubtAbout(channel, pin)
  if (found === undefined) return []
  const { code, why, hint } = found
  return [finding(code, fullName, `${fullName} ${channel.name} is held at ${pin.version}, ${why}`, { at, hint })]
}

interface Objection {
  readonly code: FindingCode
  readonly why: string
  readonly hint: string
}

function refusalOf(channel: Channel, { version }: Pin): Objection | undefined {
  const to = channel.versions.get(version)
  const base = baseOf(channel)
  if (to === undefined) {
    const released = [...channel.versions.keys()].join(", ") || "none"
    return { code: "S15", why: "which was never released", hint: `released so far: ${released}` }
  }
  if (to.withheld !== undefined) {
    return { code: "S15", why: `which is ${to.withheld}`, hint: "hold it at a version that is good, or lift the hold" }
  }
  if (strangersTo(channel.planning, to).length === channel.planning.subject.input.bundle.recipients.length) {
    return { code: "S15", why: "which none of its recipients can open", hint: "release a new version for them" }
  }
  if (base === undefined || channel.lastReason !== "rollback" || to.order >= base.order) return undefined
  const why = `but its last move was a rollback already, to ${base.version}`
  return { code: "S16", why, hint: "stop here and page whoever owns it: mend what is wrong, and go forward" }
}

function doubtAbout(channel: Channel, { version }: Pin): Objection | undefined {
  const to = channel.versions.get(version)
  if (to?.failure !== undefined) {
    return { code: "S26", why: `which has failed: ${to.failure}`, hint: "hold it at another version, or lift the hold" }
  }
  const strangers = to === undefined ? [] : strangersTo(channel.planning, to)
  if (strangers.length > 0) {
    return { code: "S28", why: `which these cannot open: ${strangers.join(", ")}`, hint: "tell them, or lift the hold" }
  }
  if (to?.validity === undefined || !isPast(channel, to, FIRST_CALL)) return undefined
  const urgency = isPast(channel, to, LAST_CALL) ? "very soon: " : ""
  const why = `which ends ${urgency}${formatInstant(to.validity.notAfter)}, and what is held is not renewed`
  return { code: "S17", why, hint: "lift the hold before then: at its end the channel would point nowhere" }
}
