import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { type Pace, pace } from "../../src/adapters/github/pace.ts"
import { estimate, mixed } from "../../src/domain/forge/estimate.ts"
import { type ForgeLimits, githubLimits, type Operation } from "../../src/domain/forge/limits.ts"
import { type VirtualClock, virtualClock } from "../support/forge/clock.ts"

/** The instants between which the forge counts a request. */
interface Seen {
  readonly operation: Operation
  readonly begunAt: number
  readonly endedAt: number
}

async function perform(
  operations: readonly Operation[],
  limits: ForgeLimits,
  answerMillis: (index: number) => number,
): Promise<readonly Seen[]> {
  const clock = virtualClock(0)
  const paced = pace(limits, clock)
  return clock.until(
    Promise.all(operations.map((operation, index) => performOne(operation, paced, clock, answerMillis(index)))),
  )
}

async function performOne(operation: Operation, paced: Pace, clock: VirtualClock, millis: number): Promise<Seen> {
  return paced.run(operation, async () => {
    const begunAt = clock.now()
    await clock.sleep(millis)
    return { operation, begunAt, endedAt: clock.now() }
  })
}

/** Small numbers find every corner of the rule; GitHub's own are below. */
const limitsArbitrary: fc.Arbitrary<ForgeLimits> = fc.record({
  concurrency: fc.integer({ min: 1, max: 4 }),
  writeGapMillis: fc.integer({ min: 0, max: 20 }),
  windows: fc.array(
    fc.record({
      millis: fc.integer({ min: 1, max: 200 }),
      maximum: fc.integer({ min: 5, max: 12 }),
      cost: fc.record({
        read: fc.integer({ min: 0, max: 2 }),
        write: fc.integer({ min: 0, max: 5 }),
        create: fc.integer({ min: 0, max: 5 }),
      }),
    }),
    { maxLength: 3 },
  ),
})
const operationsArbitrary = fc.array(fc.constantFrom<Operation>("read", "write", "create"), { maxLength: 40 })
const answersArbitrary = fc.array(fc.integer({ min: 0, max: 100 }), { minLength: 1, maxLength: 7 })

describe("pace", () => {
  it("goes on when the longest pause is over that was asked for", async () => {
    const clock = virtualClock(0)
    const paced = pace(githubLimits(), clock)
    for (const until of [10_000, 1_000]) paced.pauseUntil(until)
    const begun = await clock.until(paced.run("read", async () => clock.now()))
    expect(begun).toBe(10_000)
  })

  it("exceeds no window, whenever between its beginning and its end the forge counts a request", async () => {
    await fc.assert(
      fc.asyncProperty(limitsArbitrary, operationsArbitrary, answersArbitrary, async (limits, operations, answers) => {
        const seen = await perform(operations, limits, index => answers[index % answers.length] ?? 0)
        expect(seen).toHaveLength(operations.length)
        for (const counted of [beginnings(seen), ends(seen), alternating(seen)]) {
          for (const { millis, maximum, cost } of limits.windows) {
            for (const { at } of counted) {
              const within = counted.filter(other => other.at >= at && other.at < at + millis)
              expect(within.reduce((sum, { operation }) => sum + cost[operation], 0)).toBeLessThanOrEqual(maximum)
            }
          }
        }
      }),
      { numRuns: 150 },
    )
  })

  it("has no more on the way than it may, leaves a gap between writes, and begins in order", async () => {
    await fc.assert(
      fc.asyncProperty(limitsArbitrary, operationsArbitrary, answersArbitrary, async (limits, operations, answers) => {
        const seen = await perform(operations, limits, index => answers[index % answers.length] ?? 0)
        for (const { begunAt } of seen) {
          const running = seen.filter(other => other.begunAt <= begunAt && other.endedAt > begunAt)
          expect(running.length).toBeLessThanOrEqual(limits.concurrency)
        }
        const writes = seen.filter(({ operation }) => operation !== "read").map(({ begunAt }) => begunAt)
        for (const [index, at] of writes.slice(1).entries()) {
          expect(at - (writes[index] ?? 0)).toBeGreaterThanOrEqual(limits.writeGapMillis)
        }
        expect(seen.map(({ begunAt }) => begunAt)).toEqual(seen.map(({ begunAt }) => begunAt).sort((a, b) => a - b))
      }),
      { numRuns: 150 },
    )
  })

  it("takes as long as was estimated", async () => {
    const few = fc.integer({ min: 0, max: 120 })
    await fc.assert(
      fc.asyncProperty(fc.record({ read: few, write: few, create: few }), async requests => {
        const seen = await perform(mixed(requests), githubLimits(), () => 300)
        expect(Math.max(0, ...seen.map(({ endedAt }) => endedAt))).toBe(estimate(requests, githubLimits(), 300).millis)
      }),
      { numRuns: 10 },
    )
  })

  it("takes about as long as was estimated when answers take now longer, now shorter", async () => {
    const requests = { read: 400, write: 200, create: 700 }
    const seen = await perform(mixed(requests), githubLimits(), index => 100 + ((index * 37) % 400))
    const { millis } = estimate(requests, githubLimits(), 300)
    const taken = Math.max(...seen.map(({ endedAt }) => endedAt))
    expect(Math.abs(taken - millis) / taken).toBeLessThan(0.05)
  })
})

type Counted = readonly { readonly operation: Operation; readonly at: number }[]
const beginnings = (seen: readonly Seen[]): Counted => seen.map(({ operation, begunAt: at }) => ({ operation, at }))
const ends = (seen: readonly Seen[]): Counted => seen.map(({ operation, endedAt: at }) => ({ operation, at }))
const alternating = (seen: readonly Seen[]): Counted =>
  seen.map(({ operation, begunAt, endedAt }, index) => ({ operation, at: index % 2 === 0 ? endedAt : begunAt }))
