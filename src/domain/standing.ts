import type { Moment } from "./moment.ts"
import {
  type BundleHistory,
  type Invalidation,
  PHASES,
  type Phase,
  type ReleaseRecord,
  revocationOf,
} from "./release.ts"

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
  const { version } = release
  if (revocationOf(invalidations, history, version) !== undefined) return "revoked"
  const phase = phaseOf(history, version, moment)
  if (phase === "end-of-life" || phase === "archived") return phase
  return moment.reached(release.certificate.notAfter) ? "expired" : phase
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
