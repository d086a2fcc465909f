import { type Finding, hasErrors } from "../domain/findings.ts"
import { GENERATOR_VERSION } from "../domain/generator.ts"
import { renderAnnotations } from "../render/annotations.ts"
import { renderFindingsJson } from "../render/findings-json.ts"
import { renderFindingsText } from "../render/findings-text.ts"
import { renderSarif } from "../render/sarif.ts"
import { errorStyleOf, styleOf } from "./command.ts"
import { EXIT } from "./exit-codes.ts"
import type { Invocation } from "./invocation.ts"

export const FINDING_FORMATS = ["text", "json", "sarif", "github"] as const
export type FindingFormat = (typeof FINDING_FORMATS)[number]

/** Prints findings as the result of a verb, and lets errors among them decide the exit code. */
export function printFindings(findings: readonly Finding[], format: FindingFormat, invocation: Invocation): void {
  invocation.io.stdout(renderFindings(findings, format, invocation))
  if (hasErrors(findings)) invocation.exitCode = EXIT.findings
}

/** Findings beside another result: they go to stderr, so that the result can be piped. Errors among them decide the exit code. */
export function mentionFindings(findings: readonly Finding[], invocation: Invocation): void {
  const { io } = invocation
  if (findings.length > 0) io.stderr(renderFindingsText(findings, errorStyleOf(io)))
  if (hasErrors(findings)) invocation.exitCode = EXIT.findings
}

function renderFindings(findings: readonly Finding[], format: FindingFormat, { io }: Invocation): string {
  switch (format) {
    case "text":
      return renderFindingsText(findings, styleOf(io))
    case "json":
      return renderFindingsJson(findings)
    case "sarif":
      return renderSarif(findings, GENERATOR_VERSION)
    case "github":
      return renderAnnotations(findings)
  }
}
