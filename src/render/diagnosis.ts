import type { Severity } from "../domain/findings.ts"
import { formatInstant } from "../domain/instant.ts"
import type { Json } from "../domain/json.ts"
import type { Diagnosis, LikelyCause, Step, Verdict } from "../domain/live/diagnosis.ts"
import { findingJson } from "./findings-json.ts"
import { renderFindingsText } from "./findings-text.ts"
import { paint, type Style, table } from "./style.ts"

/** The likely cause first; then what was looked at, what is wrong, and what it means for each driver. */
export function renderDiagnosisText(diagnosis: Diagnosis, style: Style): string {
  const { likelyCause, steps, findings, verdicts, oldFashioned } = diagnosis
  const sections: readonly (readonly [title: string, text: string])[] = [
    ["likely cause", likelyCause === undefined ? "" : causeText(likelyCause)],
    ["steps", stepsText(steps, style)],
    ["findings", renderFindingsText(findings, style)],
    ["drivers", verdictsText(verdicts, style)],
    ["old-fashioned, and why it works", oldFashioned.map(({ what, why }) => `  ${what}:\n    ${why}\n`).join("")],
  ]
  return sections
    .filter(([, text]) => text !== "")
    .map(([title, text]) => `${paint("bold", title, style)}\n${text}`)
    .join("\n")
}

function causeText({ finding, mend }: LikelyCause): string {
  return `  ${finding.message} [${finding.code}]\n  ${mend}\n`
}

const STEP_MARKS = { passed: ["green", "✓"], failed: ["red", "✗"], skipped: ["dim", "-"] } as const

function stepsText(steps: readonly Step[], style: Style): string {
  const rows = steps.map(({ title, detail, millis, outcome }) => {
    const [, mark] = STEP_MARKS[outcome]
    return [`  ${mark}`, title, millis === undefined ? "" : `${millis} ms`, detail]
  })
  return painted(
    table(rows),
    steps.map(({ outcome }) => STEP_MARKS[outcome]),
    style,
  )
}

const VERDICT_MARKS = { connects: ["green", "✓"], fails: ["red", "✗"], unknown: ["yellow", "?"] } as const

function verdictsText(verdicts: readonly Verdict[], style: Style): string {
  const rows = verdicts.map(({ name, client, verdict, versions, because }) => [
    `  ${VERDICT_MARKS[verdict][1]}`,
    name === client ? name : `${name} (${client})`,
    verdict + (versions === undefined ? "" : ` in versions ${versions}`),
    [...new Set(because.map(each => each.code))].join(", "),
  ])
  const lines = painted(
    table(rows),
    verdicts.map(({ verdict }) => VERDICT_MARKS[verdict]),
    style,
  ).split("\n")
  return verdicts
    .map(({ says }, index) => {
      const [words] = says
      return `${lines[index]?.trimEnd()}\n${words === undefined ? "" : `      says: ${paint("dim", words, style)}\n`}`
    })
    .join("")
}

type Mark = readonly [ink: Parameters<typeof paint>[0], mark: string]

/** Ink goes on after the columns are laid out, which count characters. */
function painted(text: string, marks: readonly Mark[], style: Style): string {
  return text
    .split("\n")
    .map((line, index) => {
      const [ink, mark] = marks[index] ?? []
      return ink === undefined || mark === undefined ? line : line.replace(mark, paint(ink, mark, style)).trimEnd()
    })
    .join("\n")
}

/** `{ apiVersion, kind: "Diagnosis", … }`. */
export function diagnosisJson(diagnosis: Diagnosis): Json {
  const { at, steps, findings, verdicts, likelyCause, oldFashioned } = diagnosis
  const count = (severity: Severity) => findings.filter(finding => finding.severity === severity).length
  return {
    apiVersion: "scb/v1",
    kind: "Diagnosis",
    at: formatInstant(at),
    steps: steps.map(step => ({ ...step })),
    counts: { error: count("error"), warning: count("warning"), note: count("note") },
    findings: findings.map(findingJson),
    drivers: verdicts.map(({ name, client, verdict, versions, because, says }) => ({
      name,
      client,
      verdict,
      versions,
      because: [...new Set(because.map(each => each.code))],
      says,
    })),
    likelyCause:
      likelyCause === undefined
        ? undefined
        : { code: likelyCause.finding.code, message: likelyCause.finding.message, mend: likelyCause.mend },
    oldFashioned: oldFashioned.map(custom => ({ ...custom })),
  }
}
