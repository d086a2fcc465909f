import satisfiesRange from "semver/functions/satisfies.js"
import type { ChannelName, ChannelRule } from "../bundle.ts"
import type { Instant } from "../instant.ts"
import type { BundleName } from "../names.ts"
import type { BundlePlanning } from "../plan/planning.ts"
import type { PointStep } from "../plan/steps.ts"
import type { RolloutPolicy } from "../policies.ts"
import type { MoveReason } from "../release.ts"
import type { ChannelState } from "./channels.ts"
import type { GateResult } from "./gates.ts"
import { ageAt, type RolloutVersion, type RolloutVersions } from "./versions.ts"

/** One channel, as far as it has been decided. */
export interface Channel {
  readonly planning: BundlePlanning
  readonly name: ChannelName
  readonly rule: ChannelRule
  readonly versions: RolloutVersions
  /** Undefined: it points nowhere. */
  readonly state: ChannelState | undefined
  /** Undefined: it never moved. */
  readonly lastReason: MoveReason | undefined
  /** What it follows, and since when that, or what it renews, has been there. */
  readonly source: { readonly version: RolloutVersion; readonly since: Instant } | undefined
}

export type Move = Pick<PointStep, "to" | "percent" | "reason" | "cause" | "gates">

/** A promotion that the gates do not let through yet. */
export interface ChannelWait {
  readonly bundle: BundleName
  readonly channel: ChannelName
  readonly from: string
  readonly to: string
  /** Who would have it then; absent: everybody. */
  readonly percent?: number
  /** All that were asked. */
  readonly gates: readonly GateResult[]
}

/** Neither: it stays where it is. */
export interface Decision {
  readonly move?: Move
  readonly wait?: ChannelWait
}

export const STAY: Decision = {}

/** Everybody, at once. */
export function everybody(to: string, reason: MoveReason, cause: string): Decision {
  return { move: { to, reason, cause } }
}

export function withdrawal(cause: string): Decision {
  return { move: { reason: "withdraw", cause } }
}

/** What everybody has; undefined where the channel points nowhere. */
export function baseOf({ state, versions }: Channel): RolloutVersion | undefined {
  return state && versions.get(state.version)
}

/** What those have who are ahead. */
export function aheadOf({ state, versions }: Channel): RolloutVersion | undefined {
  return state?.ahead && versions.get(state.ahead.version)
}

/** Whether automation may give it to anybody. */
export function isEligible({ planning, rule }: Pick<Channel, "planning" | "rule">, version: RolloutVersion): boolean {
  if (version.withheld !== undefined || version.failure !== undefined) return false
  const { recipients } = planning.subject.input.bundle
  if (strangersTo(planning, version).length === recipients.length) return false
  return rangesOf(planning, rule).every(range => satisfiesRange(version.version, range))
}

/** Recipients of today to whom the version was not encrypted. */
export function strangersTo({ subject }: BundlePlanning, { recipients }: RolloutVersion): readonly string[] {
  return recipients === undefined ? [] : subject.input.bundle.recipients.filter(each => !recipients.includes(each))
}

/** What a channel may follow: its own range, and those of the policy for its application. */
export function rangesOf({ subject, policies }: BundlePlanning, { versions }: ChannelRule): readonly string[] {
  const { bundle, input } = subject
  const own = versions === undefined ? [] : [versions]
  return [...own, ...rangesFor(policies.rollout, bundle.application, input.cluster.environment)]
}

export function rangesFor({ ranges }: RolloutPolicy, application: string, environment: string): readonly string[] {
  return ranges
    .filter(each => each.application === application && (each.environment ?? environment) === environment)
    .map(each => each.versions)
}

/** Shares of a version's life: when people are told that nothing takes its place, and when gates no longer wait. */
export const FIRST_CALL = 2 / 3
export const LAST_CALL = 5 / 6

export function isPast({ planning }: Channel, version: RolloutVersion, share: number): boolean {
  const at = ageAt(version, share)
  return at !== undefined && planning.moment.reached(at)
}
