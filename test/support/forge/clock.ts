import type { Clock } from "../../../src/adapters/github/pace.ts"

/** Time that passes only when everybody waits for it. */
export interface VirtualClock extends Clock {
  /** Lets time pass until `work` is done. */
  until<T>(work: Promise<T>): Promise<T>
  /** Time stands still while `work` is under way, which really takes some: files, sockets, processes. */
  during<T>(work: Promise<T>): Promise<T>
}

export function isVirtual(clock: Clock): clock is VirtualClock {
  return "during" in clock
}

export function virtualClock(start = Date.UTC(2026, 10, 22)): VirtualClock {
  let now = start
  let underWay = 0
  const sleepers: { readonly at: number; readonly wake: () => void }[] = []
  return {
    now: () => now,
    sleep: millis =>
      new Promise(wake => {
        const at = now + Math.max(0, millis)
        const place = sleepers.findIndex(other => other.at > at)
        sleepers.splice(place < 0 ? sleepers.length : place, 0, { at, wake })
      }),
    async until(work) {
      let done = false
      const ended = () => {
        done = true
      }
      work.then(ended, ended)
      while (!done) {
        await new Promise(resolve => setImmediate(resolve))
        const next = underWay > 0 ? undefined : sleepers.shift()
        if (next === undefined) continue
        now = next.at
        next.wake()
      }
      return work
    },
    async during(work) {
      underWay++
      try {
        return await work
      } finally {
        underWay--
      }
    },
  }
}
