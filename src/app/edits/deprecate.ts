import { formatInstant } from "../../domain/instant.ts"
import { retirementsOf } from "../../domain/lifecycle/schedule.ts"
import { setValue } from "../../schema/yaml-edit.ts"
import { type Edit, Refusal } from "./proposal.ts"
import {
  instantText,
  offeredVersion,
  parseVersionTarget,
  proposal,
  releaseOf,
  type Subject,
  subjectOf,
} from "./subject.ts"

export interface DeprecateRequest {
  readonly target: string
  /** Absent: today, or what has been announced. */
  readonly from?: string
  /** Absent: the newest version that is good. */
  readonly replacement?: string
  readonly reason?: string
}

/** Announces that a version is on its way out. What was announced may be explained better, but its dates stand. */
export function deprecate({ target, from, replacement, reason }: DeprecateRequest): Edit {
  return scene => {
    const { bundle, version } = parseVersionTarget(target)
    const subject = subjectOf(scene, bundle)
    releaseOf(subject, version)
    const written = subject.bundle.versions.get(version)?.deprecated
    const announced = written?.from ?? retirementsOf(subject.history).get(version)?.announced.from
    const begin = from === undefined ? undefined : instantText("--from", from)
    if (announced !== undefined && begin !== undefined && begin.at !== announced) {
      throw new Refusal(
        `${bundle} ${version} is deprecated from ${formatInstant(announced)} on: what was announced stands`,
        `scb extend ${target} puts off its end`,
      )
    }
    const day = announced === undefined ? formatInstant(scene.moment.now).slice(0, 10) : formatInstant(announced)
    const decision = {
      ...(written === undefined ? { from: begin?.text ?? day } : {}),
      reason: reason ?? written?.reason ?? "superseded",
      replacement: replacementOf(subject, version, replacement ?? written?.replacement),
    }
    const edited = Object.entries(decision).reduce(
      (text, [key, value]) => setValue(text, ["versions", version, "deprecated", key], value),
      subject.text,
    )
    return proposal(subject, edited, `deprecate ${bundle} ${version} for ${decision.replacement}`, decision.reason)
  }
}

function replacementOf(subject: Subject, version: string, wanted: string | undefined): string {
  const retiring = retirementsOf(subject.history)
  const isLasting = (each: string) => !retiring.has(each) && subject.bundle.versions.get(each)?.deprecated === undefined
  if (wanted === version) throw new Refusal(`${version} cannot replace itself`)
  if (wanted !== undefined) return offeredVersion(subject, wanted).version
  const newest = [...subject.versions.values()].findLast(
    each => each.version !== version && each.withheld === undefined && isLasting(each.version),
  )
  if (newest !== undefined) return newest.version
  throw new Refusal(
    `${subject.bundle.fullName} has no other good version that could replace ${version}`,
    "release one first",
  )
}

export interface ExtendRequest {
  readonly target: string
  readonly until: string
  readonly reason: string
}

/** Puts off the end of life of a version, in an emergency. */
export function extend({ target, until, reason }: ExtendRequest): Edit {
  return scene => {
    const { bundle, version } = parseVersionTarget(target)
    const subject = subjectOf(scene, bundle)
    releaseOf(subject, version)
    const extended = { until: instantText("--until", until).text, reason }
    const path = ["versions", version, "deprecated"]
    const edited = setValue(withAnnouncement(subject, version), [...path, "extended"], extended)
    return proposal(subject, edited, `extend ${bundle} ${version} until ${extended.until}`, reason)
  }
}

/** What policy or an advisory has deprecated stands nowhere in the YAML yet. */
function withAnnouncement(subject: Subject, version: string): string {
  const { bundle, history, text } = subject
  if (bundle.versions.get(version)?.deprecated !== undefined) return text
  const retirement = retirementsOf(history).get(version)
  if (retirement === undefined) {
    throw new Refusal(`${bundle.fullName} ${version} is not deprecated: there is no end to put off`)
  }
  const { announced, reason, replacement } = retirement
  return setValue(text, ["versions", version, "deprecated"], {
    from: formatInstant(announced.from),
    reason,
    replacement,
  })
}
