import { describe, expect, it } from "vitest"
import { parseRepository } from "../../src/schema/repository.ts"
import { codesAt, spoiled } from "../support/repository-files.ts"

const BUNDLE = "bundles/prod/checkout.yaml"
const codes = (to: string) => codesAt(parseRepository(spoiled(BUNDLE, "owner: team", to)).findings)

const BIDI = [0x202a, 0x202b, 0x202c, 0x202d, 0x202e, 0x2066, 0x2067, 0x2068, 0x2069, 0x200e, 0x200f, 0x061c]
const INVISIBLE = [
  0x0000, 0x0007, 0x001b, 0x007f, 0x0085, 0x00a0, 0x00ad, 0x200b, 0x200d, 0x2028, 0x2060, 0x3000, 0xfeff, 0xe0041,
]

describe("B15: a change that a reviewer cannot see", () => {
  it.each(
    [...BIDI, ...INVISIBLE].map(code => [`U+${code.toString(16).toUpperCase().padStart(4, "0")}`, code] as const),
  )("is refused with %s in a value and in a comment", (name, code) => {
    const hidden = String.fromCodePoint(code)
    expect(codes(`owner: te${hidden}am`)).toEqual(["Y03 5:10"])
    expect(codes(`owner: team # ok${hidden}`)).toEqual(["Y03 5:17"])
    expect(parseRepository(spoiled(BUNDLE, "owner: team", `owner: te${hidden}am`)).findings[0]?.message).toContain(name)
  })

  it("is refused when the character is written as an escape", () => {
    expect(codes('owner: "te\\u202Eam"')).toEqual(["Y03 5:8"])
  })

  it("is refused with letters of another script that look alike", () => {
    expect(codes("owner: te\u0430m")).toEqual(["T04 5:8"])
    expect(codes("\u043ewner: team")).toEqual(["T03 1:1", "T02 5:1"])
  })

  it("leaves letters of any language alone where they are only read", () => {
    expect(codes("owner: team # été, 日本, 😀")).toEqual([])
  })
})
