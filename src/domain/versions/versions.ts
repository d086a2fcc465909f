import inc from "semver/functions/inc.js"
import valid from "semver/functions/valid.js"
import type { BundlePlanning } from "../plan/planning.ts"
import { higherClass, type ReleaseClass } from "./change.ts"
import { changesSince, classOf, raisedClass } from "./changes.ts"

/** Whole versions only: `1.2.3`, no range, no prefix, no build. */
export function isVersion(text: string): boolean {
  return valid(text) === text
}

/** 1.0.0 first; a renewal counts as a patch (Semantic Versioning 2.0.0 §6-§8). */
export function nextVersion(previous: string | undefined, change: ReleaseClass): string {
  if (previous === undefined) return "1.0.0"
  const next = inc(previous, change === "renewal" ? "patch" : change)
  if (next === null) throw new Error(`not a version: ${previous}`)
  return next
}

export interface DecidedClass {
  readonly change: ReleaseClass
  /** Who asked for more than the change is by itself. */
  readonly because?: string
}

/**
 * What the next release of a bundle is to those who have the newest one. `bump` raises a change, and a renewal only
 * after it has turned out to be none: nobody who leaves it standing makes people look at every renewal.
 */
export function nextClass({ subject, history, policies }: BundlePlanning): DecidedClass {
  const newest = history.releases.at(-1)
  if (newest === undefined) return { change: "major" }
  const changes = changesSince(newest, subject.input)
  const { bump } = subject.bundle
  const refused = history.attempts.some(({ error }) => error === "renewal-differs")
  if (changes.length === 0) return refused && bump !== undefined ? asBumped("renewal", bump) : { change: "renewal" }
  const own = changes.map(change => change.class).reduce<ReleaseClass>(higherClass, "patch")
  const inHouse = classOf(changes, policies.versioning)
  if (bump !== undefined && higherClass(bump, inHouse) !== inHouse) return asBumped(inHouse, bump)
  if (inHouse === own) return { change: own }
  const raised = changes.filter(change => raisedClass(change, policies.versioning) === inHouse)
  const members = raised.map(({ member }) => member).join(", ")
  return { change: inHouse, because: `${policies.versioning.file} counts ${members} as ${inHouse}` }
}

function asBumped(change: ReleaseClass, bump: ReleaseClass): DecidedClass {
  return { change: higherClass(change, bump), because: `the bundle asks for bump: ${bump}` }
}
