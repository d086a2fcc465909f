import { describe, expect, it } from "vitest"
import type { PointerMove } from "../../../../src/domain/release.ts"
import { channelState } from "../../../../src/domain/rollout/channels.ts"
import { placeOf, rolloutShare } from "../../../../src/domain/rollout/cohort.ts"
import { NAME, NOW } from "../../../support/planning.ts"

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
  const ahead = { version: "1.1.0", percent: 50, dealt: "1.1.0" }

  it("is none while everybody gets the same", () => {
    expect(rolloutShare({ version: "1.0.0" }, NAME, "alice")).toBeUndefined()
  })

  it("is to stay with the others for whoever is not known", () => {
    expect(rolloutShare({ version: "1.0.0", ahead }, NAME, undefined)).toEqual({
      version: "1.1.0",
      percent: 50,
      isAhead: false,
    })
  })

  it("says where a consumer stands, and whether that is ahead", () => {
    const place = placeOf("alice", NAME, "1.1.0")
    const share = { version: "1.1.0", percent: 50, consumer: { id: "alice", place }, isAhead: place < 50 }
    expect(rolloutShare({ version: "1.0.0", ahead }, NAME, "alice")).toEqual(share)
  })

  it("stays the same when what is rolled out is renewed on the way", () => {
    const at = NOW
    const begun = [
      { channel: "stable", version: "1.0.0", at, reason: "first", cause: "" },
      { channel: "stable", version: "1.1.0", percent: 50, at, reason: "follow", cause: "" },
    ] as const
    const renewed = [
      ...begun,
      { channel: "stable", version: "1.1.1", percent: 50, at, reason: "renewal", cause: "" },
    ] as const
    const grown = [
      ...renewed,
      { channel: "stable", version: "1.1.1", percent: 60, at, reason: "stage", cause: "" },
    ] as const
    const share = (moves: readonly PointerMove[], id: string) => {
      const { version = "", ahead: part } = channelState({ moves }, "stable") ?? {}
      return rolloutShare({ version, ...(part === undefined ? {} : { ahead: part }) }, NAME, id)
    }
    for (const consumer of consumers.slice(0, 500)) {
      expect(share(renewed, consumer)?.isAhead).toBe(share(begun, consumer)?.isAhead)
      if (share(begun, consumer)?.isAhead) expect(share(grown, consumer)?.isAhead).toBe(true)
    }
  })
})
