import { describe, expect, it } from "vitest"
import { parseDocument } from "yaml"
import { parseRepository } from "../../src/schema/repository.ts"
import { readYaml } from "../../src/schema/yaml.ts"
import { codesAt, FILES, treeOf } from "../support/repository-files.ts"

const read = (text: string) => readYaml("a.yaml", new TextEncoder().encode(text))

describe("E10: YAML bombs", () => {
  it("expands no alias: a billion laughs are refused at the first", () => {
    const levels = Array.from({ length: 9 }, (_, i) => `l${i + 1}: &l${i + 1} [${Array(9).fill(`*l${i}`).join(", ")}]`)
    const { document, findings } = read(["l0: &l0 lol", ...levels].join("\n"))
    expect(document).toBeUndefined()
    expect(new Set(findings.map(finding => finding.code))).toEqual(new Set(["Y06"]))
  })

  it("refuses an alias to itself", () => {
    expect(codesAt(read("a: &a [*a]\n").findings)).toEqual(["Y06 1:4", "Y06 1:8"])
  })

  it("reads nothing of a file above 256 KiB", () => {
    expect(codesAt(readYaml("a.yaml", new Uint8Array(256 * 1024 + 1)).findings)).toEqual(["Y04 1:1"])
  })

  it("reads a file of exactly 256 KiB", () => {
    expect(read(`# ${"x".repeat(256 * 1024 - 8)}\na: 1\n`).findings).toEqual([])
  })

  it.each([
    ["brackets", "[".repeat(200_000)],
    ["closed brackets", `${"[".repeat(100_000)}${"]".repeat(100_000)}`],
    ["braces", "{a: ".repeat(60_000)],
    ["dashes", "- ".repeat(100_000)],
    ["question marks", "? ".repeat(100_000)],
    ["indents", Array.from({ length: 600 }, (_, i) => `${" ".repeat(i)}a:`).join("\n")],
  ])("refuses nesting by %s without exhausting the stack", (_name, text) => {
    const { document, findings } = read(text)
    expect(document).toBeUndefined()
    expect(findings.map(finding => finding.code)).toContain("Y05")
  })

  it("lets the 16th level pass and refuses the 17th", () => {
    const nested = (depth: number) => `${"[".repeat(depth)}${"]".repeat(depth)}\n`
    expect(read(nested(16)).findings).toEqual([])
    expect(codesAt(read(nested(17)).findings)).toEqual(["Y05 1:17"])
  })

  it("reads no further than 65,536 words and marks", () => {
    const list = (items: number) => `[${"a,".repeat(items)}]\n`
    expect(read(list(20_000)).findings).toEqual([])
    const { document, findings } = read(list(120_000))
    expect(document).toBeUndefined()
    expect(codesAt(findings)).toEqual(["Y04 1:43691"])
  })

  it.each([["]"], ["}"], ["{}"], ["[]"], ["{}\n"], ["a: ]\n"]])(
    "leaves a flood of %j unread after a hundred mistakes",
    piece => {
      const { document, findings } = read(piece.repeat(Math.floor((256 * 1024) / piece.length)))
      expect(document).toBeUndefined()
      // to the end it would be too many words and marks
      expect(new Set(findings.map(finding => finding.code))).toEqual(new Set(["Y01"]))
      expect(findings.length).toBeLessThanOrEqual(10)
    },
  )

  it.each([["\\q\n"], ["\\x1\n"], ["\\uD8\n"], ["\\U00110000\n"]])(
    "reads a text no further than to the first escape that is none: a flood of %j",
    piece => {
      const { document, findings } = read(`a: "${piece.repeat(10_000)}"\n`)
      expect(document).toBeUndefined()
      expect(codesAt(findings)).toEqual(["Y01 1:5"])
    },
  )

  it.each(["q", "x4", "x41", "uD8", "u0041", "U00110000", "U0010FFFD", "\\q", "\\\\q", "\n", "\r\n", ""])(
    "knows the same escapes as the composer: %j",
    text => {
      const source = `a: "\\${text} "\n`
      expect(read(source).findings.some(({ code }) => code === "Y01")).toBe(parseDocument(source).errors.length > 0)
    },
  )

  it("knows the same escapes as the composer: of one letter", () => {
    const letters = Array.from({ length: 0x7f - 0x20 }, (_, at) => String.fromCharCode(0x20 + at))
    const known = letters.filter(letter => read(`a: "\\${letter}"\n`).findings.every(({ code }) => code !== "Y01"))
    expect(known).toEqual(letters.filter(letter => parseDocument(`a: "\\${letter}"\n`).errors.length === 0))
  })

  it("reports a flood of mistakes in a few findings", () => {
    expect(read("a: b: c\n".repeat(10_000)).findings.length).toBeLessThanOrEqual(10)
    expect(read("\u202E\n".repeat(10_000)).findings.length).toBeLessThanOrEqual(10)
    expect(read("a: NO\n".repeat(10_000)).findings.length).toBeLessThanOrEqual(100)
    expect(read("---\n".repeat(10_000)).findings.length).toBeLessThanOrEqual(100)
    const keys = Array.from({ length: 10_000 }, (_, i) => `k${i}: 1\n`).join("")
    const { findings } = parseRepository(treeOf({ ...FILES, "bundles/prod/checkout.yaml": keys }))
    expect(findings.length).toBeLessThanOrEqual(100)
  })
})
