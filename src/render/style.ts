import { styleText } from "node:util"

export interface Style {
  /** Decided at the gate: a terminal, and NO_COLOR not set. */
  readonly color: boolean
}

type Ink = "red" | "yellow" | "green" | "cyan" | "bold" | "dim"

export function paint(ink: Ink, text: string, style: Style): string {
  // whether there is a terminal has been decided: newer Node asks again, and only about stdout
  return style.color ? styleText(ink, text, { validateStream: false }) : text
}

/**
 * Names of files and entries are other people's text: nothing in it may steer a terminal, nor begin a line, which could
 * be a command to GitHub's runner.
 */
export function printable(text: string): string {
  return text.replace(
    /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu,
    character => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`,
  )
}

/** `1 key`, `2 keys`: for nouns whose plural ends in s. */
export function counted(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`
}

/** Columns padded to their widest cell, two spaces between; the last one is left ragged. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths = rows.reduce<number[]>((all, row) => row.map((cell, i) => Math.max(cell.length, all[i] ?? 0)), [])
  return rows
    .map(row => `${row.map((cell, i) => (i === row.length - 1 ? cell : cell.padEnd(widths[i] ?? 0))).join("  ")}\n`)
    .join("")
}
