import { describe, expect, it } from "vitest"
import { type Instant, later } from "../../src/domain/instant.ts"
import { renewalAt } from "../../src/domain/renewal/renewal.ts"
import { NOW } from "../support/planning.ts"

const HOUR = 3_600_000
const DAY = 24 * HOUR
const BUNDLES = 10_000

function hoursOf(jitterPercent: number): ReadonlyMap<number, number> {
  const hours = new Map<number, number>()
  const certificate = { notBefore: NOW, notAfter: later(NOW, 90 * DAY) }
  for (let number = 0; number < BUNDLES; number += 1) {
    const release = { version: "1.0.0", publishedAt: NOW, certificate }
    const due: Instant = renewalAt(`prod/b${number}`, release, { afterPercent: 66, jitterPercent })
    const hour = Math.floor(due / HOUR)
    hours.set(hour, (hours.get(hour) ?? 0) + 1)
  }
  return hours
}

describe("ten thousand certificates of one hour", () => {
  it("would be renewed in one hour without jitter", () => {
    expect([...hoursOf(0).values()]).toEqual([BUNDLES])
  })

  it("are renewed over five days, no hour with more than half as many again as the mean", () => {
    const hours = hoursOf(6)
    const mean = BUNDLES / (0.06 * 90 * 24)
    expect(hours.size).toBeGreaterThanOrEqual(0.06 * 90 * 24)
    expect(Math.max(...hours.values())).toBeLessThan(1.5 * mean)
  })
})
