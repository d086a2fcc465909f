import { resultJson } from "./result.ts"
import { paint, type Style } from "./style.ts"

export interface InitOutcome {
  readonly directory: string
  readonly keysFolder: string
  readonly files: readonly string[]
  readonly keys: readonly string[]
  readonly next: readonly string[]
  readonly dryRun: boolean
}

export function renderInitText(outcome: InitOutcome, style: Style): string {
  const verb = outcome.dryRun ? "would make" : "made"
  const keys = outcome.keys.length === 0 ? "" : `${verb} ${outcome.keysFolder}: throw-away keys, outside Git\n`
  const files = outcome.dryRun ? outcome.files.map(file => `  ${file}\n`).join("") : ""
  const next = [`cd ${outcome.directory}`, ...outcome.next].map((line, index) => `  ${index + 1}. ${line}\n`).join("")
  return `${verb} ${outcome.directory}: ${outcome.files.length} files, one commit on main\n${files}${keys}\n${paint("bold", "next", style)}\n${next}`
}

export function renderInitJson(outcome: InitOutcome): string {
  return resultJson("Init", { ...outcome })
}
