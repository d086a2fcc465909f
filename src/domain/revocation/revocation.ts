import type { Bundle, VersionDecision } from "../bundle.ts"
import { type Finding, finding } from "../findings.ts"
import type { Desired } from "../plan/desired.ts"
import type { MarkStep } from "../plan/steps.ts"
import {
  type BundleHistory,
  findRelease,
  type Invalidation,
  type Mark,
  revocationOf,
  selectableOf,
} from "../release.ts"
import type { Locate } from "../repository.ts"
import { selects } from "./selector.ts"

/** The revocations of the YAML that have not happened yet. */
export function revocationSteps(
  bundle: Bundle,
  history: BundleHistory,
  invalidations: readonly Invalidation[],
): readonly MarkStep[] {
  return [...bundle.versions].flatMap(([version, { revoked }]) =>
    revoked !== undefined &&
    findRelease(history, version) !== undefined &&
    revocationOf(invalidations, history, version) === undefined
      ? [{ kind: "mark", bundle: bundle.fullName, version, mark: { kind: "revoked", revocation: revoked } } as const]
      : [],
  )
}

/** A request for a certificate over a key whose compromise was reported. */
export function compromisedRequest(
  { bundle, input }: Desired,
  history: BundleHistory,
  invalidations: readonly Invalidation[],
  locate: Locate,
): Finding | undefined {
  const { key } = input.bundle
  if (key.source !== "csr") return undefined
  const compromised = history.releases.find(
    release =>
      release.certificate.spkiSha256 === key.spkiSha256 &&
      revocationOf(invalidations, history, release.version)?.reason === "keyCompromise",
  )
  if (compromised === undefined) return undefined
  return finding(
    "S04",
    bundle.fullName,
    `${bundle.fullName} asks for a certificate over the key of ${compromised.version}, revoked for keyCompromise`,
    { at: locate(bundle.file, ["key", "csr"]), hint: "commit a request made from a new key" },
  )
}

/** Decisions about versions that are not there, and revocations whose line is gone. */
export function decisionFindings(
  bundle: Bundle,
  history: BundleHistory,
  invalidations: readonly Invalidation[],
  locate: Locate,
): readonly Finding[] {
  const unknown = [...bundle.versions]
    .filter(([version, decision]) => findRelease(history, version) === undefined && !isReviewAlone(decision))
    .map(([version]) =>
      finding("S01", bundle.fullName, `${bundle.fullName} has no version ${version}`, {
        at: locate(bundle.file, ["versions", version]),
        hint: `released so far: ${history.releases.map(release => release.version).join(", ") || "none"}`,
      }),
    )
  const withdrawn = history.marks
    .filter(mark => mark.kind === "revoked" && bundle.versions.get(mark.version)?.revoked === undefined)
    .filter(mark => !invalidations.some(each => hasMarked(each, history, mark)))
    .map(mark =>
      finding("S03", bundle.fullName, `${bundle.fullName} ${mark.version} stays revoked though its line is gone`, {
        at: locate(bundle.file, ["versions"]),
      }),
    )
  return [...unknown, ...withdrawn]
}

/** A campaign marks what its invalidation cannot reach: there never was a line. */
function hasMarked({ at, select }: Invalidation, history: BundleHistory, mark: Mark): boolean {
  const release = findRelease(history, mark.version)
  return mark.at === at && release !== undefined && selects(select, selectableOf(history.bundle, release))
}

/** A version may have been looked at before it is released: its number is in the plan. */
function isReviewAlone({ reviewed, ...others }: VersionDecision): boolean {
  return reviewed !== undefined && Object.keys(others).length === 0
}
