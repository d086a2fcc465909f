import { describe, expect, it } from "vitest"
import { spiffeProblem } from "../../../src/domain/spiffe.ts"

describe("spiffeProblem", () => {
  it.each([
    "spiffe://example.com/a",
    "spiffe://a_b.c-d/x.y/Z_1",
    "spiffe://trust/..a",
    `spiffe://t/${"a".repeat(2037)}`,
  ])("lets %s pass", id => expect(spiffeProblem(id)).toBeUndefined())

  it.each([
    "",
    "https://example.com/a",
    "SPIFFE://example.com/a",
    "spiffe:example.com/a",
    "spiffe://example.com",
    "spiffe://example.com/",
    "spiffe:///a",
    "spiffe://Example.com/a",
    "spiffe://example.com:443/a",
    "spiffe://user@example.com/a",
    "spiffe://example.com/a/",
    "spiffe://example.com//a",
    "spiffe://example.com/./a",
    "spiffe://example.com/a/..",
    "spiffe://example.com/a b",
    "spiffe://example.com/a%20b",
    "spiffe://example.com/a?b",
    "spiffe://example.com/a#b",
    "spiffe://example.com/é",
    "spiffe://example.com/a\n",
    `spiffe://${"a".repeat(256)}/a`,
    `spiffe://t/${"a".repeat(2038)}`,
  ])("refuses %j", id => expect(spiffeProblem(id)).toBeTypeOf("string"))
})
