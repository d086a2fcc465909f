import { resultJson } from "./result.ts"
import { paint, type Style } from "./style.ts"

export interface InitOutcome {
  readonly directory: string
  readonly keysFolder: string
  readonly files: readonly string[]
  readonly keys: readonly string[]
  readonly next: readonly string[]
  /** Paths that are there with other content, and stay. */
  readonly kept?: readonly string[]
  /** The folder was there: nothing is committed. */
  readonly added?: true
  readonly dryRun: boolean
}

export function renderInitText(outcome: InitOutcome, style: Style): string {
  const verb = outcome.added === true ? "add" : "make"
  const done = outcome.dryRun ? `would ${verb}` : verb === "add" ? "added" : "made"
  const keys = outcome.keys.length === 0 ? "" : `${done} ${outcome.keysFolder}: throw-away keys, outside Git\n`
  const files = outcome.dryRun ? outcome.files.map(file => `  ${file}\n`).join("") : ""
  const next = [`cd ${outcome.directory}`, ...outcome.next].map((line, index) => `  ${index + 1}. ${line}\n`).join("")
  const what = outcome.added === true ? "files, for you to commit" : "files, one commit on main"
  const kept = (outcome.kept ?? []).map(path => `kept ${path}, which says something else\n`).join("")
  const heading = `${done} ${outcome.directory}: ${outcome.files.length} ${what}\n${kept}`
  return `${heading}${files}${keys}\n${paint("bold", "next", style)}\n${next}`
}

export function renderInitJson(outcome: InitOutcome): string {
  return resultJson("Init", { ...outcome })
}
