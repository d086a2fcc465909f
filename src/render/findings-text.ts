import { type Finding, type Severity, sortFindings } from "../domain/findings.ts"
import { counted, paint, printable, type Style } from "./style.ts"

const COLORS = { error: "red", warning: "yellow", note: "cyan" } as const satisfies Record<Severity, string>

/** `file:line:column: severity code: message`, what it breaks and the hint indented below, and a count at the end. */
export function renderFindingsText(findings: readonly Finding[], style: Style): string {
  return `${sortFindings(findings)
    .map(finding => block(finding, style))
    .join("")}${summary(findings, style)}\n`
}

function block(finding: Finding, style: Style): string {
  const { at, subject, severity, code, message, breaks = [], hint } = finding
  const place = at === undefined ? subject : `${at.file}:${at.line}:${at.column}`
  const lines = [
    `${paint("bold", printable(place), style)}: ${paint(COLORS[severity], `${severity} ${code}`, style)}: ${printable(message)}`,
    ...(breaks.length === 0 ? [] : [`    breaks: ${breaks.join(", ")}`]),
    ...(hint === undefined ? [] : [`    hint: ${printable(hint)}`]),
  ]
  return `${lines.join("\n")}\n`
}

function summary(findings: readonly Finding[], style: Style): string {
  const count = (severity: Severity) => findings.filter(finding => finding.severity === severity).length
  const parts = (["error", "warning", "note"] as const)
    .map(severity => ({ severity, number: count(severity) }))
    .filter(({ number }) => number > 0)
    .map(({ severity, number }) => paint(COLORS[severity], counted(number, severity), style))
  return parts.length === 0 ? paint("green", "no findings", style) : parts.join(", ")
}
