import type { ForgeLimits, LimitWindow, Operation } from "./limits.ts"

/**
 * When a request may begin, so that no limit is ever exceeded. The forge counts a request at some instant between its
 * beginning and its end; so its cost counts from the one until a whole window after the other. Instants are
 * milliseconds and never decrease.
 */
export interface Timetable {
  /** The earliest instant for one more; Infinity when one that is on the way has to end first. */
  earliest(operation: Operation, now: number): number
  begin(operation: Operation, now: number): void
  end(operation: Operation, now: number): void
}

export function timetable({ concurrency, writeGapMillis, windows }: ForgeLimits): Timetable {
  const spendings = windows.map(spending)
  let running = 0
  let nextWriteAt = Number.NEGATIVE_INFINITY
  return {
    earliest(operation, now) {
      if (running >= concurrency) return Number.POSITIVE_INFINITY
      const gap = operation === "read" ? now : nextWriteAt
      return Math.max(now, gap, ...spendings.map(window => window.roomAt(operation, now)))
    },
    begin(operation, now) {
      running++
      if (operation !== "read") nextWriteAt = now + writeGapMillis
      for (const window of spendings) window.begin(operation)
    },
    end(operation, now) {
      running--
      for (const window of spendings) window.end(operation, now)
    },
  }
}

interface Spending {
  roomAt(operation: Operation, now: number): number
  begin(operation: Operation): void
  end(operation: Operation, now: number): void
}

function spending({ millis, maximum, cost }: LimitWindow): Spending {
  /** Of requests that have ended, in the order in which they stop to count. */
  const ended: { readonly cost: number; readonly until: number }[] = []
  let spent = 0
  return {
    roomAt(operation, now) {
      while (ended[0] !== undefined && ended[0].until <= now) spent -= ended.shift()?.cost ?? 0
      let excess = spent + cost[operation] - maximum
      if (cost[operation] === 0 || excess <= 0) return now
      for (const each of ended) {
        excess -= each.cost
        if (excess <= 0) return each.until
      }
      return Number.POSITIVE_INFINITY
    },
    begin(operation) {
      spent += cost[operation]
    },
    end(operation, now) {
      if (cost[operation] > 0) ended.push({ cost: cost[operation], until: now + millis })
    },
  }
}
