import type { AuthorizationDecision, QuorumState } from "../domain/authorization/decision.ts"
import { type Finding, hasErrors, type Severity, sortFindings } from "../domain/findings.ts"
import type { ChangeCheck, ChangeEffects } from "../domain/forge/change-check.ts"
import { formatInstant, type Instant } from "../domain/instant.ts"
import { type BundleImpact, mustAct } from "../domain/lifecycle/impact.ts"
import type { Comparison } from "../domain/versions/comparison.ts"
import { ACTOR_NAMES, capital } from "./diff.ts"
import { bullets, code, folded, prose, rows } from "./markdown.ts"
import { planRows } from "./plan.ts"
import { counted } from "./style.ts"

/** The first line of the one comment. GitHub shows nothing of it. */
export const CHECK_MARKER = "<!-- scb:check -->"

/** Markdown: what matters in a few lines, and whatever else there is folded below. */
export function renderCheckComment(check: ChangeCheck): string {
  const details = [...findingDetails(check), ...effectDetails(check), ...approvalDetails(check)]
  const [base, head] = [check.base, check.head].map(commit => code(commit.slice(0, 12)))
  return whole([
    CHECK_MARKER,
    `### ${capital(verdict(check))}`,
    [...findingLines(check), ...effectLines(check), ...approvalLines(check)].map(line => `- ${line}`).join("\n"),
    ...details,
    `<sub>${base} → ${head}, by \`scb check\`; this comment is kept up to date.</sub>`,
  ])
}

/** Comments of GitHub end at 65,536 characters. */
const MOST = 60_000

/** Where it would be too long, what is folded goes first from the end. */
function whole(parts: readonly string[]): string {
  const text = `${parts.join("\n\n")}\n`
  if (text.length <= MOST) return text
  const cut = parts.findLastIndex(part => part.startsWith("<details>"))
  if (cut === -1) return `${text.slice(0, MOST)}\n`
  return whole(parts.filter((_, index) => index !== cut))
}

/** The one sentence that is read by those who read one. */
function verdict({ findings, effect, authorization }: ChangeCheck): string {
  const errors = findings.filter(({ severity }) => severity === "error").length
  if (errors > 0) return `${counted(errors, "error")} to mend before this can be merged`
  if (!effect.known || !authorization.known) return "not everything could be looked at"
  const decision = authorization.value
  if (decision === undefined || decision.verdict !== "refused") return "this can be merged"
  const missing = decision.quorums.reduce((sum, { missing }) => sum + missing, 0)
  if (decision.refusals.some(({ code }) => code !== "quorum-missing")) return "this would be refused"
  return `this waits for ${counted(missing, "approval")}`
}

const SEVERITIES: readonly Severity[] = ["error", "warning", "note"]

function findingLines({ findings }: ChangeCheck): readonly string[] {
  const counts = SEVERITIES.flatMap(severity => {
    const number = findings.filter(each => each.severity === severity).length
    return number === 0 ? [] : [counted(number, severity)]
  })
  return [`**Findings**: ${counts.join(", ") || "none"}.`]
}

function findingDetails({ findings }: ChangeCheck): readonly string[] {
  if (findings.length === 0) return []
  const lines = bySeverity(findings).map(findingText)
  const summary = `Findings (${findings.length})`
  const list = bullets(lines, "findings")
  return [hasErrors(findings) ? `**${summary}**\n\n${list}` : folded(summary, list)]
}

function bySeverity(findings: readonly Finding[]): readonly Finding[] {
  const sorted = sortFindings(findings)
  return SEVERITIES.flatMap(severity => sorted.filter(each => each.severity === severity))
}

export function findingText({ severity, code: rule, subject, at, message, hint }: Finding): string {
  const place = at === undefined ? subject : `${at.file}:${at.line}`
  return `${severity} \`${rule}\` ${code(place)}: ${prose(message)}.${hint === undefined ? "" : ` ${prose(capital(hint))}.`}`
}

function effectLines({ effect }: ChangeCheck): readonly string[] {
  if (!effect.known) return [`**When it is merged**: it could not be worked out, ${prose(effect.why)}.`]
  const { begins, ends, invalidations, impact } = effect.value
  const verbs = [
    ["release", "released"],
    ["mark", "marked"],
    ["point", "pointed"],
  ] as const
  const parts = [
    ...(invalidations.length === 0 ? [] : [`${counted(invalidations.length, "campaign")} revoke at once`]),
    ...verbs.flatMap(([kind, verb]) => {
      const number = begins.filter(step => step.kind === kind).length
      const noun = kind === "point" ? "channel" : "version"
      return number === 0 ? [] : [`${counted(number, noun)} ${verb}`]
    }),
    ...(ends.length === 0 ? [] : [`${counted(ends.length, "step")} no longer due`]),
  ]
  const acting = impact.filter(mustAct)
  const people = [...new Set(acting.flatMap(({ owner, recipients }) => [owner, ...recipients]))]
  const broken = impact.filter(({ breaks }) => breaks.length > 0)
  const drivers = [...new Set(broken.flatMap(({ breaks }) => breaks.flatMap(each => each.drivers)))]
  return [
    `**When it is merged**: ${parts.join(", ") || "nothing is released, marked or pointed"}.`,
    acting.length === 0
      ? "**Who has to act**: nobody."
      : `**Who has to act**: ${people.slice(0, 20).map(code).join(", ")}, about ${counted(acting.length, "bundle")}.`,
    ...(broken.length === 0
      ? []
      : [`**Breaks unless somebody acts**: ${drivers.map(code).join(", ")} of ${counted(broken.length, "bundle")}.`]),
  ]
}

function effectDetails({ effect }: ChangeCheck): readonly string[] {
  if (!effect.known) return []
  const { differences, impact } = effect.value
  return [
    ...stepDetails(effect.value),
    ...differences.comparisons.slice(0, MOST_COMPARED).map(comparisonDetails),
    ...(differences.comparisons.length <= MOST_COMPARED
      ? []
      : [`… and ${differences.comparisons.length - MOST_COMPARED} more bundles differ: \`scb diff --commits\`.`]),
    ...impactDetails(impact),
  ]
}

const MOST_COMPARED = 20

function stepDetails({ invalidations, begins, ends }: ChangeEffects): readonly string[] {
  const due = planRows({ invalidations, steps: begins }).map(row => row.map(prose))
  const over = planRows({ invalidations: [], steps: ends }).map(([kind = "", of = "", what = ""]) => [
    `no ${kind}`,
    prose(of),
    prose(what),
  ])
  if (due.length + over.length === 0) return []
  return [folded("What happens when it is merged", rows(["step", "of", "what"], [...due, ...over], "steps"))]
}

function comparisonDetails({ subject, class: own, changes }: Comparison): string {
  const cells = changes.map(change => [
    code(change.member),
    change.class,
    change.before === undefined ? "" : code(change.before),
    change.after === undefined ? "" : code(change.after),
    prose(change.why),
  ])
  const tasks = changes.flatMap(({ actions }) =>
    actions.map(({ who, what }) => `**${capital(ACTOR_NAMES[who])}**: ${prose(what)}.`),
  )
  const table = rows(["member", "class", "before", "after", "what it means"], cells, "members")
  const todo = tasks.length === 0 ? "" : `\n\n${bullets([...new Set(tasks)], "tasks")}`
  return folded(`${own} change of <code>${htmlText(subject)}</code>`, `${table}${todo}`)
}

function impactDetails(bundles: readonly BundleImpact[]): readonly string[] {
  const lines = bundles.flatMap(each => [
    ...each.actions.map(
      ({ who, what, until, because }) =>
        `${code(each.bundle)} (${prose(each.environment)}): ${prose(`${ACTOR_NAMES[who]}: ${what}`)}${by(until)}, because ${prose(because)}.`,
    ),
    ...each.breaks.map(
      ({ drivers, at, why, version }) =>
        `${code(each.bundle)} ${prose(version)} breaks ${drivers.map(code).join(", ")}${on(at)}: ${prose(why)}.`,
    ),
    ...each.ends.map(
      ({ version, at, what }) =>
        `${code(each.bundle)} ${prose(version)} ${what === "certificate" ? "expires" : `becomes ${what}`}${on(at)}.`,
    ),
  ])
  return lines.length === 0 ? [] : [folded("Whom it concerns, and what ends when", bullets(lines, "lines"))]
}

function by(until: Instant | undefined): string {
  return until === undefined ? "" : ` before ${formatInstant(until)}`
}

function on(at: Instant | undefined): string {
  return at === undefined ? "" : ` at ${formatInstant(at)}`
}

function approvalLines({ authorization }: ChangeCheck): readonly string[] {
  if (!authorization.known) return [`**Approvals**: they could not be read, ${prose(authorization.why)}.`]
  const decision = authorization.value
  if (decision === undefined) return ["**Approvals**: none asked for; the repository has no `policies/approvals.yaml`."]
  if (decision.quorums.length === 0) return ["**Approvals**: none needed.", ...refusalLines(decision)]
  return [`**Approvals**: ${decision.quorums.map(quorumText).join("; ")}.`, ...refusalLines(decision)]
}

/** Who still has to, before who has. */
function quorumText({ count, from, counted: names, missing, candidates }: QuorumState): string {
  const has = names.length === 0 ? "" : `, has ${names.map(code).join(", ")}`
  if (missing === 0) return `${count} of ${code(from)}${has}`
  const who = candidates.length === 0 ? "nobody can give it" : candidates.slice(0, 10).map(code).join(", ")
  return `${count} of ${code(from)}${has}, **${missing} missing** (${who})`
}

/** That approvals are missing has been said. */
function refusalLines({ refusals, emergency }: AuthorizationDecision): readonly string[] {
  return [
    ...refusals.filter(each => each.code !== "quorum-missing").map(({ sentence }) => `**Refused**: ${prose(sentence)}`),
    ...(emergency === undefined
      ? []
      : [`**Emergency** ${code(emergency.name)}: to be reviewed before ${formatInstant(emergency.reviewBy)}.`]),
  ]
}

function approvalDetails({ authorization }: ChangeCheck): readonly string[] {
  if (!authorization.known || authorization.value === undefined) return []
  const { items, quorums, notCounted } = authorization.value
  const quorumRows = quorums.map(({ rule, count, from, counted: names, missing }) => [
    code(rule),
    `${count} of ${code(from)}`,
    names.map(code).join(", ") || "nobody yet",
    missing === 0 ? "" : String(missing),
  ])
  const itemRows = items.map(item => [code(item.path), item.class, item.effect, prose(item.what)])
  return [
    ...(quorums.length === 0
      ? []
      : [folded("Which rules ask for approval", rows(["rule", "needs", "has", "missing"], quorumRows, "rules"))]),
    ...(notCounted.length === 0
      ? []
      : [
          folded(
            `Approvals that do not count (${notCounted.length})`,
            bullets(
              notCounted.map(({ who, sentence }) => `${code(who)}: ${prose(sentence)}`),
              "of them",
            ),
          ),
        ]),
    ...(items.length === 0
      ? []
      : [folded("What was judged", rows(["path", "class", "effect", "what"], itemRows, "paths"))]),
  ]
}

/** Inside HTML of ours no Markdown is read. */
function htmlText(text: string): string {
  return text.replace(/[^\w/. -]/g, character => `&#${character.codePointAt(0)};`)
}
