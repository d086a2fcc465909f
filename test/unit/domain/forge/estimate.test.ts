import { describe, expect, it } from "vitest"
import { estimate, mixed } from "../../../../src/domain/forge/estimate.ts"
import { githubLimits, operationOf } from "../../../../src/domain/forge/limits.ts"

const SECOND = 1000
const HOUR = 3600 * SECOND

describe("an estimate", () => {
  it("is nothing for nothing", () => {
    expect(estimate({ read: 0, write: 0, create: 0 }, githubLimits())).toEqual({ requests: 0, creations: 0, millis: 0 })
  })

  it.each([
    { what: "reading goes ten at a time", requests: { read: 20, write: 0, create: 0 }, millis: 600 },
    { what: "writing goes once a second", requests: { read: 0, write: 60, create: 0 }, millis: 59 * SECOND + 300 },
    {
      what: "what makes content goes 500 an hour",
      requests: { read: 0, write: 0, create: 501 },
      millis: HOUR + 600, // the first of the hour stops to count an hour after its answer
    },
    {
      what: "a token has so many requests an hour",
      requests: { read: 1_001, write: 0, create: 0 },
      millis: HOUR + 600,
    },
  ])("$what", ({ requests, millis }) => {
    expect(estimate(requests, githubLimits()).millis).toBe(millis)
  })

  it("counts requests and what makes content", () => {
    expect(estimate({ read: 2, write: 3, create: 4 }, githubLimits())).toMatchObject({ requests: 9, creations: 4 })
  })

  it("is ready before anybody waits for it, for ten thousand bundles one by one", () => {
    const { millis, creations } = estimate({ read: 20_000, write: 10_000, create: 30_000 }, githubLimits(15_000))
    expect(creations).toBe(30_000)
    expect(Math.round(millis / HOUR)).toBe(59) // the hours before the last
  })
})

describe("kinds of requests", () => {
  it("are told by their method", () => {
    expect(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"].map(operationOf)).toEqual([
      "read",
      "read",
      "create",
      "write",
      "write",
      "write",
    ])
  })

  it("are mixed evenly", () => {
    expect(mixed({ read: 4, write: 0, create: 2 })).toEqual(["read", "create", "read", "read", "create", "read"])
  })
})
