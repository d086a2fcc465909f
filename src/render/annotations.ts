import { type Finding, type Severity, sortFindings } from "../domain/findings.ts"

const COMMANDS: Readonly<Record<Severity, string>> = { error: "error", warning: "warning", note: "notice" }

/** GitHub workflow commands, one a finding: the forge shows them beside the line. */
export function renderAnnotations(findings: readonly Finding[]): string {
  return sortFindings(findings)
    .map(finding => `${annotation(finding)}\n`)
    .join("")
}

function annotation({ severity, code, subject, message, at, hint, breaks = [] }: Finding): string {
  const place = at === undefined ? [] : [`file=${property(at.file)}`, `line=${at.line}`, `col=${at.column}`]
  const properties = [...place, `title=${property(`${code} ${subject}`)}`]
  const text = [
    message,
    ...(breaks.length === 0 ? [] : [`breaks: ${breaks.join(", ")}`]),
    ...(hint === undefined ? [] : [`hint: ${hint}`]),
  ]
  return `::${COMMANDS[severity]} ${properties.join(",")}::${data(text.join("\n"))}`
}

/** A line that escaped would be a command of its own: `actions/toolkit` packages/core/src/command.ts escapes alike. */
function data(text: string): string {
  return text.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A")
}

function property(text: string): string {
  return data(text).replaceAll(":", "%3A").replaceAll(",", "%2C")
}
