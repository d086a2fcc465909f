import {
  type BundleHistory,
  type Invalidation,
  PHASES,
  type Phase,
  type ReleaseRecord,
  revocationOf,
} from "../release.ts"
import type { Moment } from "./moment.ts"

/** What a version is good for at an instant. */
export type Standing = "active" | "deprecated" | Phase | "expired" | "revoked"

/** Of no use to anybody: no channel points there, and nobody can go back there. */
export type Death = "revoked" | "end-of-life" | "archived" | "expired"

export function standingOf(
  invalidations: readonly Invalidation[],
  history: BundleHistory,
  release: ReleaseRecord,
  moment: Moment,
): Standing {
  const standing = decidedStanding(invalidations, history, release.version, moment)
  if (deathOf(standing) !== undefined) return standing
  return moment.reached(release.certificate.notAfter) ? "expired" : standing
}

/** What has been decided about a version, whether its certificate has expired meanwhile or not. */
export function decidedStanding(
  invalidations: readonly Invalidation[],
  history: BundleHistory,
  version: string,
  moment: Moment,
): Exclude<Standing, "expired"> {
  return revocationOf(invalidations, history, version) === undefined ? phaseOf(history, version, moment) : "revoked"
}

/** Why no channel leads to a version: it is dead, or only there for those who ask for that very one. */
export type Withholding = Death | "limited" | "security-only"

export function withholdingOf(standing: Standing): Withholding | undefined {
  return standing === "active" || standing === "deprecated" ? undefined : standing
}

export function deathOf(standing: Standing): Death | undefined {
  switch (standing) {
    case "revoked":
    case "end-of-life":
    case "archived":
    case "expired":
      return standing
    case "active":
    case "deprecated":
    case "limited":
    case "security-only":
      return undefined
  }
}

/** By the marks of the ledger. */
function phaseOf({ marks }: BundleHistory, version: string, moment: Moment): "active" | "deprecated" | Phase {
  const own = marks.filter(mark => mark.version === version)
  const phase = PHASES.findLast(each => own.some(mark => mark.kind === each))
  if (phase !== undefined) return phase
  return own.some(mark => mark.kind === "deprecated" && moment.reached(mark.schedule.from)) ? "deprecated" : "active"
}
