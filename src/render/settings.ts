import type { GuardRule } from "../domain/authorization/evidence.ts"
import { resultJson } from "./result.ts"
import { paint, type Style, table } from "./style.ts"

const COLORS = { holds: "green", broken: "red", unknown: "yellow" } as const

/** One line each: whether it holds, what it is, and what is wrong or why nobody can tell. */
export function renderSettingsText(rules: readonly GuardRule[], style: Style): string {
  const rows = rules.map(({ name, state, detail }) => [state, name, detail])
  const text = table(rows)
  return text.replaceAll(/^(holds|broken|unknown)/gm, state => paint(COLORS[state as GuardRule["state"]], state, style))
}

export function renderSettingsJson(rules: readonly GuardRule[]): string {
  return resultJson("Settings", { rules: rules.map(({ name, state, detail }) => ({ name, state, detail })) })
}
