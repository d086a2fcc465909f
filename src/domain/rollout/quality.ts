import type { Override } from "../bundle.ts"
import { formatDuration } from "../duration.ts"
import { type Finding, finding, hasErrors } from "../findings.ts"
import { formatInstant, type Instant, later } from "../instant.ts"
import type { BundlePlanning } from "../plan/planning.ts"
import type { ReleaseStep } from "../plan/steps.ts"
import { type PeoplePolicy, type QualityCheck, type QualityCheckName, resolvePrincipals } from "../policies.ts"
import type { ReleaseRecord } from "../release.ts"
import { advisoriesAhead, advisoriesFor } from "../renewal/advisories.ts"
import type { ReleaseClass } from "../versions/change.ts"
import type { GateAnswer, GateResult } from "./gates.ts"
import { isInForce } from "./overrides.ts"

/** What is asked about: a version that is about to be released, or one that a channel would move to. */
interface Subject {
  readonly version: string
  readonly change: ReleaseClass
  /** Absent before it is built. */
  readonly record?: ReleaseRecord
}

/** What only the build can know of a version. */
export interface BuildFacts {
  /** Of the customer's own checks. */
  readonly findings: readonly Finding[]
  /** Of the ZIP. */
  readonly bytes: number
  readonly millis: number
}

type Answer = readonly [GateAnswer, string]

/** The checks of the quality policy that can be answered before anything is built. */
export function releaseChecks(planning: BundlePlanning, version: string, change: ReleaseClass): readonly GateResult[] {
  const asked = planning.policies.quality.release.filter(check => isAskedOf(check, change))
  return answers(planning, asked, { version, change })
}

/** Why a version that is due is not released yet. */
export function qualityFindings(
  { subject, locate }: BundlePlanning,
  { version, gates = [] }: ReleaseStep,
): readonly Finding[] {
  const { fullName, file } = subject.bundle
  return gates
    .filter(({ answer, overridden }) => answer !== "pass" && overridden === undefined)
    .map(({ check, answer, evidence }) =>
      finding(answer === "fail" ? "S50" : "S51", fullName, `${fullName} ${version} waits for ${check}: ${evidence}`, {
        at: locate(file, ["versions", version]),
      }),
    )
}

/** Those that only the build can answer. */
export function buildChecks(
  asked: readonly QualityCheck[],
  change: ReleaseClass,
  facts: BuildFacts,
): readonly GateResult[] {
  return asked
    .filter(check => isAskedOf(check, change))
    .flatMap(check => {
      const answer = answerOfBuild(check, facts)
      return answer === undefined ? [] : [resultOf(check.check, answer)]
    })
}

/** The checks that a version must pass before a channel moves to it. */
export function promotionChecks(planning: BundlePlanning, record: ReleaseRecord): readonly GateResult[] {
  const asked = planning.policies.quality.promotion.filter(check => isAskedOf(check, record.change))
  return answers(planning, asked, { version: record.version, change: record.change, record })
}

/** A renewal is asked nothing unless the policy says so: what holds it back for long enough ends all connections. */
function isAskedOf({ classes }: QualityCheck, change: ReleaseClass): boolean {
  return classes === undefined ? change !== "renewal" : classes.includes(change)
}

function answers(planning: BundlePlanning, asked: readonly QualityCheck[], subject: Subject): readonly GateResult[] {
  const opened = openedBy(planning)
  return asked.flatMap(check => {
    const answer = answerOf(check, planning, subject)
    if (answer === undefined) return []
    const result = resultOf(check.check, answer)
    return [result.answer === "pass" || opened === undefined ? result : { ...result, overridden: opened }]
  })
}

function resultOf(check: QualityCheckName, [answer, evidence]: Answer): GateResult {
  return { check, answer, evidence }
}

/** Undefined for what another time can answer. */
function answerOf(check: QualityCheck, planning: BundlePlanning, subject: Subject): Answer | undefined {
  switch (check.check) {
    case "weak-cryptography":
      return weakCryptography(planning)
    case "planted-secrets":
      return ["pass", "no private key in the repository: one would have stopped this plan"]
    case "driver-matrix":
      return driverMatrix(check, planning)
    case "advisories":
      return openAdvisories(planning, subject)
    case "manual-review":
      return manualReview(planning, subject.version)
    case "live-doctor":
      return subject.record === undefined ? undefined : lastProbe(check, planning, subject.version)
    case "offline-verification":
    case "size":
    case "generation-time":
      return subject.record === undefined ? undefined : keptEvidence(check.check, subject.record)
  }
}

function answerOfBuild(check: QualityCheck, { findings, bytes, millis }: BuildFacts): Answer | undefined {
  switch (check.check) {
    case "offline-verification": {
      const codes = findings.map(({ code }) => code).join(", ")
      return [hasErrors(findings) ? "fail" : "pass", codes === "" ? "no finding" : `findings ${codes}`]
    }
    case "size":
      return atMost(bytes, check.maximum, "bytes")
    case "generation-time":
      return atMost(millis, check.maximum, "ms")
    default:
      return undefined
  }
}

function atMost(value: number, maximum: number | undefined, unit: string): Answer {
  if (maximum === undefined) return ["inconclusive", `${value} ${unit}; the policy says no maximum`]
  return [value <= maximum ? "pass" : "fail", `${value} ${unit}, at most ${maximum}`]
}

/** NIST SP 800-131A rev. 2, table 2: RSA below 2048 bits and SHA-1 signatures are out; the policy may ask for more. */
function weakCryptography({ subject, policies }: BundlePlanning): Answer {
  const { algorithm } = subject.input.bundle.key
  const allowed = policies.cryptography.keyAlgorithms
  return [allowed.includes(algorithm) ? "pass" : "fail", `${algorithm}; allowed: ${allowed.join(", ")}`]
}

/** Platforms that nobody can measure here are by rule, and cannot be stale. */
function driverMatrix({ maximum }: QualityCheck, { subject, matrix, moment }: BundlePlanning): Answer {
  const measured = subject.bundle.drivers.flatMap(name => {
    const at = matrix.get(name)
    return at === undefined ? [] : [{ name, at }]
  })
  const [oldest] = [...measured].sort((a, b) => a.at - b.at)
  if (oldest === undefined) return ["inconclusive", "none of its drivers has been measured"]
  const evidence = `${oldest.name} was measured on ${formatInstant(oldest.at).slice(0, 10)}`
  return [maximum !== undefined && moment.reached(later(oldest.at, maximum)) ? "fail" : "pass", evidence]
}

function openAdvisories(planning: BundlePlanning, { version, record }: Subject): Answer {
  const open = record === undefined ? advisoriesAhead(planning, version) : advisoriesFor(planning, record)
  return open.length === 0 ? ["pass", "none"] : ["fail", open.map(({ name }) => name).join(", ")]
}

function manualReview({ subject, policies }: BundlePlanning, version: string): Answer {
  const reviewed = subject.bundle.versions.get(version)?.reviewed
  const { people, quality } = policies
  const reviewers = quality.reviewers.length === 0 ? [subject.bundle.owner] : quality.reviewers
  const by = (reviewed?.by ?? []).filter(name => isMember(people, reviewers, name))
  if (by.length > 0) return ["pass", `reviewed by ${by.join(", ")}`]
  return ["inconclusive", `nobody of ${reviewers.join(", ")} has reviewed ${version} under versions:`]
}

function lastProbe({ maximum }: QualityCheck, { subject, health, moment }: BundlePlanning, version: string): Answer {
  const probes = (health.get(subject.bundle.fullName) ?? []).filter(
    fact => fact.kind === "probe" && fact.version === version && fact.at <= moment.now,
  )
  const last = probes.reduce((a, b) => (b.at >= (a?.at ?? 0) ? b : a), probes[0])
  if (last?.kind !== "probe") return ["inconclusive", "nobody has looked"]
  const evidence = `${last.healthy ? "healthy" : "not healthy"} at ${formatInstant(last.at)}`
  if (maximum !== undefined && moment.reached(later(last.at, maximum))) {
    return ["inconclusive", `${evidence}, which is longer ago than ${formatDuration(maximum)}`]
  }
  return [last.healthy ? "pass" : "fail", evidence]
}

function keptEvidence(check: QualityCheckName, { gates = [] }: ReleaseRecord): Answer {
  const kept = gates.find(gate => gate.check === check)
  return kept === undefined ? ["inconclusive", "was not asked when it was released"] : [kept.answer, kept.evidence]
}

/** The reason of an override of the bundle that is in force and was written by somebody who may. */
function openedBy(planning: BundlePlanning): string | undefined {
  const { subject, policies } = planning
  const { people, quality } = policies
  const mayOpen = ({ by }: Override) =>
    quality.reviewers.length === 0 || (by !== undefined && isMember(people, quality.reviewers, by))
  const open = subject.bundle.overrides.find(
    override => override.gate === "quality" && mayOpen(override) && isInForce(override, planning),
  )
  return open?.reason
}

function isMember(people: PeoplePolicy, groups: readonly string[], name: string): boolean {
  return resolvePrincipals(people, groups).some(principal => principal.name === name)
}

/** Newest measurement by platform. */
export type DriverMatrix = ReadonlyMap<string, Instant>
