import { describe, expect, it } from "vitest"
import { readYaml } from "../../../src/schema/yaml.ts"
import { codesAt } from "../../support/repository-files.ts"

const read = (text: string) => readYaml("a.yaml", new TextEncoder().encode(text))

describe("readYaml", () => {
  it("gives maps, lists, text, numbers, booleans and null", () => {
    const { document, findings } = read("a: [1, -2.5, x]\nb: { c: true, d: ~ }\ne: 'NO'\nf: 2026-11-22T10:00:00Z\n")
    expect(findings).toEqual([])
    expect(document?.value).toEqual({
      a: [1, -2.5, "x"],
      b: { c: true, d: null },
      e: "NO",
      f: "2026-11-22T10:00:00Z",
    })
  })

  const refused: readonly (readonly [string, string, readonly string[]])[] = [
    ["an unclosed bracket", "a: [1,\n", ["Y01 2:1"]],
    ["a nested mapping on one line", "a: b: c\n", ["Y01 1:4"]],
    ["tabs as indentation", "a:\n\tb: 1\n", ["Y01 2:1"]],
    ["a byte order mark", "\uFEFFa: 1\n", ["Y03 1:1"]],
    ["NUL", "a: x\0y\n", ["Y03 1:5"]],
    ["an escape sequence for terminals", "a: \u001B[31m\n", ["Y03 1:4"]],
    ["a no-break space", "a:\u00A01\n", ["Y03 1:3"]],
    ["anchors and aliases", "a: &x 1\nb: *x\n", ["Y06 1:4", "Y06 2:4"]],
    ["a merge key", "a:\n  <<: { b: 1 }\n", ["Y06 2:3"]],
    ["a quoted merge key", "'<<': 1\n", ["Y06 1:1"]],
    ["a tag", "a: !!str 1\n", ["Y07 1:4"]],
    ["a local tag", "a: !x { b: 1 }\n", ["Y07 1:4"]],
    ["a directive", "%YAML 1.1\n---\na: 1\n", ["Y07 1:1"]],
    ["a second document", "a: 1\n---\nb: 2\n", ["Y08 2:1"]],
    ["a key twice", "a: 1\nb: 2\na: 3\n", ["Y09 3:1"]],
    ["a key twice in a flow map", "a: { b: 1, 'b': 2 }\n", ["Y09 1:12"]],
    ["a number as key", "a:\n  1.10: x\n", ["Y10 2:3"]],
    ["null as key", "~: x\n", ["Y10 1:1"]],
    ["a list as key", "? [a]\n: b\n", ["Y10 1:3"]],
    ["__proto__ as key", "a:\n  __proto__: { b: 1 }\n", ["Y11 2:3"]],
    ["constructor as key", "constructor: 1\n", ["Y11 1:1"]],
  ]
  it.each(refused)("refuses %s", (_name, text, codes) => {
    expect(codesAt(read(text).findings)).toEqual(codes)
  })

  const ambiguous = [
    "NO",
    "on",
    "Yes",
    "off",
    "y",
    "0o17",
    "017",
    "0x1F",
    "1_000",
    "12:30",
    "0b11",
    "1e3",
    "+1",
    ".5",
    ".inf",
    "190:20:30",
  ]
  it.each(ambiguous)("refuses the plain value %s, which other readers see otherwise", value => {
    expect(codesAt(read(`a: ${value}\n`).findings)).toEqual(["Y12 1:4"])
    expect(codesAt(read(`a: "${value}"\n`).findings)).toEqual([])
  })

  it("says where bytes stop being UTF-8", () => {
    const { findings } = readYaml("a.yaml", new Uint8Array([0x61, 0x3a, 0x20, 0x0a, 0x62, 0xc3, 0x28]))
    expect(codesAt(findings)).toEqual(["Y02 2:2"])
  })

  it("refuses UTF-16", () => {
    expect(codesAt(readYaml("a.yaml", new Uint8Array([0xff, 0xfe, 0x61, 0])).findings)).toEqual(["Y02 1:1"])
  })

  it("finds everything at once where the structure is beyond doubt", () => {
    expect(codesAt(read("a: NO\nb: 1\nb: 2\n3: x\n").findings)).toEqual(["Y12 1:4", "Y09 3:1", "Y10 4:1"])
  })

  it("locates scalars at their value and maps at their key", () => {
    const { document } = read("a:\n  b: [x, { c: 1 }]\n  d: 2\n")
    expect(document?.locate(["a"])).toEqual({ file: "a.yaml", line: 1, column: 1 })
    expect(document?.locate(["a", "b", 0])).toEqual({ file: "a.yaml", line: 2, column: 7 })
    expect(document?.locate(["a", "b", 1, "c"])).toEqual({ file: "a.yaml", line: 2, column: 15 })
    expect(document?.locate(["a", "d"])).toEqual({ file: "a.yaml", line: 3, column: 6 })
    expect(document?.place({ path: ["a", "d"], at: "key" })).toEqual({ file: "a.yaml", line: 3, column: 3 })
  })

  it("locates what does not exist at its nearest parent that does", () => {
    const { document } = read("a:\n  b: 1\n")
    expect(document?.locate(["a", "x", "y"])).toEqual({ file: "a.yaml", line: 1, column: 1 })
    expect(document?.locate(["x"])).toEqual({ file: "a.yaml", line: 1, column: 1 })
  })

  it("counts columns as editors do, in UTF-16 code units", () => {
    expect(codesAt(read("a: { é: 😀, b: NO }\n").findings)).toEqual(["Y12 1:16"])
  })

  it("does not show values in its messages that may be secrets", () => {
    const { findings } = read(`a: 1\na: ${"x".repeat(100)}\n`)
    expect(JSON.stringify(findings)).not.toContain("xxx")
  })
})
