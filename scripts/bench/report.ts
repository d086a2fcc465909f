import { ratio, type Sample } from "./harness.ts"
import type { Algorithm } from "./workbench.ts"

export const PARTS = ["stages", "one-core", "all-cores", "cold", "memory", "gateway", "lifecycle"] as const
export type Part = (typeof PARTS)[number]

/** One measured thing. */
export interface Figure {
  readonly part: Part
  readonly algorithm: Algorithm
  readonly name: string
  readonly unit: "ms" | "MB" | "µs" | "/s" | "MiB/s" | "%" | ""
  readonly median: number
  readonly mean: number
  /** One number a round. */
  readonly rounds: readonly number[]
}

/** What the measurement of one part gives. */
export interface Findings {
  readonly figures: readonly Figure[]
  readonly verdicts: readonly Verdict[]
}

export function joined(findings: readonly Findings[]): Findings {
  return { figures: findings.flatMap(each => each.figures), verdicts: findings.flatMap(each => each.verdicts) }
}

/** What the project promises of a ratio or of a figure. */
export interface Budget {
  readonly bound: "at most" | "at least"
  readonly value: number
}

/** One measured thing against another, or against a promise. */
export interface Verdict {
  readonly part: Part
  readonly algorithm: Algorithm
  readonly name: string
  readonly value: number
  readonly unit: "×" | "MB" | "s" | ""
  readonly budget?: Budget
  readonly met?: boolean
}

export interface Report {
  readonly machine: Readonly<Record<string, string | number>>
  readonly figures: readonly Figure[]
  readonly verdicts: readonly Verdict[]
  /** Contenders that could not take part, and why. */
  readonly absent: readonly string[]
}

export function figure(part: Part, algorithm: Algorithm, unit: Figure["unit"], sample: Sample): Figure {
  return { part, algorithm, unit, ...sample }
}

export function verdict(
  of: Pick<Verdict, "part" | "algorithm" | "name" | "unit">,
  value: number,
  budget: Budget | undefined,
): Verdict {
  if (budget === undefined) return { ...of, value }
  const met = budget.bound === "at most" ? value <= budget.value : value >= budget.value
  return { ...of, value, budget, met }
}

/** How many times `a` costs what `b` costs. RSA keys are found by chance, so their rounds are compared by their means. */
export function compare(
  part: Part,
  algorithm: Algorithm,
  a: Sample | undefined,
  b: Sample | undefined,
  budget?: Budget,
): readonly Verdict[] {
  if (a === undefined || b === undefined) return []
  const value = ratio(a, b, algorithm === "RSA-2048" ? "means" : "rounds")
  return [verdict({ part, algorithm, name: `${a.name} / ${b.name}`, unit: "×" }, value, budget)]
}

export function formatReport({ machine, figures, verdicts, absent }: Report): string {
  const facts = Object.entries(machine).map(([name, value]) => `${name} ${value}`)
  const tables = PARTS.flatMap(part => {
    const rows = figures.filter(each => each.part === part)
    return rows.length === 0 ? [] : ["", `${TITLES[part]}`, table(rows.map(figureCells))]
  })
  return [
    facts.join(", "),
    ...tables,
    "",
    "Ratios",
    table(verdicts.map(verdictCells)),
    ...absent.map(line => `absent: ${line}`),
    "",
  ].join("\n")
}

const TITLES: Readonly<Record<Part, string>> = {
  stages: "Stages, warm, one core: ms per bundle (median, mean)",
  "one-core": "Whole pipeline, warm, one core: ms per bundle (median, mean)",
  "all-cores": "Whole pipeline, warm, all cores: ms per bundle (median, mean)",
  cold: "One bundle, one process: ms (median, mean)",
  memory: "Peak resident memory of the whole process: MB",
  lifecycle: "Plans over large repositories: CPU, MB at the peak",
  gateway: "Gateway beside HAProxy, one thread each (median, mean)",
}

function figureCells({ part, algorithm, name, unit, median, mean }: Figure): readonly string[] {
  if (part === "memory") return [`  ${algorithm}`, name, median.toFixed(0)]
  return [
    `  ${algorithm}`,
    name,
    digits(median),
    digits(mean),
    ...(part === "gateway" || part === "lifecycle" ? [unit] : []),
  ]
}

function verdictCells({ part, algorithm, name, value, unit, budget, met }: Verdict): readonly string[] {
  const promise =
    budget === undefined ? [] : [`budget: ${budget.bound} ${budget.value} ${unit}`, met ? "met" : "MISSED"]
  return [`  ${algorithm}`, part, name, `${digits(value)} ${unit}`, ...promise]
}

/** Three significant digits and never an exponent. */
function digits(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3)
}

/** Words to the left, numbers to the right. */
function table(rows: readonly (readonly string[])[]): string {
  const columns = Math.max(0, ...rows.map(row => row.length))
  const widths = Array.from({ length: columns }, (_, column) => Math.max(...rows.map(row => row[column]?.length ?? 0)))
  return rows
    .map(row =>
      row
        .map((cell, column) =>
          /^-?[\d.]/.test(cell) ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0),
        )
        .join("  ")
        .trimEnd(),
    )
    .join("\n")
}
