import type { ForgeLimits, Operation } from "../../domain/forge/limits.ts"
import { timetable } from "../../domain/forge/timetable.ts"

/** Milliseconds. */
export interface Clock {
  now(): number
  sleep(millis: number): Promise<void>
}

export interface Pace {
  /** Runs `work` when the limits allow it, in the order of the calls. */
  run<T>(operation: Operation, work: () => Promise<T>): Promise<T>
  /** Nothing more begins before `instant`: the forge said so. */
  pauseUntil(instant: number): void
}

export function pace(limits: ForgeLimits, clock: Clock): Pace {
  const table = timetable(limits)
  let admitted: Promise<void> = Promise.resolve()
  let pausedUntil = 0
  let someEnded = (): void => {}

  async function admit(operation: Operation): Promise<void> {
    for (;;) {
      const now = clock.now()
      const at = Math.max(pausedUntil, table.earliest(operation, now))
      if (at <= now) return table.begin(operation, now)
      if (Number.isFinite(at)) await clock.sleep(at - now)
      else
        await new Promise<void>(resolve => {
          someEnded = resolve
        })
    }
  }

  return {
    async run(operation, work) {
      admitted = admitted.then(() => admit(operation))
      await admitted
      try {
        return await work()
      } finally {
        table.end(operation, clock.now())
        someEnded()
      }
    },
    pauseUntil(instant) {
      pausedUntil = Math.max(pausedUntil, instant)
    },
  }
}
