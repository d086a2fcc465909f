import type { AuthorizationDecision } from "../authorization/decision.ts"
import type { GuardRule } from "../authorization/evidence.ts"
import type { Bundle } from "../bundle.ts"
import type { CatalogIndex } from "../catalog.ts"
import type { Finding, Severity } from "../findings.ts"
import { groupBy } from "../group-by.ts"
import { formatInstant, type Instant } from "../instant.ts"
import type { NotificationsPolicy, PeoplePolicy } from "../policies.ts"
import { resolvePrincipals } from "../policies.ts"
import { FINDING_RULES } from "../rules/finding-rules.ts"

/** Something that stays wrong until a person does something about it. */
export interface Problem {
  /** What kind of thing is wrong: a finding's code, or one of ours. Many of a kind become one issue. */
  readonly kind: string
  /** What it is about. Kind and subject stay the same for as long as it is the same problem. */
  readonly subject: string
  readonly severity: Exclude<Severity, "note">
  /** The rule that does not hold, in the present tense. */
  readonly rule: string
  /** Whole sentences about how it is now. */
  readonly lines: readonly string[]
  /** Group or principal; absent where the policy says who. */
  readonly owner?: string
}

/** Where problems are looked for. */
export interface ProblemSources {
  readonly findings: readonly Finding[]
  readonly bundles: ReadonlyMap<string, Bundle>
  readonly decisions: readonly AuthorizationDecision[]
  /** How the forge is set up; absent where nobody asked. What is unknown is no problem. */
  readonly guard?: readonly GuardRule[]
  /** What clients see; absent while there is nothing to see. */
  readonly catalog?: Pick<CatalogIndex, "issuedAt" | "expiresAt"> | "missing"
  readonly now: Instant
}

/** All problems, each once: the worst first, then by kind and subject. */
export function problemsOf(sources: ProblemSources): readonly Problem[] {
  const all = [
    ...findingProblems(sources),
    ...decisionProblems(sources),
    ...guardProblems(sources),
    ...catalogProblems(sources),
  ]
  return [...all].sort(
    (a, b) => compare(a.severity, b.severity) || compare(a.kind, b.kind) || compare(a.subject, b.subject),
  )
}

function findingProblems({ findings, bundles }: ProblemSources): readonly Problem[] {
  const lasting = findings.flatMap(each => (each.severity === "note" ? [] : [{ ...each, severity: each.severity }]))
  const ownerOf = ownersByPlace(bundles)
  return [...groupBy(lasting, ({ code, subject }) => `${code} ${subject}`).values()].flatMap(same => {
    const [first] = same
    if (first === undefined) return []
    const { code, subject, at } = first
    const owner = ownerOf(subject) ?? ownerOf(at?.file ?? "")
    return [
      {
        kind: code,
        subject,
        severity: same.some(({ severity }) => severity === "error") ? "error" : "warning",
        rule: FINDING_RULES[code].title,
        lines: [...new Set(same.map(sentence))].sort(),
        ...(owner === undefined ? {} : { owner }),
      },
    ]
  })
}

function ownersByPlace(bundles: ReadonlyMap<string, Bundle>): (place: string) => string | undefined {
  const byFile = new Map([...bundles.values()].map(each => [each.file, each.owner]))
  return place => bundles.get(place.split("@")[0] ?? "")?.owner ?? byFile.get(place)
}

function sentence({ message, hint }: Finding): string {
  return hint === undefined ? `${message}.` : `${message}; ${hint}.`
}

function decisionProblems({ decisions }: ProblemSources): readonly Problem[] {
  return decisions
    .filter(({ verdict }) => verdict === "refused")
    .map(({ commit, refusals }) => ({
      kind: "unauthorized",
      subject: `commit ${commit.slice(0, 12)}`,
      severity: "error",
      rule: "every change of main is approved by those who have to",
      lines: refusals.map(each => each.sentence),
    }))
}

function guardProblems({ guard = [] }: ProblemSources): readonly Problem[] {
  return guard
    .filter(({ state }) => state === "broken")
    .map(({ name, detail }) => ({
      kind: "settings",
      subject: name,
      severity: "error",
      rule: "GitHub is set up as policies/approvals.yaml needs it",
      lines: [`${detail}; scb settings check shows all of it.`],
    }))
}

/** A catalog is written again when half of its life is over; who has not managed by three quarters has stopped trying. */
function catalogProblems({ catalog, now }: ProblemSources): readonly Problem[] {
  if (catalog === undefined) return []
  if (catalog === "missing") return [catalogProblem("error", "There is none that is ours: clients refuse everything.")]
  const { issuedAt, expiresAt } = catalog
  const ends = formatInstant(expiresAt)
  if (expiresAt <= now) return [catalogProblem("error", `It ended at ${ends}: clients refuse everything.`)]
  if (expiresAt - now > (expiresAt - issuedAt) / 4) return []
  return [catalogProblem("warning", `It ends at ${ends}; from then on clients refuse everything.`)]
}

function catalogProblem(severity: Problem["severity"], line: string): Problem {
  const rule = "the catalog that clients read is fresh"
  return { kind: "catalog", subject: "catalog", severity, rule, lines: [line, "Find out why scb apply does not run."] }
}

/** One issue: a problem, or many of a kind. */
export interface ProblemIssue {
  /** The same for as long as it is the same issue. */
  readonly key: string
  readonly problems: readonly [Problem, ...Problem[]]
  /** Names of principals who are told. */
  readonly concerns: readonly string[]
}

/** From so many on, problems of one kind are one issue. */
const MANY_OF_A_KIND = 6
/** GitHub tells nobody where more than fifty are mentioned. */
const MOST_MENTIONED = 10

/** Which problems people are told of: what the policy leaves out is left out, and there are never more than it says. */
export function issuesOf(
  problems: readonly Problem[],
  policy: NotificationsPolicy,
  people: PeoplePolicy,
): readonly ProblemIssue[] {
  const told = problems.filter(({ severity }) => policy.severities.includes(severity))
  const byKind = [...groupBy(told, ({ kind }) => kind)]
  const issues = byKind.flatMap(([kind, same]) =>
    same.length < MANY_OF_A_KIND
      ? same.map(each => issue(`${kind} ${each.subject}`, [each], policy, people))
      : issue(kind, same, policy, people),
  )
  if (issues.length <= policy.maximumIssues) return issues
  const kept = issues.slice(0, policy.maximumIssues - 1)
  const rest = issues.slice(policy.maximumIssues - 1).flatMap(each => each.problems)
  return [...kept, issue("rest", rest, policy, people)]
}

function issue(
  key: string,
  [first, ...others]: readonly Problem[],
  { mention, otherwise }: NotificationsPolicy,
  people: PeoplePolicy,
): ProblemIssue {
  if (first === undefined) throw new Error(`an issue about nothing: ${key}`)
  const problems = [first, ...others] as const
  const names = mention ? problems.flatMap(({ owner }) => (owner === undefined ? otherwise : [owner])) : []
  const persons = resolvePrincipals(people, [...new Set(names)]).filter(({ kind }) => kind === "person")
  return { key, problems, concerns: persons.map(({ name }) => name).slice(0, MOST_MENTIONED) }
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
