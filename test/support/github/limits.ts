/** docs.github.com, "Rate limits for the REST API", read November 2026. */
import { Refusal } from "./call.ts"
import type { Token } from "./model.ts"

export interface Limits {
  /** Requests an hour: of GITHUB_TOKEN, of a user, of an address without a token. */
  readonly installation: number
  readonly user: number
  readonly anonymous: number
  /** Reads cost 1, writes 5. */
  readonly pointsPerMinute: number
  readonly contentPerMinute: number
  readonly contentPerHour: number
  readonly concurrent: number
}

export const GITHUB_LIMITS: Limits = {
  installation: 1000,
  user: 5000,
  anonymous: 60,
  pointsPerMinute: 900,
  contentPerMinute: 80,
  contentPerHour: 500,
  concurrent: 100,
}

const MINUTE = 60_000
const HOUR = 3_600_000

interface Caller {
  /** When the hour of the primary limit began. */
  since: number
  used: number
  inFlight: number
  /** Of the last hour, oldest first. */
  spent: { readonly at: number; readonly points: number; readonly content: boolean }[]
  /** Until then it was told to wait. */
  blockedUntil: number
  told: number
}

export interface RateLimits {
  /** Throws the refusal, unless limits are off. */
  begin(token: Token | undefined, method: string): void
  end(token: Token | undefined, isFree: boolean): void
  headers(token: Token | undefined): Readonly<Record<string, string>>
  status(token: Token | undefined): {
    readonly limit: number
    readonly remaining: number
    readonly reset: number
    readonly used: number
  }
  /** Requests that came although their caller had been told to wait for longer. */
  readonly impatient: number
}

export function rateLimits(limits: Limits | undefined, now: () => number): RateLimits {
  const callers = new Map<Token | undefined, Caller>()
  let impatient = 0
  const callerOf = (token: Token | undefined): Caller => {
    const known = callers.get(token) ?? { since: now(), used: 0, inFlight: 0, spent: [], blockedUntil: 0, told: 0 }
    if (now() - known.since >= HOUR) {
      known.since = now()
      known.used = 0
    }
    callers.set(token, known)
    return known
  }
  const limitOf = (token: Token | undefined): number => {
    const { anonymous, installation, user } = limits ?? GITHUB_LIMITS
    return token === undefined ? anonymous : token.permissions === undefined ? user : installation
  }
  const status = (token: Token | undefined) => {
    const { since, used } = callerOf(token)
    const limit = limitOf(token)
    return { limit, used, remaining: Math.max(0, limit - used), reset: Math.ceil((since + HOUR) / 1000) }
  }
  const headers = (token: Token | undefined): Readonly<Record<string, string>> => {
    const { limit, remaining, reset, used } = status(token)
    return {
      "x-ratelimit-limit": String(limit),
      "x-ratelimit-remaining": String(remaining),
      "x-ratelimit-reset": String(reset),
      "x-ratelimit-used": String(used),
      "x-ratelimit-resource": "core",
    }
  }
  return {
    status,
    headers,
    get impatient() {
      return impatient
    },
    begin(token, method) {
      const caller = callerOf(token)
      caller.inFlight++
      caller.used++
      if (limits === undefined) return
      if (now() < caller.blockedUntil) impatient++
      if (caller.used > limitOf(token)) {
        caller.blockedUntil = Math.max(caller.blockedUntil, caller.since + HOUR)
        throw primaryRefusal()
      }
      caller.spent = caller.spent.filter(({ at }) => now() - at < HOUR)
      const points = method === "GET" || method === "HEAD" ? 1 : 5
      // Which requests make content is not said: this judge counts every POST.
      const content = method === "POST"
      const wait = waitFor(caller.spent, { points, content }, limits, now())
      if (wait > 0 || caller.inFlight > limits.concurrent) {
        const seconds = Math.max(1, Math.ceil(wait / 1000))
        caller.blockedUntil = Math.max(caller.blockedUntil, now() + seconds * 1000)
        throw secondaryRefusal(seconds)
      }
      caller.spent.push({ at: now(), points, content })
    },
    end(token, isFree) {
      const caller = callerOf(token)
      caller.inFlight--
      // "Making a conditional request does not count against your primary rate limit if a 304 response is returned."
      if (isFree) caller.used--
    },
  }
}

/** Milliseconds until this may be done; 0 for now. */
function waitFor(
  spent: Caller["spent"],
  next: { readonly points: number; readonly content: boolean },
  limits: Limits,
  now: number,
): number {
  const recent = spent.filter(({ at }) => now - at < MINUTE)
  const oldest = (list: Caller["spent"], span: number): number => (list[0]?.at ?? now) + span - now
  if (recent.reduce((sum, { points }) => sum + points, next.points) > limits.pointsPerMinute)
    return oldest(recent, MINUTE)
  if (!next.content) return 0
  const contents = spent.filter(({ content }) => content)
  const recentContents = recent.filter(({ content }) => content)
  if (contents.length >= limits.contentPerHour) return oldest(contents, HOUR)
  if (recentContents.length >= limits.contentPerMinute) return oldest(recentContents, MINUTE)
  return 0
}

export const primaryRefusal = (headers: Readonly<Record<string, string>> = {}): Refusal =>
  new Refusal(403, "API rate limit exceeded for installation.", undefined, headers)

/** Clients know it by its text. */
export function secondaryRefusal(retryAfter: number | undefined, status = 403): Refusal {
  return new Refusal(
    status,
    "You have exceeded a secondary rate limit. Please wait a few minutes before you try again.",
    undefined,
    retryAfter === undefined ? {} : { "retry-after": String(retryAfter) },
  )
}
