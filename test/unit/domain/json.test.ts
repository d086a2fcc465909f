import { describe, expect, it } from "vitest"
import { canonicalJson, type Json, prettyJson } from "../../../src/domain/json.ts"

const values: readonly (readonly [string, Json])[] = [
  ["nested objects", { b: { d: 1, c: [true, null, "x"] }, a: -0 }],
  ["members that are undefined", { b: undefined, a: { c: undefined } }],
  ["empty lists and objects", { b: [], a: {} }],
  ["names that look like numbers", { "10": 1, "9": 2, a: 3 }],
  ["the name __proto__", JSON.parse('{"b":1,"__proto__":{"z":1,"a":2}}')],
  ["characters beyond ASCII", { é: "\u2028", "€": "\ud800" }],
]

describe("prettyJson", () => {
  it.each(values)("writes %s as the canonical text, spaced out", (_, value) => {
    expect(prettyJson(value)).toBe(`${JSON.stringify(JSON.parse(canonicalJson(value)), null, 2)}\n`)
  })

  it("sorts by code units", () => {
    expect(prettyJson({ b: 1, B: 2, a: { d: 1, c: 2 } })).toBe(
      '{\n  "B": 2,\n  "a": {\n    "c": 2,\n    "d": 1\n  },\n  "b": 1\n}\n',
    )
  })
})
