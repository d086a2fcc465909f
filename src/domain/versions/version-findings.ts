import { type Finding, finding } from "../findings.ts"
import type { BundlePlanning } from "../plan/planning.ts"
import type { Repository } from "../repository.ts"
import { RELEASE_CLASSES, type ReleaseClass } from "./change.ts"
import { changesSince, covers, memberClasses } from "./changes.ts"

/** What the versioning policy says of members that there are not, and what changes nothing. */
export function* checkVersioning({ policies, bundles, locate }: Repository, platforms: ReadonlySet<string>) {
  const { file, raise } = policies.versioning
  const members = memberClasses(platforms)
  for (const [key, least] of raise) {
    const at = locate(file, ["raise", key])
    const covered = [...members].filter(([member]) => covers(key, member))
    if (covered.length === 0) {
      const hint = `members are ${[...memberClasses([]).keys()].join(", ")}, and the beginnings of these`
      yield finding("R63", key, `${key} is no member of what a release is made from`, { at, hint })
    } else if (covered.every(([, own]) => rank(own) >= rank(least))) {
      yield finding("R64", key, `a change of ${key} is ${least} anyway, or more: the line raises nothing`, { at })
    }
  }
  for (const { bump, file: path, fullName } of bundles.values()) {
    if (bump !== "renewal") continue
    const at = locate(path, ["bump"])
    yield finding("R65", fullName, `${fullName}: whatever is released is a renewal at least`, { at })
  }
}

/** A bump that has done its work, or has nothing to raise. */
export function bumpFindings({ subject, history, locate }: BundlePlanning): readonly Finding[] {
  const { bump, file, fullName } = subject.bundle
  const newest = history.releases.at(-1)
  if (bump === undefined || newest === undefined || changesSince(newest, subject.input).length > 0) return []
  if (history.attempts.some(({ error }) => error === "renewal-differs")) return []
  const message = `${fullName}: nothing is other than in ${newest.version}, so there is nothing for bump: ${bump} to raise`
  return [finding("S10", fullName, message, { at: locate(file, ["bump"]) })]
}

function rank(change: ReleaseClass): number {
  return RELEASE_CLASSES.indexOf(change)
}
