import { type Finding, finding } from "../findings.ts"
import { earliest, formatInstant, type Instant, later } from "../instant.ts"
import type { BundlePlanning } from "../plan/planning.ts"
import { findRelease } from "../release.ts"
import { advisoriesFor } from "./advisories.ts"
import { failedBefore, nextAttemptAt } from "./backoff.ts"
import { applyingReasons, type DueRelease, TRIGGER_OF } from "./release-reasons.ts"
import { emergencyAt, endsWithIssuer } from "./renewal.ts"

/** What the chain of reasons comes to under the renewal policy. */
export interface ReleaseDecision {
  /** Absent: none is due, or it has to wait. */
  readonly due?: DueRelease
  readonly findings: readonly Finding[]
}

/**
 * The first reason to which policy answers with a release. Those before it, to which it answers with a notice, go to
 * people, one of each trigger: they never keep what expires from being renewed.
 */
export function releaseDecision(planning: BundlePlanning): ReleaseDecision {
  const notices = new Map<string, Finding>()
  for (const due of applyingReasons(planning)) {
    if (!isForPeople(due, planning)) return decided(due, planning)
    const trigger = TRIGGER_OF[due.reason]
    if (!notices.has(trigger)) notices.set(trigger, notice(due, planning))
  }
  return { findings: [...notices.values(), ...emergency(planning), ...advised(planning)] }
}

function isForPeople({ reason }: DueRelease, { policies }: BundlePlanning): boolean {
  const trigger = TRIGGER_OF[reason]
  return trigger !== "always" && policies.renewal.triggers[trigger] === "notice"
}

/** The longest of the waits counts. */
function decided(due: DueRelease, planning: BundlePlanning): ReleaseDecision {
  const failed = failedBefore(planning, due)
  const waits = [afterFailures(due, planning), afterNoGain(due, planning), afterHaste(due, planning)]
  const standing = waits.filter(wait => wait !== undefined)
  const waiting = standing.filter(({ until }) => !planning.moment.reached(until))
  const findings = [...waiting.map(({ why }) => why), ...advised(planning)]
  if (waiting.length > 0) return { findings: [...findings, ...emergency(planning)] }
  return { due, findings: failed.length === 0 ? findings : [...findings, ...emergency(planning)] }
}

/** Why a release that is due does not come now. */
interface Wait {
  readonly until: Instant
  readonly why: Finding
}

function afterFailures(due: DueRelease, planning: BundlePlanning): Wait | undefined {
  const failed = failedBefore(planning, due)
  const until = nextAttemptAt(planning, failed)
  if (until === undefined) return undefined
  const { fullName } = planning.subject.bundle
  const times = failed.length === 1 ? "once" : `${failed.length} times`
  const why = `${fullName}: a release failed ${times}, at last with ${failed.at(-1)?.error} (${due.cause})`
  return {
    until,
    why: finding("S31", fullName, `${why}; the next attempt is at ${formatInstant(until)}`, hinted(RETRY)),
  }
}

/** An issuer that gives the same end again and again would have us renew at every run. */
function afterNoGain(due: DueRelease, { subject, history, good, policies }: BundlePlanning): Wait | undefined {
  if (TRIGGER_OF[due.reason] !== "expiry" || good?.reason !== due.reason) return undefined
  const before = good.predecessor === undefined ? undefined : findRelease(history, good.predecessor)
  if (before === undefined || good.certificate.notAfter > before.certificate.notAfter) return undefined
  const { fullName } = subject.bundle
  const until = later(good.publishedAt, policies.renewal.backoff.most)
  const why = `${fullName}: ${good.version} ends no later than ${before.version}, which it renewed`
  return {
    until,
    why: finding("S33", fullName, `${why}; the next renewal is at ${formatInstant(until)}`, hinted(ISSUER)),
  }
}

const HASTE = { releases: 3, shareOfLifetime: 0.1 } as const

/** So many releases for which nobody asked, in so short a time, are a loop; what is about to expire is replaced even so. */
function afterHaste(due: DueRelease, { subject, history, good }: BundlePlanning): Wait | undefined {
  if (TRIGGER_OF[due.reason] !== "expiry" && due.reason !== "expired") return undefined
  const { fullName, lifetime } = subject.bundle
  const latest = history.releases.slice(-HASTE.releases)
  const [first] = latest
  const alike = latest.every(each => each.reason === due.reason && each.inputDigest === subject.inputDigest)
  if (first === undefined || good === undefined || latest.length < HASTE.releases || !alike) return undefined
  const calm = later(first.publishedAt, lifetime * HASTE.shareOfLifetime)
  const until = earliest(calm, emergencyAt(good.certificate))
  const why = `${fullName}: released ${latest.length} times since ${formatInstant(first.publishedAt)} for ${due.reason}`
  return { until, why: finding("S33", fullName, `${why}; the next time is at ${formatInstant(until)}`, hinted(ISSUER)) }
}

/** What lives has a tenth of its life left, or less, and nothing that replaces it. */
function emergency({ subject, good, moment }: BundlePlanning): readonly Finding[] {
  if (good === undefined || !moment.reached(emergencyAt(good.certificate))) return []
  const { fullName } = subject.bundle
  const { version, certificate } = good
  const ends = moment.reached(certificate.notAfter) ? "has expired on" : "expires on"
  const why = endsWithIssuer(subject, certificate) ? ", together with its issuer" : ""
  const message = `${fullName} ${version} ${ends} ${formatInstant(certificate.notAfter)}${why}, and nothing replaces it`
  return [finding("S32", fullName, message, hinted(why === "" ? RETRY : ISSUER))]
}

function notice({ reason, cause }: DueRelease, { subject, policies, locate }: BundlePlanning): Finding {
  const { fullName } = subject.bundle
  const trigger = TRIGGER_OF[reason]
  return finding("S30", fullName, `${fullName}: a new version would be due (${reason}): ${cause}`, {
    at: locate(policies.renewal.file, ["triggers", trigger]),
    ...hinted(REISSUE),
  })
}

/** Advisories that ask for nothing but attention. */
function advised(planning: BundlePlanning): readonly Finding[] {
  const { subject, good, locate } = planning
  if (good === undefined) return []
  const { fullName } = subject.bundle
  return advisoriesFor(planning, good)
    .filter(({ response }) => response === "notice")
    .map(({ file, name, summary }) =>
      finding("S34", fullName, `${fullName} ${good.version} is concerned by advisory ${name}: ${summary}`, {
        at: locate(file, ["name"]),
      }),
    )
}

const REISSUE = "to have it released, write reissue: { before: <now>, reason: … } into the bundle"
const RETRY = "find out what keeps it; to try at once, write reissue: { before: <now>, reason: … } into the bundle"
const ISSUER = "replace the issuer, or find out why its certificates end early"

function hinted(hint: string): Pick<Finding, "hint"> {
  return { hint }
}
