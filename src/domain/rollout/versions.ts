import { type Instant, later } from "../instant.ts"
import type { BundlePlanning } from "../plan/planning.ts"
import { standingOf, type Withholding, withholdingOf } from "../plan/standing.ts"
import type { ReleaseStep } from "../plan/steps.ts"
import type { BundleHistory, Mark } from "../release.ts"

/** What a rollout sees of a version: one that was released, or will have been when the plan is performed. */
export interface RolloutVersion {
  readonly version: string
  /** Rises with every release. */
  readonly order: number
  /** The first of those that differ by renewals alone: what is known of one of them holds for all. */
  readonly line: string
  readonly publishedAt: Instant
  /** Why no channel leads there. */
  readonly withheld?: Withholding
  /** Why it, or another of its line, was marked as failed; gone when somebody lets it be tried again. */
  readonly failure?: string
  /** OpenPGP fingerprints of those who can open it; absent while it is only planned. */
  readonly recipients?: readonly string[]
  /** Absent while it is only planned. */
  readonly validity?: { readonly notBefore: Instant; readonly notAfter: Instant }
}

export type RolloutVersions = ReadonlyMap<string, RolloutVersion>

/** All versions of a bundle, oldest first. */
export function rolloutVersions(
  { history, ledger, moment }: Pick<BundlePlanning, "history" | "ledger" | "moment">,
  planned: ReleaseStep | undefined,
): RolloutVersions {
  const lines = linesOf(history, planned)
  const failures = failuresByLine(history, lines)
  const versions = new Map<string, RolloutVersion>()
  for (const release of history.releases) {
    const { version, publishedAt, input, certificate } = release
    const withheld = withholdingOf(standingOf(ledger.invalidations, history, release, moment))
    const line = lines.get(version) ?? version
    const failure = failures.get(line)
    versions.set(version, {
      version,
      order: versions.size,
      line,
      publishedAt,
      ...(withheld === undefined ? {} : { withheld }),
      ...(failure === undefined ? {} : { failure }),
      recipients: input.bundle.recipients,
      validity: certificate,
    })
  }
  if (planned !== undefined) {
    const { version } = planned
    const line = lines.get(version) ?? version
    const failure = failures.get(line)
    const own = { version, order: versions.size, line, publishedAt: moment.now }
    versions.set(version, { ...own, ...(failure === undefined ? {} : { failure }) })
  }
  return versions
}

/** Each version to the first of those that differ from it by renewals alone. */
export function linesOf({ releases }: BundleHistory, planned?: ReleaseStep): ReadonlyMap<string, string> {
  const lines = new Map<string, string>()
  for (const { version, change, predecessor } of planned === undefined ? releases : [...releases, planned]) {
    const before = predecessor === undefined ? undefined : lines.get(predecessor)
    lines.set(version, change === "renewal" && before !== undefined ? before : version)
  }
  return lines
}

/** When each version of a line was published. */
export type LineMembers = ReadonlyMap<string, Instant>

export function membersByLine(
  { releases }: BundleHistory,
  lines: ReadonlyMap<string, string>,
): ReadonlyMap<string, LineMembers> {
  const members = new Map<string, Map<string, Instant>>()
  for (const { version, publishedAt } of releases) {
    const line = lines.get(version) ?? version
    members.set(line, (members.get(line) ?? new Map()).set(version, publishedAt))
  }
  return members
}

/** The last word about the health of each line: that it failed, or may be tried again. */
export function healthVerdicts(
  { marks }: BundleHistory,
  lines: ReadonlyMap<string, string>,
): ReadonlyMap<string, Extract<Mark, { readonly kind: "failed" | "retried" }>> {
  const verdicts = new Map<string, Extract<Mark, { readonly kind: "failed" | "retried" }>>()
  for (const mark of marks) {
    if (mark.kind === "failed" || mark.kind === "retried") verdicts.set(lines.get(mark.version) ?? mark.version, mark)
  }
  return verdicts
}

/** The instant at which `share` of a version's life is over; undefined while it is only planned. */
export function ageAt({ validity }: RolloutVersion, share: number): Instant | undefined {
  if (validity === undefined) return undefined
  const { notBefore, notAfter } = validity
  return later(notBefore, (notAfter - notBefore) * share)
}

function failuresByLine(history: BundleHistory, lines: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  const verdicts = [...healthVerdicts(history, lines)]
  return new Map(verdicts.flatMap(([line, mark]) => (mark.kind === "failed" ? [[line, mark.why] as const] : [])))
}
