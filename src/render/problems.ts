import type { Problem, ProblemIssue } from "../domain/forge/problems.ts"
import type { Json } from "../domain/json.ts"
import { FINDING_RULES, type FindingCode } from "../domain/rules/finding-rules.ts"
import { capital } from "./diff.ts"
import { bullets, code, mention, oneLine, prose } from "./markdown.ts"
import { resultJson } from "./result.ts"
import { counted, paint, type Style, table } from "./style.ts"

/** With it begin the bodies of all issues that are ours. GitHub shows nothing of it. */
export const PROBLEM_FAMILY = "<!-- scb:problem "

/** Ends no comment early: of what could, everything is encoded. */
export function problemMarker({ key }: ProblemIssue): string {
  return `${PROBLEM_FAMILY}${encodeURIComponent(key)} -->`
}

/** Title and Markdown of an issue. The same problems have the same text. `loginOf`: of a principal, if there is one. */
export function renderProblemIssue(
  issue: ProblemIssue,
  loginOf: (name: string) => string | undefined,
): { readonly title: string; readonly body: string } {
  const { problems, concerns } = issue
  const kinds = [...new Set(problems.map(({ kind }) => kind))]
  const logins = concerns.flatMap(name => loginOf(name) ?? [])
  const parts = [
    problemMarker(issue),
    ...kinds.map(kind => kindText(problems.filter(each => each.kind === kind))),
    ...(logins.length === 0 ? [] : [`For ${logins.map(mention).join(" ")}.`]),
    "<sub>Written by `scb problems --sync`. It closes by itself when this is no longer so.</sub>",
  ]
  return { title: titleOf(issue), body: `${parts.join("\n\n")}\n` }
}

/** GitHub takes 256 characters. */
const TITLE_MOST = 200

function titleOf({ problems }: ProblemIssue): string {
  const [{ kind, subject, rule, lines }] = problems
  if (problems.length === 1) return oneLine(`${subject}: ${lines[0] ?? rule}`).slice(0, TITLE_MOST)
  const isOneKind = problems.every(each => each.kind === kind)
  return isOneKind ? `${kind}, ${problems.length} times: ${rule}` : `${counted(problems.length, "more problem")}`
}

function kindText(problems: readonly Problem[]): string {
  const [first] = problems
  if (first === undefined) return ""
  const { kind, rule } = first
  const known = FINDING_RULES[kind as FindingCode] as (typeof FINDING_RULES)[FindingCode] | undefined
  const lines = problems.flatMap(({ subject, lines }) => lines.map(line => `${code(subject)}: ${prose(line)}`))
  return [
    `**${known === undefined ? capital(kind) : kind}**: it is not so that ${rule}.`,
    bullets(lines, "of them"),
    ...(known === undefined ? [] : [`${known.why} ${known.mend}`]),
  ].join("\n\n")
}

/** A line a problem, the worst first. */
export function renderProblemsText(problems: readonly Problem[], style: Style): string {
  if (problems.length === 0) return `${paint("green", "no problems", style)}\n`
  const lines = problems.map(({ severity, kind, subject, owner = "-", lines }) => [
    paint(severity === "error" ? "red" : "yellow", severity, style),
    kind,
    oneLine(subject),
    oneLine(owner),
    oneLine(lines[0] ?? ""),
  ])
  return `${table(lines)}${counted(problems.length, "problem")}\n`
}

export function renderProblemsJson(problems: readonly Problem[], issues?: { readonly [key: string]: Json }): string {
  return resultJson("Problems", { problems: problems as unknown as Json, issues })
}
