import { describe, expect, it } from "vitest"
import { instantFromMillis, later } from "../../../src/domain/instant.ts"
import { catalogSuccession, type SeenCatalog } from "../../../src/domain/seen-catalog.ts"

const issuedAt = instantFromMillis(Date.UTC(2026, 10, 22))
const seen: SeenCatalog = { version: 5, issuedAt, epoch: 2, indexSha256: "a".repeat(64) }

describe("catalogSuccession", () => {
  it.each([
    ["the same bytes", {}, "same"],
    ["a renewal of the same facts", { issuedAt: later(issuedAt, 1000), indexSha256: "b" }, "newer"],
    ["a later version", { version: 6, indexSha256: "b" }, "newer"],
    ["a later version from a slower clock", { version: 6, issuedAt: later(issuedAt, -1000) }, "newer"],
    ["an earlier version", { version: 4, issuedAt: later(issuedAt, 1000) }, "rollback"],
    ["an earlier issue of the version", { issuedAt: later(issuedAt, -1000) }, "rollback"],
    ["a later version that forgets a revocation", { version: 6, epoch: 1 }, "rollback"],
    ["other bytes of the same age", { indexSha256: "b" }, "equivocation"],
  ] as const)("%s", (_, change, expected) => {
    expect(catalogSuccession(seen, { ...seen, ...change })).toBe(expected)
  })

  it("takes the first one as it comes", () => {
    expect(catalogSuccession(undefined, seen)).toBe("first")
  })
})
