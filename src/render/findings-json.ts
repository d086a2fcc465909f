import { type Finding, type Severity, sortFindings } from "../domain/findings.ts"
import type { Json } from "../domain/json.ts"
import { resultJson } from "./result.ts"

/** `{ apiVersion, kind: "Findings", findings: […], counts: { error, warning, note } }`, in the order in which a reader mends them. */
export function renderFindingsJson(findings: readonly Finding[]): string {
  const count = (severity: Severity) => findings.filter(finding => finding.severity === severity).length
  return resultJson("Findings", {
    counts: { error: count("error"), warning: count("warning"), note: count("note") },
    findings: sortFindings(findings).map(findingJson),
  })
}

/** One finding as every JSON output shows it. */
export function findingJson({ code, severity, subject, message, at, hint, breaks, versions, cause }: Finding): Json {
  return {
    code,
    severity,
    subject,
    message,
    at: at === undefined ? undefined : { file: at.file, line: at.line, column: at.column },
    hint,
    breaks,
    versions,
    cause,
  }
}
