import { execFileSync } from "node:child_process"
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import fc from "fast-check"
import { describe, expect, it, onTestFinished } from "vitest"
import { unifiedDiff } from "../../../src/render/unified-diff.ts"

const numbers = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => `${from + index}\n`)

describe("unifiedDiff", () => {
  it("is empty for equal texts", () => expect(unifiedDiff("a.yaml", "x\n", "x\n")).toBe(""))

  it("shows three lines around each change, and joins what is near", () => {
    const before = numbers(1, 20)
    const after = before.toSpliced(4, 1, "five\n").toSpliced(17, 1)
    expect(unifiedDiff("a.yaml", before.join(""), after.join(""))).toBe(
      "--- a/a.yaml\n+++ b/a.yaml\n" +
        "@@ -2,7 +2,7 @@\n 2\n 3\n 4\n-5\n+five\n 6\n 7\n 8\n" +
        "@@ -15,6 +15,5 @@\n 15\n 16\n 17\n-18\n 19\n 20\n",
    )
  })

  it("says where a text has no line end at its end", () => {
    expect(unifiedDiff("a", "x", "x\n")).toBe(
      "--- a/a\n+++ b/a\n@@ -1,1 +1,1 @@\n-x\n\\ No newline at end of file\n+x\n",
    )
  })

  it("is what git applies to get from one text to the other", () => {
    const folder = mkdtempSync(join(tmpdir(), "scb-diff-"))
    onTestFinished(() => rmSync(folder, { recursive: true }))
    const text = fc.tuple(
      fc.array(fc.constantFrom("a\n", "b\n", "c\n", "\n"), { minLength: 1, maxLength: 30 }),
      fc.constantFrom("", "end"),
    )
    fc.assert(
      fc.property(text, text, ([some, tail], [others, otherTail]) => {
        const [before, after] = [some.join("") + tail, others.join("") + otherTail]
        writeFileSync(join(folder, "f"), before)
        const diff = unifiedDiff("f", before, after)
        if (diff !== "")
          execFileSync("git", ["apply", "--unidiff-zero", "--whitespace=nowarn", "-"], { cwd: folder, input: diff })
        expect(readFileSync(join(folder, "f"), "utf8")).toBe(after)
      }),
      { numRuns: 25 },
    )
  })
})
