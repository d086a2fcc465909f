import { type ForgeLimits, OPERATIONS, type Operation } from "./limits.ts"
import { timetable } from "./timetable.ts"

/** How many requests of each kind. */
export type Requests = Readonly<Record<Operation, number>>

export interface Estimate {
  readonly requests: number
  /** Those of them that make content. */
  readonly creations: number
  readonly millis: number
}

/** How long requests take within these limits, if each is answered after `answerMillis` and nobody else asks. */
export function estimate(requests: Requests, limits: ForgeLimits, answerMillis = 300): Estimate {
  const table = timetable(limits)
  const running: { readonly operation: Operation; readonly endsAt: number }[] = []
  let now = 0
  const endUntil = (instant: number): void => {
    now = instant
    while (running[0] !== undefined && running[0].endsAt <= now) table.end(running.shift()?.operation ?? "read", now)
  }
  for (const operation of mixed(requests)) {
    for (let at = table.earliest(operation, now); at > now; at = table.earliest(operation, now)) {
      endUntil(Math.min(at, running[0]?.endsAt ?? at))
    }
    table.begin(operation, now)
    running.push({ operation, endsAt: now + answerMillis })
  }
  const total = requests.read + requests.write + requests.create
  return { requests: total, creations: requests.create, millis: running.at(-1)?.endsAt ?? now }
}

/** Each kind evenly over the whole, as work that goes bundle by bundle. */
export function mixed(requests: Requests): readonly Operation[] {
  return OPERATIONS.flatMap(operation =>
    Array.from({ length: requests[operation] }, (_, index) => ({
      operation,
      place: (index + 0.5) / requests[operation],
    })),
  )
    .sort((a, b) => a.place - b.place)
    .map(({ operation }) => operation)
}
