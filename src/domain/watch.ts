import type { Duration } from "./duration.ts"
import type { ErrorCode } from "./errors.ts"
import { earliest, formatInstant, type Instant, instantFromMillis, later } from "./instant.ts"

/** Keeping one bundle on disk current: what is known, what to do next, and what somebody has to be told. */
export interface WatchSettings {
  readonly interval: Duration
  /** By which share of the interval, in percent, it is longer or shorter: so that not all come at once. */
  readonly jitterPercent: number
  /** How long checks may fail, or the catalog be overdue, before that is an alarm. */
  readonly maximumStaleness: Duration
  /** Or keep what is revoked, and raise the alarm. */
  readonly removeWhenRevoked: boolean
}

/** The bundle on disk. */
export interface HeldBundle {
  readonly version: string
  /** Of its manifest: two releases of one name and version are not the same. */
  readonly manifestSha256: string
  /** Of the file, which is opened or still encrypted. */
  readonly fileSha256: string
  readonly expiresAt: Instant
}

export interface SeenTerm {
  readonly version: number
  readonly issuedAt: Instant
  readonly expiresAt: Instant
}

export interface WatchState {
  readonly startedAt: Instant
  readonly checkAt: Instant
  /** Checks in a row. */
  readonly failures: number
  /** Why the last check has failed. */
  readonly problem?: { readonly code: ErrorCode; readonly message: string }
  readonly catalog?: SeenTerm
  /** When the bundle on disk was last known to be the right one. */
  readonly currentAt?: Instant
  readonly held?: HeldBundle
  /** What became of the version that is on disk. */
  readonly withdrawn?: "revoked" | "ended"
  /** Somebody has yet to be told of a change. */
  readonly hook?: { readonly at: Instant; readonly failures: number }
}

export type WatchStep =
  | { readonly kind: "remove" }
  | { readonly kind: "run-hook" }
  | { readonly kind: "check" }
  | { readonly kind: "wait"; readonly until: Instant }

/** What a check has come to. */
export type CheckOutcome = {
  /** Absent: none was believed. */
  readonly catalog?: SeenTerm
} & (
  | { readonly kind: "unchanged" | "changed"; readonly held: HeldBundle }
  | {
      readonly kind: "failed"
      readonly code: ErrorCode
      readonly message: string
      /** What became of the version that is held. */
      readonly withdrawn?: "revoked" | "ended"
    }
)

/** After a failure: this long, then twice as long each time, at most the interval. */
const FIRST_RETRY = 30_000
const FIRST_HOOK_RETRY = 10_000
/** Less left than this is an alarm. */
export const EXPIRES_SOON = 7 * 86_400_000

export function startWatch(now: Instant): WatchState {
  return { startedAt: now, checkAt: now, failures: 0 }
}

/** Exactly one thing, the most urgent first. */
export function nextStep(state: WatchState, settings: WatchSettings, now: Instant): WatchStep {
  const { withdrawn, held, hook, checkAt } = state
  if (withdrawn === "revoked" && held !== undefined && settings.removeWhenRevoked) return { kind: "remove" }
  if (hook !== undefined && now >= hook.at) return { kind: "run-hook" }
  if (now >= checkAt) return { kind: "check" }
  return { kind: "wait", until: hook === undefined ? checkAt : earliest(hook.at, checkAt) }
}

/** `chance`: from 0 up to 1. */
export function afterCheck(
  state: WatchState,
  outcome: CheckOutcome,
  settings: WatchSettings,
  now: Instant,
  chance: number,
): WatchState {
  const { problem: _, withdrawn: __, ...before } = state
  const failures = outcome.kind === "failed" ? state.failures + 1 : 0
  const pause = failures === 0 ? settings.interval : retryIn(FIRST_RETRY, failures, settings.interval)
  return {
    ...before,
    failures,
    checkAt: later(now, jittered(pause, settings.jitterPercent, chance)),
    ...(outcome.catalog !== undefined && { catalog: outcome.catalog }),
    ...(outcome.kind === "failed" ? failureOf(outcome) : { held: outcome.held, currentAt: now }),
    ...(outcome.kind === "changed" && { hook: { at: now, failures: 0 } }),
  }
}

function failureOf({ code, message, withdrawn }: CheckOutcome & { readonly kind: "failed" }): Partial<WatchState> {
  return { problem: { code, message }, ...(withdrawn !== undefined && { withdrawn }) }
}

/** That it is gone is a change, too. */
export function afterRemoval({ held: _, ...state }: WatchState, now: Instant): WatchState {
  return { ...state, hook: { at: now, failures: 0 } }
}

export function afterHook(
  state: WatchState,
  succeeded: boolean,
  { interval }: WatchSettings,
  now: Instant,
): WatchState {
  const { hook, ...rest } = state
  if (succeeded) return rest
  const failures = (hook?.failures ?? 0) + 1
  return { ...rest, hook: { at: later(now, retryIn(FIRST_HOOK_RETRY, failures, interval)), failures } }
}

/** Somebody wants to know now (SIGHUP). */
export function checkNow(state: WatchState, now: Instant): WatchState {
  return { ...state, checkAt: now, ...(state.hook !== undefined && { hook: { ...state.hook, at: now } }) }
}

function retryIn(first: Duration, failures: number, most: Duration): Duration {
  return Math.min(most, first * 2 ** Math.min(failures - 1, 30))
}

function jittered(duration: Duration, percent: number, chance: number): Duration {
  return Math.round(duration * (1 + (percent / 100) * (2 * chance - 1)))
}

/** What somebody has to look at. */
export interface Alarm {
  readonly kind: AlarmKind
  readonly message: string
}

export type AlarmKind =
  | "revoked"
  | "ended"
  | "nothing-held"
  | "expired"
  | "expires-soon"
  | "stale"
  | "catalog-overdue"
  | "hook-failed"

type AlarmRule = (state: WatchState, settings: WatchSettings, now: Instant) => string | undefined

/** Each says what is wrong, if it is. */
const ALARMS: Readonly<Record<AlarmKind, AlarmRule>> = {
  revoked: ({ withdrawn, held }) =>
    withdrawn === "revoked" ? `version ${held?.version ?? "that was held"} is revoked: stop using it` : undefined,
  ended: ({ withdrawn, held }) =>
    withdrawn === "ended" ? `version ${held?.version ?? "that was held"} has come to its end of life` : undefined,
  "nothing-held": ({ held, problem }) =>
    held === undefined && problem !== undefined ? `no bundle was verified: ${problem.message}` : undefined,
  expired: ({ held }, _, now) =>
    held !== undefined && now >= held.expiresAt ? `the bundle expired at ${formatInstant(held.expiresAt)}` : undefined,
  "expires-soon": ({ held }, _, now) =>
    held !== undefined && now < held.expiresAt && held.expiresAt - now < EXPIRES_SOON
      ? `the bundle ends soon, at ${formatInstant(held.expiresAt)}, and nothing newer is there`
      : undefined,
  stale: ({ currentAt, startedAt, problem }, { maximumStaleness }, now) => {
    const since = currentAt ?? startedAt
    if (now - since <= maximumStaleness) return undefined
    return `not known to be current since ${formatInstant(since)}: ${problem?.message ?? "nobody has looked"}`
  },
  "catalog-overdue": ({ catalog }, { maximumStaleness }, now) => {
    if (catalog === undefined) return undefined
    const dueAt = instantFromMillis((catalog.issuedAt + catalog.expiresAt) / 2) // policies/distribution.yaml, catalogLifetime
    if (now < earliest(later(dueAt, maximumStaleness), catalog.expiresAt)) return undefined
    return `the catalog was to be renewed at ${formatInstant(dueAt)} and ends at ${formatInstant(catalog.expiresAt)}`
  },
  "hook-failed": ({ hook }) =>
    hook !== undefined && hook.failures > 0 ? `the command for changes has failed ${hook.failures} times` : undefined,
}

const ALARM_KINDS = Object.keys(ALARMS) as readonly AlarmKind[]

export function alarmsOf(state: WatchState, settings: WatchSettings, now: Instant): readonly Alarm[] {
  return ALARM_KINDS.flatMap(kind => {
    const message = ALARMS[kind](state, settings, now)
    return message === undefined ? [] : [{ kind, message }]
  })
}
