import { type Bundle, CHANNELS, type ChannelName, type Revocation } from "./bundle.ts"
import { type CatalogDue, type CatalogIndex, catalogDue } from "./catalog.ts"
import { type Finding, finding } from "./findings.ts"
import type { Instant } from "./instant.ts"
import type { BundleName } from "./names.ts"
import {
  type BundleHistory,
  channelVersion,
  emptyHistory,
  findRelease,
  isRevoked,
  type LedgerState,
  type ReleaseInput,
  type ReleaseRecord,
} from "./release.ts"
import { changedMembers } from "./release-input.ts"
import type { Locate } from "./repository.ts"
import { nextVersion } from "./versions.ts"

/** One bundle as it should be. */
export interface Desired {
  readonly bundle: Bundle
  readonly input: ReleaseInput
  readonly inputDigest: string
}

/** A version that is published but that the ledger does not know: the trace of a run that was cut off. */
export interface UnrecordedRelease {
  readonly version: string
  /** Undefined when it is not ours or cannot be read: then its number is burnt. */
  readonly inputDigest: string | undefined
  readonly predecessor: string | undefined
}

export interface ReleaseStep {
  readonly kind: "release"
  readonly bundle: BundleName
  readonly version: string
  readonly cause: string
  readonly inputDigest: string
  readonly predecessor?: string
}

export interface MarkStep {
  readonly kind: "mark"
  readonly bundle: BundleName
  readonly version: string
  readonly mark: "revoked"
  readonly revocation: Revocation
}

export interface PointStep {
  readonly kind: "point"
  readonly bundle: BundleName
  readonly channel: ChannelName
  readonly from?: string
  readonly to: string
}

export type Step = ReleaseStep | MarkStep | PointStep

/** The difference between what is asked and what has happened. `format` is raised when its JSON changes shape. */
export interface Plan {
  readonly format: 1
  readonly commit: string
  readonly policyDigest: string
  /** Ledger head that it was computed against; null for the first. */
  readonly ledgerHead: string | null
  readonly now: Instant
  readonly steps: readonly Step[]
  /** Why the catalog must be written again, where no step makes it so. */
  readonly catalog?: Exclude<CatalogDue, undefined>
}

export interface PlanRequest {
  readonly commit: string
  readonly policyDigest: string
  readonly ledgerHead: string | null
  readonly desired: readonly Desired[]
  readonly ledger: LedgerState
  readonly unrecorded: ReadonlyMap<BundleName, readonly UnrecordedRelease[]>
  readonly catalog: CatalogIndex | undefined
  readonly locate: Locate
  readonly now: Instant
}

/** Pure. Performing the plan leaves nothing to plan. */
export function plan(request: PlanRequest): { readonly plan: Plan; readonly findings: readonly Finding[] } {
  const each = request.desired.map(desired => planBundle(desired, request))
  const catalog = catalogDue(request.catalog, request.ledger, request.now)
  return {
    plan: {
      format: 1,
      commit: request.commit,
      policyDigest: request.policyDigest,
      ledgerHead: request.ledgerHead,
      now: request.now,
      steps: each.flatMap(one => one.steps),
      ...(catalog === undefined ? {} : { catalog }),
    },
    findings: [...each.flatMap(one => one.findings), ...vanished(request)],
  }
}

export function releaseSteps({ steps }: Plan): readonly ReleaseStep[] {
  return steps.filter(step => step.kind === "release")
}

export function isEmpty(plan: Plan): boolean {
  return plan.steps.length === 0 && plan.catalog === undefined
}

interface Outcome {
  readonly steps: readonly Step[]
  readonly findings: readonly Finding[]
}

function planBundle(desired: Desired, request: PlanRequest): Outcome {
  const { bundle } = desired
  const history = request.ledger.bundles.get(bundle.fullName) ?? emptyHistory(bundle.fullName)
  const marks = markSteps(bundle, history)
  const dead = new Set([...marks.map(mark => mark.version), ...history.marks.map(mark => mark.version)])
  const good = history.releases.findLast(release => !dead.has(release.version))
  const cause = releaseCause(desired, history, good, request.now)
  const compromised = cause === undefined ? undefined : compromisedRequest(desired, history, marks, request.locate)
  const release =
    cause === undefined || compromised !== undefined
      ? undefined
      : releaseStep(desired, history, request.unrecorded.get(bundle.fullName) ?? [], cause)
  return {
    steps: [
      ...marks,
      ...(release === undefined ? [] : [release]),
      ...pointSteps(history, release?.version ?? good?.version),
    ],
    findings: [
      ...decisionFindings(bundle, history, request.locate),
      ...(compromised === undefined ? [] : [compromised]),
    ],
  }
}

function markSteps(bundle: Bundle, history: BundleHistory): readonly MarkStep[] {
  return [...bundle.versions].flatMap(([version, { revoked }]) =>
    revoked !== undefined && findRelease(history, version) !== undefined && !isRevoked(history, version)
      ? [{ kind: "mark", bundle: bundle.fullName, version, mark: "revoked", revocation: revoked } as const]
      : [],
  )
}

/** Why a new version is due, or undefined. `good` is the newest release that is not revoked. */
function releaseCause(
  desired: Desired,
  history: BundleHistory,
  good: ReleaseRecord | undefined,
  now: Instant,
): string | undefined {
  if (good === undefined) {
    const last = history.releases.at(-1)
    return last === undefined ? "first release" : `replaces revoked ${last.version}`
  }
  if (good.inputDigest !== desired.inputDigest) {
    return `changed: ${changedMembers({ ...good.input }, { ...desired.input }).join(", ")}`
  }
  return now >= good.certificate.notAfter ? `certificate of ${good.version} has expired` : undefined
}

/** A version that a cut-off run published from this very input is taken up again; any other number found taken is burnt. */
function releaseStep(
  desired: Desired,
  history: BundleHistory,
  unrecorded: readonly UnrecordedRelease[],
  cause: string,
): ReleaseStep {
  const predecessor = history.releases.at(-1)?.version
  const taken = new Map(unrecorded.map(each => [each.version, each]))
  let version = nextVersion(predecessor)
  for (let found = taken.get(version); found !== undefined; found = taken.get(version)) {
    if (found.inputDigest === desired.inputDigest && found.predecessor === predecessor) break
    version = nextVersion(version)
  }
  return {
    kind: "release",
    bundle: desired.bundle.fullName,
    version,
    cause,
    inputDigest: desired.inputDigest,
    ...(predecessor === undefined ? {} : { predecessor }),
  }
}

function pointSteps(history: BundleHistory, to: string | undefined): readonly PointStep[] {
  if (to === undefined) return []
  return CHANNELS.flatMap(channel => {
    const from = channelVersion(history, channel)
    if (from === to) return []
    return [{ kind: "point", bundle: history.bundle, channel, ...(from === undefined ? {} : { from }), to } as const]
  })
}

function compromisedRequest(
  desired: Desired,
  history: BundleHistory,
  marks: readonly MarkStep[],
  locate: Locate,
): Finding | undefined {
  const { bundle, input } = desired
  const { key } = input.bundle
  if (key.source !== "csr") return undefined
  const compromised = [...marks, ...history.marks].find(
    mark =>
      mark.revocation.reason === "keyCompromise" &&
      findRelease(history, mark.version)?.certificate.spkiSha256 === key.spkiSha256,
  )
  if (compromised === undefined) return undefined
  return finding(
    "S04",
    bundle.fullName,
    `${bundle.fullName} asks for a certificate over the key of ${compromised.version}, revoked for keyCompromise`,
    { at: locate(bundle.file, ["key", "csr"]), hint: "commit a request made from a new key" },
  )
}

function decisionFindings(bundle: Bundle, history: BundleHistory, locate: Locate): readonly Finding[] {
  const unknown = [...bundle.versions.keys()]
    .filter(version => findRelease(history, version) === undefined)
    .map(version =>
      finding("S01", bundle.fullName, `${bundle.fullName} has no version ${version}`, {
        at: locate(bundle.file, ["versions", version]),
        hint: `released so far: ${history.releases.map(release => release.version).join(", ") || "none"}`,
      }),
    )
  const withdrawn = history.marks
    .filter(mark => bundle.versions.get(mark.version)?.revoked === undefined)
    .map(mark =>
      finding("S03", bundle.fullName, `${bundle.fullName} ${mark.version} stays revoked though its line is gone`, {
        at: locate(bundle.file, ["versions"]),
      }),
    )
  return [...unknown, ...withdrawn]
}

function vanished(request: PlanRequest): readonly Finding[] {
  const declared = new Set(request.desired.map(desired => desired.bundle.fullName))
  return [...request.ledger.bundles.values()]
    .filter(
      history =>
        !declared.has(history.bundle) && history.releases.some(release => isLive(history, release, request.now)),
    )
    .map(history =>
      finding("S02", history.bundle, `${history.bundle} is no longer declared, but a version of it can still connect`, {
        hint: "to cut it off, bring its file back, revoke its versions there, and apply",
      }),
    )
}

function isLive(history: BundleHistory, release: ReleaseRecord, now: Instant): boolean {
  return !isRevoked(history, release.version) && now < release.certificate.notAfter
}
