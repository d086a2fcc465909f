import { paint, type Style } from "./style.ts"

const CONTEXT = 3

interface Line {
  readonly mark: " " | "-" | "+"
  readonly text: string
}

/** `diff -u` of two short texts, with `a/` and `b/` before the path as Git writes it; empty when they are equal. */
export function unifiedDiff(path: string, before: string, after: string): string {
  if (before === after) return ""
  const lines = script(split(before), split(after))
  return `--- a/${path}\n+++ b/${path}\n${hunks(lines).map(hunkText(lines)).join("")}`
}

/** The colours that `git diff` uses. */
export function paintDiff(diff: string, style: Style): string {
  const lines = diff.split("\n").map(line => {
    if (/^(?:\+\+\+|---) /.test(line)) return paint("bold", line, style)
    const ink = { "+": "green", "-": "red", "@": "cyan" }[line.charAt(0)] as "green" | "red" | "cyan" | undefined
    return ink === undefined ? line : paint(ink, line, style)
  })
  return lines.join("\n")
}

/** Keeps a longest common subsequence; the tables of two texts of a thousand lines are some megabytes. */
function script(before: readonly string[], after: readonly string[]): readonly Line[] {
  const common = before.map(() => new Uint32Array(after.length + 1)).concat(new Uint32Array(after.length + 1))
  const at = (i: number, j: number): number => common[i]?.[j] ?? 0
  for (let i = before.length - 1; i >= 0; i -= 1) {
    for (let j = after.length - 1; j >= 0; j -= 1) {
      const row = common[i]
      if (row !== undefined)
        row[j] = before[i] === after[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1))
    }
  }
  const lines: Line[] = []
  let i = 0
  let j = 0
  while (i < before.length || j < after.length) {
    if (i < before.length && j < after.length && before[i] === after[j]) {
      lines.push({ mark: " ", text: before[i] ?? "" })
      i += 1
      j += 1
    } else if (i < before.length && (j === after.length || at(i + 1, j) >= at(i, j + 1))) {
      lines.push({ mark: "-", text: before[i] ?? "" })
      i += 1
    } else {
      lines.push({ mark: "+", text: after[j] ?? "" })
      j += 1
    }
  }
  return lines
}

/** First and behind-the-last line of each run of changes with its context. */
function hunks(lines: readonly Line[]): readonly (readonly [number, number])[] {
  const all: [number, number][] = []
  for (const [index, { mark }] of lines.entries()) {
    if (mark === " ") continue
    const [from, to] = [Math.max(0, index - CONTEXT), Math.min(lines.length, index + CONTEXT + 1)]
    const last = all.at(-1)
    if (last !== undefined && from <= last[1]) last[1] = to
    else all.push([from, to])
  }
  return all
}

function hunkText(lines: readonly Line[]): (hunk: readonly [number, number]) => string {
  const count = (from: number, to: number, other: Line["mark"]) =>
    lines.slice(from, to).filter(({ mark }) => mark !== other).length
  const range = (from: number, to: number, other: Line["mark"]) => {
    const length = count(from, to, other)
    return `${count(0, from, other) + (length === 0 ? 0 : 1)},${length}`
  }
  return ([from, to]) => {
    const body = lines.slice(from, to).map(({ mark, text }) => `${mark}${text}`)
    return `@@ -${range(from, to, "+")} +${range(from, to, "-")} @@\n${body.map(withEnd).join("")}`
  }
}

function withEnd(line: string): string {
  return line.endsWith("\n") ? line : `${line}\n\\ No newline at end of file\n`
}

/** Lines with their ends. */
function split(text: string): readonly string[] {
  return text.match(/[^\n]*\n|[^\n]+$/g) ?? []
}
