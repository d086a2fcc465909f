import type { Finding } from "../domain/findings.ts"
import { findingJson } from "./findings-json.ts"
import { resultJson } from "./result.ts"
import { paint, printable, type Style } from "./style.ts"

export interface Failure {
  readonly code: string
  readonly message: string
  readonly hint?: string
}

/** `scb: <message> [code]`, and the hint on a line of its own. */
export function renderFailureText(failure: Failure, style: Style): string {
  const hint = failure.hint === undefined ? "" : `  hint: ${printable(failure.hint)}\n`
  return `scb: ${paint("red", printable(failure.message), style)} [${failure.code}]\n${hint}`
}

export function renderFailureJson(failure: Failure, findings: readonly Finding[]): string {
  return resultJson("Failure", { error: { ...failure }, findings: findings.map(findingJson) })
}
