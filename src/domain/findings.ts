import type { Client } from "./clients.ts"
import { FINDING_RULES, type FindingCode } from "./rules/finding-rules.ts"

export type Severity = "error" | "warning" | "note"

/** One-based line and column; column counts UTF-16 code units as editors do. */
export interface Position {
  readonly file: string
  readonly line: number
  readonly column: number
}

/** Anything a person can mend. Tests assert `code` and `at`, never the prose. */
export interface Finding {
  readonly code: FindingCode
  readonly severity: Severity
  /** What it is about: a bundle name, a file, an entry of the archive. */
  readonly subject: string
  readonly at?: Position
  /** Lower-case, names the subject, says expected and got. Never holds a secret. */
  readonly message: string
  readonly hint?: string
  /** For checks of a bundle: the clients that it would break. */
  readonly breaks?: readonly Client[]
  /** Where not every version of a client breaks: an npm semver range of those that do. */
  readonly versions?: Readonly<Partial<Record<Client, string>>>
  /** Which way of breaking the rule it is, for rules that are broken in several: a key of the drivers' own errors. */
  readonly cause?: string
}

/** A finding with the severity that its rule gives it, unless the rule says "error or warning" and the caller picks. */
export function finding(
  code: FindingCode,
  subject: string,
  message: string,
  more: Partial<Pick<Finding, "at" | "hint" | "breaks" | "severity" | "versions" | "cause">> = {},
): Finding {
  return { code, severity: FINDING_RULES[code].severity, subject, message, ...more }
}

export function hasErrors(findings: readonly Finding[]): boolean {
  return findings.some(each => each.severity === "error")
}

/** By file, line, column, code: the order in which a reader mends them. */
export function sortFindings(findings: readonly Finding[]): readonly Finding[] {
  return [...findings].sort(
    (a, b) =>
      compare(a.at?.file ?? "", b.at?.file ?? "") ||
      (a.at?.line ?? 0) - (b.at?.line ?? 0) ||
      (a.at?.column ?? 0) - (b.at?.column ?? 0) ||
      compare(a.code, b.code) ||
      compare(a.message, b.message),
  )
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
