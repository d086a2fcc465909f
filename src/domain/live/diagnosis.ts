import type { Client } from "../clients.ts"
import type { Finding } from "../findings.ts"
import type { Instant } from "../instant.ts"
import { FINDING_RULES } from "../rules/finding-rules.ts"
import { driverErrors } from "./driver-errors.ts"

/** What `scb doctor` has seen, and what follows from it. Holds no secret of the bundle. */
export interface Diagnosis {
  readonly at: Instant
  /** In the order in which a driver takes them. */
  readonly steps: readonly Step[]
  readonly findings: readonly Finding[]
  readonly verdicts: readonly Verdict[]
  /** Absent when nothing that was asked for fails. */
  readonly likelyCause?: LikelyCause
  /** What is done otherwise today, and why it works nevertheless. */
  readonly oldFashioned: readonly Custom[]
}

export interface Step {
  readonly title: string
  readonly outcome: "passed" | "failed" | "skipped"
  readonly detail: string
  readonly millis?: number
}

export interface LikelyCause {
  readonly finding: Finding
  /** What to do. */
  readonly mend: string
}

export interface Custom {
  readonly what: string
  readonly why: string
}

/** Something that connects: a client, or a platform that stands on one. */
export interface Driver {
  readonly name: string
  readonly client: Client
}

export interface Verdict extends Driver {
  /** `unknown`: no error is known, but not every step could be looked at, or a login is asked for that was not given. */
  readonly verdict: "connects" | "fails" | "unknown"
  /** An npm semver range, where only these versions fail. */
  readonly versions?: string
  /** Errors that it would not survive, in the order in which it meets them. */
  readonly because: readonly Finding[]
  /** What it would say of the first of them, which is seldom what is wrong. */
  readonly says: readonly string[]
}

/** `seen`: whether every step was looked at that this client takes. */
export function verdictOf(driver: Driver, findings: readonly Finding[], seen: boolean): Verdict {
  const { client } = driver
  const because = findings.filter(each => each.severity === "error" && each.breaks?.includes(client))
  const [first] = because.filter(each => each.versions?.[client] === undefined)
  const [early] = because
  const ranges = first === undefined ? because.flatMap(each => each.versions?.[client] ?? []) : []
  const meets = first ?? early
  const wantsLogin = findings.some(
    ({ cause, breaks }) => (cause === "login-wanted" || cause === "login-formal") && breaks?.includes(client),
  )
  return {
    ...driver,
    verdict: meets === undefined ? (seen && !wantsLogin ? "connects" : "unknown") : "fails",
    ...(ranges.length === 0 ? {} : { versions: [...new Set(ranges)].join(" || ") }),
    because,
    says: early === undefined ? [] : driverErrors(client, early),
  }
}

/** The error that most of the drivers asked for fail by; of several the one that they meet first. */
export function likelyCause(findings: readonly Finding[], drivers: readonly Driver[]): LikelyCause | undefined {
  const weight = (each: Finding): number => drivers.filter(({ client }) => each.breaks?.includes(client)).length
  const [finding] = findings
    .filter(each => each.severity === "error")
    .sort((a, b) => Number(hasRange(a)) - Number(hasRange(b)) || weight(b) - weight(a))
  return finding === undefined ? undefined : { finding, mend: finding.hint ?? FINDING_RULES[finding.code].mend }
}

function hasRange({ versions, breaks = [] }: Finding): boolean {
  return breaks.length > 0 && breaks.every(client => versions?.[client] !== undefined)
}
