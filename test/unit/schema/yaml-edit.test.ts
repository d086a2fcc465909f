import { describe, expect, it } from "vitest"
import { append, removeValue, setValue } from "../../../src/schema/yaml-edit.ts"

const BUNDLE = `# yaml-language-server: $schema=../../policies/schemas/bundle.schema.json
apiVersion: scb/v1
name: checkout # as the file
drivers: [java, nodejs]
channels:
  candidate: { follow: latest }
  stable: { follow: candidate }
# A version that leaked is taken back, for ever, by writing:
# versions:
#   1.0.0: { revoked: { reason: keyCompromise, incident: INC-12 } }
`
const REVOKED = { reason: "keyCompromise", incident: "INC-7" }

describe("setValue", () => {
  it("begins a map of decisions behind the example in comments", () => {
    expect(setValue(BUNDLE, ["versions", "1.0.0", "revoked"], REVOKED)).toBe(
      `${BUNDLE}versions:\n  1.0.0: { revoked: { reason: keyCompromise, incident: INC-7 } }\n`,
    )
  })

  it.each([
    ["an empty map", "versions: {} # none\n", "versions: { 1.0.0: { revoked: { reason: superseded } } } # none\n"],
    [
      "a key without a value",
      "versions: # none\n  # 0.1.0: …\na: 1\n",
      "versions: { 1.0.0: { revoked: { reason: superseded } } } # none\n  # 0.1.0: …\na: 1\n",
    ],
    [
      "a map on one line",
      "versions: {0.9.0: {}}\n",
      "versions: {0.9.0: {}, 1.0.0: { revoked: { reason: superseded } }}\n",
    ],
    [
      "a map on lines",
      "versions:\n    0.9.0: {} # old\n    # and\n\nz: 1\n",
      "versions:\n    0.9.0: {} # old\n    # and\n    1.0.0: { revoked: { reason: superseded } }\n\nz: 1\n",
    ],
    [
      "the version itself, on lines",
      "versions:\n  1.0.0:\n    retry:\n      reason: once\n# z\nz: 1\n",
      "versions:\n  1.0.0:\n    retry:\n      reason: once\n    revoked: { reason: superseded }\n# z\nz: 1\n",
    ],
    [
      "the version itself, on one line",
      'versions:\n  "1.0.0": { retry: { reason: once } } # r\n',
      'versions:\n  "1.0.0": { retry: { reason: once }, revoked: { reason: superseded } } # r\n',
    ],
    [
      "lines that end as in Windows",
      "versions:\r\n  0.9.0: {}\r\n",
      "versions:\r\n  0.9.0: {}\r\n  1.0.0: { revoked: { reason: superseded } }\r\n",
    ],
    [
      "no line end at the end",
      "versions:\n  0.9.0: {}",
      "versions:\n  0.9.0: {}\n  1.0.0: { revoked: { reason: superseded } }\n",
    ],
    ["an empty file", "# nothing yet\n", "# nothing yet\nversions:\n  1.0.0: { revoked: { reason: superseded } }\n"],
  ])("adds to %s", (_what, before, after) => {
    expect(setValue(before, ["versions", "1.0.0", "revoked"], { reason: "superseded" })).toBe(after)
  })

  it("changes a map by the members that differ, each in its quotes", () => {
    const line = `stable: { follow: candidate, pin: '1.0.0', reason: "why", until: 2026-12-01 } # held\n`
    expect(setValue(line, ["stable"], { follow: "candidate", pin: "1.1.0", reason: "it's \\ so" })).toBe(
      `stable: { follow: candidate, pin: '1.1.0', reason: "it's \\\\ so" } # held\n`,
    )
  })

  it("quotes what readers would take for something else", () => {
    const texts = ["INC-7, again", "a: b", "a #b", "yes", "12:30", "1.10", "~", "", "2026-12-01", "1.0.0", "it's over"]
    expect(setValue("", ["l"], texts)).toBe(
      'l: ["INC-7, again", "a: b", "a #b", "yes", "12:30", "1.10", "~", "", 2026-12-01, 1.0.0, it\'s over]\n',
    )
  })

  it("indents new lines as the file does", () => {
    expect(setValue("a:\n   b: 1\n", ["versions"], { "1.0.0": {} })).toBe("a:\n   b: 1\nversions:\n   1.0.0: {}\n")
  })

  it("ends a file's form where its kind changes, and keeps the comments", () => {
    expect(setValue("a:\n  b: 1 # one\n  # two\n", ["a"], "x")).toBe("a: x\n  # two\n")
  })

  it("goes through no value that is none of its own", () => {
    expect(() => setValue("a: 1\n", ["a", "b"], 1)).toThrow()
    expect(() => setValue("a: [1]\n", ["a", 5], 1)).toThrow()
    expect(() => append("a: 1\n", ["a"], 1)).toThrow()
  })
})

describe("removeValue", () => {
  it.each([
    ["a line", "a: 1 # one\nb: 2 # two\n", ["a"], "b: 2 # two\n"],
    ["the last of a map", "v:\n  a: 1 # one\n  # note\nb: 2\n", ["v", "a"], "v: {}\n  # note\nb: 2\n"],
    ["of a map on one line", "v: { a: 1, b: 2, c: 3 }\n", ["v", "b"], "v: { a: 1, c: 3 }\n"],
    ["the last of a map on one line", "v: { a: 1, b: 2 }\n", ["v", "b"], "v: { a: 1 }\n"],
    ["the only one of a map on one line", "v: { a: 1 } # v\n", ["v", "a"], "v: {} # v\n"],
    ["a line of a list", "v:\n- a: 1\n  b: 2\n- a: 3\n", ["v", 0], "v:\n- a: 3\n"],
    ["the first of an item", "v:\n- a: 1 # one\n  b: 2\n", ["v", 0, "a"], "v:\n-  # one\n  b: 2\n"],
    ["a line of brackets", "v: [\n  1, # one\n  2, # two\n]\n", ["v", 1], "v: [\n  1, # one\n   # two\n]\n"],
    ["nothing", "a: 1\n", ["b", "c"], "a: 1\n"],
  ])("takes out %s", (_what, before, path, after) => {
    expect(removeValue(before, path)).toBe(after)
  })

  it("takes no document out of itself", () => {
    expect(() => removeValue("a: 1\n", [])).toThrow()
  })
})

describe("append", () => {
  it("adds to a list in its own form, or begins one", () => {
    const item = { gate: "soak", reason: "x" }
    expect(append("o: # gates\n- { gate: freeze } # f\n", ["o"], item)).toBe(
      "o: # gates\n- { gate: freeze } # f\n- { gate: soak, reason: x }\n",
    )
    expect(append("o: [java] # o\n", ["o"], "python")).toBe("o: [java, python] # o\n")
    expect(append("o: []\n", ["o"], "python")).toBe("o: [python]\n")
    expect(append("a:\n    b: 1\n", ["overrides"], item)).toBe(
      "a:\n    b: 1\noverrides:\n    - { gate: soak, reason: x }\n",
    )
  })
})
