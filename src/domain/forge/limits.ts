/** What a request does to the limits of a forge: it reads, it writes, or it makes something that others may be notified of. */
export const OPERATIONS = ["read", "write", "create"] as const
export type Operation = (typeof OPERATIONS)[number]

/** Within any `millis` no more than `maximum` may be spent. */
export interface LimitWindow {
  readonly millis: number
  readonly maximum: number
  readonly cost: Readonly<Record<Operation, number>>
}

export interface ForgeLimits {
  /** Requests on the way at one time. */
  readonly concurrency: number
  /** From the beginning of a request that writes to that of the next. */
  readonly writeGapMillis: number
  readonly windows: readonly LimitWindow[]
}

const MINUTE = 60_000
const HOUR = 60 * MINUTE

/**
 * GitHub's limits, and ours where we stay below them. Sources, docs.github.com/rest/using-the-rest-api:
 * "Rate limits for the REST API": 100 requests at a time; 900 points a minute, of which a GET costs 1 and what writes
 * costs 5; 80 requests a minute and 500 an hour that make content. "Best practices": a second between writes.
 * Which requests make content is not said: here every POST does. An hour's requests are those of one token;
 * GITHUB_TOKEN has 1,000 for each repository, a person 5,000.
 */
export function githubLimits(requestsPerHour = 1_000): ForgeLimits {
  return {
    concurrency: 10,
    writeGapMillis: 1_000,
    windows: [
      { millis: MINUTE, maximum: 900, cost: { read: 1, write: 5, create: 5 } },
      { millis: MINUTE, maximum: 80, cost: { read: 0, write: 0, create: 1 } },
      { millis: HOUR, maximum: 500, cost: { read: 0, write: 0, create: 1 } },
      { millis: HOUR, maximum: requestsPerHour, cost: { read: 1, write: 1, create: 1 } },
    ],
  }
}

export function operationOf(method: string): Operation {
  switch (method) {
    case "GET":
    case "HEAD":
      return "read"
    case "POST":
      return "create"
    default:
      return "write"
  }
}
