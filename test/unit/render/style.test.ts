import { describe, expect, it } from "vitest"
import { counted, paint, table } from "../../../src/render/style.ts"

describe("paint", () => {
  it("colours only where that has been decided", () => {
    expect(paint("red", "no", { color: true })).toBe("\u001b[31mno\u001b[39m")
    expect(paint("red", "no", { color: false })).toBe("no")
  })
})

describe("counted", () => {
  it.each([
    [0, "0 keys"],
    [1, "1 key"],
    [2, "2 keys"],
  ])("says %i in words", (number, words) => expect(counted(number, "key")).toBe(words))
})

describe("table", () => {
  it("aligns columns, and leaves nothing behind the last cell of a row", () => {
    const rows = [["a", "long cell", "x"], ["longer", "b"], ["c"]]
    expect(table(rows)).toBe("a       long cell  x\nlonger  b\nc\n")
  })
})
