import { paint, type Style } from "../../src/render/style.ts"
import type { Outcome } from "./run.ts"

export function renderOutcome({ name, rule, result, differences }: Outcome, style: Style): string {
  const ink = { same: "green", drift: "red", "left out": "dim" } as const
  const lines = differences.map(({ kind, what }) => `  ${kind}: ${what}\n`)
  return `${paint(ink[result], result.padEnd(8), style)}  ${name}: ${rule}\n${lines.join("")}`
}

export function renderSummary(outcomes: readonly Outcome[]): string {
  const count = (result: Outcome["result"]) => outcomes.filter(each => each.result === result).length
  return `${count("same")} the same, ${count("drift")} differ, ${count("left out")} left out\n`
}
