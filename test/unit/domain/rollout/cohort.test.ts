import { describe, expect, it } from "vitest"
import { placeOf, rolloutShare } from "../../../../src/domain/rollout/cohort.ts"
import { NAME } from "../../../support/planning.ts"

const consumers = Array.from({ length: 10_000 }, (_, index) => `consumer-${index}`)

describe("the place of a consumer", () => {
  it("is the same for ever: others would be ahead after an update of this program", () => {
    expect(placeOf("alice", NAME, "1.1.0").toFixed(6)).toBe("72.979689")
  })

  it.each([1, 10, 50, 90])("leaves about %i percent of them below that", percent => {
    const below = consumers.filter(consumer => placeOf(consumer, NAME, "1.1.0") < percent).length
    expect(Math.abs(below / 100 - percent)).toBeLessThan(1.5)
  })

  it("is another one for each version: nobody is always among the first", () => {
    const first = (version: string) => consumers.filter(consumer => placeOf(consumer, NAME, version) < 10)
    const before = new Set(first("1.1.0"))
    const both = first("1.2.0").filter(consumer => before.has(consumer))
    expect(both.length / 100).toBeLessThan(2)
  })
})

describe("the share of a consumer in a rollout", () => {
  const ahead = { version: "1.1.0", percent: 50 }

  it("is none while everybody gets the same", () => {
    expect(rolloutShare({ version: "1.0.0" }, NAME, "alice")).toBeUndefined()
  })

  it("is to stay with the others for whoever is not known", () => {
    expect(rolloutShare({ version: "1.0.0", ahead }, NAME, undefined)).toEqual({ ...ahead, isAhead: false })
  })

  it("says where a consumer stands, and whether that is ahead", () => {
    const place = placeOf("alice", NAME, "1.1.0")
    const share = { ...ahead, consumer: { id: "alice", place }, isAhead: place < 50 }
    expect(rolloutShare({ version: "1.0.0", ahead }, NAME, "alice")).toEqual(share)
  })
})
