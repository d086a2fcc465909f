import type { ChannelName, KeyAlgorithm, Revocation } from "./bundle.ts"
import type { Compatibility } from "./clients.ts"
import type { Instant } from "./instant.ts"
import type { BundleName } from "./names.ts"
import type { ReleaseReason } from "./renewal/release-reasons.ts"
import { type Selectable, type Selector, selects } from "./revocation/selector.ts"
import type { GateResult } from "./rollout/gates.ts"
import type { ReleaseClass } from "./versions/change.ts"

/** Raised when the same input would give a different bundle: the generator itself is part of the input. */
export const LAYOUT = 1

/**
 * Everything that decides what a bundle contains and who can open it, and nothing else. Two equal inputs need no new
 * release; the difference of two is what a version number speaks of. No secret and no clock in it.
 */
export interface ReleaseInput {
  readonly layout: typeof LAYOUT
  readonly cluster: {
    readonly name: string
    readonly environment: string
    readonly region: string
    readonly host: string
    readonly metadataPort: number
    readonly cqlPort: number
    readonly datacenter: string
    readonly authentication: "mutual-tls" | "password"
    /** SHA-256 of each trusted certificate, root first. */
    readonly trust: readonly string[]
    /** SHA-256 of the issuing chain, issuer first. */
    readonly issuer: readonly string[]
  }
  readonly bundle: {
    readonly name: string
    readonly application: string
    readonly owner: string
    readonly identity: string
    readonly role: string
    readonly keyspace?: string
    readonly compatibility: Compatibility
    readonly drivers: readonly string[]
    readonly key:
      | { readonly source: "generated"; readonly algorithm: KeyAlgorithm }
      | { readonly source: "csr"; readonly algorithm: KeyAlgorithm; readonly spkiSha256: string }
    /** e.g. `90d`. */
    readonly lifetime: string
    /** OpenPGP fingerprints, sorted. */
    readonly recipients: readonly string[]
  }
}

export interface IssuedCertificate {
  readonly serial: string
  readonly subject: string
  readonly identity: string
  readonly keyAlgorithm: KeyAlgorithm
  readonly notBefore: Instant
  readonly notAfter: Instant
  readonly sha256: string
  readonly spkiSha256: string
}

/** Name, size and SHA-256 (lower-case hex) of some bytes. */
export interface FileDigest {
  readonly name: string
  readonly size: number
  readonly sha256: string
}

/** One immutable build, as the ledger remembers it. */
export interface ReleaseRecord {
  readonly version: string
  readonly publishedAt: Instant
  readonly change: ReleaseClass
  readonly reason: ReleaseReason
  /** In plain words, e.g. `first release` or `changed: cluster.host, bundle.recipients`. */
  readonly cause: string
  /** Commit of `main` that asked for it. */
  readonly commit: string
  readonly policyDigest: string
  readonly inputDigest: string
  readonly input: ReleaseInput
  readonly certificate: IssuedCertificate
  readonly manifest: FileDigest
  readonly payload: FileDigest
  /** Of the bundle without what every renewal has anew: equal to the predecessor's, if this is one. */
  readonly skeletonSha256: string
  /** The program that made it. */
  readonly generator: string
  readonly predecessor?: string
  /** What let it through: checks of the quality policy. */
  readonly gates?: readonly GateResult[]
}

/** The dates of a version on its way out, fixed when they are announced. */
export interface DeprecationSchedule {
  readonly from: Instant
  readonly limitedAt: Instant
  readonly securityOnlyAt: Instant
  readonly endOfLifeAt: Instant
  readonly archivedAt: Instant
}

/** After `deprecated`, in their order. */
export const PHASES = ["limited", "security-only", "end-of-life", "archived"] as const
export type Phase = (typeof PHASES)[number]

/** A state put on a version. `revoked` is for ever. */
export type Marking =
  | { readonly kind: "revoked"; readonly revocation: Revocation }
  | {
      readonly kind: "deprecated"
      readonly reason: string
      readonly replacement: string
      readonly schedule: DeprecationSchedule
    }
  | { readonly kind: Phase }
  /** The end of life is put off to `until`, and what comes before and after with it. */
  | { readonly kind: "extended"; readonly until: Instant; readonly reason: string }
  /** Health said no: automation never goes there again, unless somebody asks for it with a reason. */
  | { readonly kind: "failed"; readonly why: string }
  | { readonly kind: "retried"; readonly reason: string }

export type Mark = Marking & { readonly version: string; readonly at: Instant }

/** Why a channel moved. `withdraw`: what it pointed at is dead, and there is nothing to put in its place. */
export const MOVE_REASONS = [
  "first",
  "follow",
  "stage",
  "renewal",
  "replacement",
  "pin",
  "rollback",
  "abort",
  "override",
  "withdraw",
] as const
export type MoveReason = (typeof MOVE_REASONS)[number]

export interface PointerMove {
  readonly channel: ChannelName
  /** Absent: nowhere. */
  readonly version?: string
  /** Of the consumers; absent for all of them. The others stay where they are. */
  readonly percent?: number
  readonly at: Instant
  readonly reason: MoveReason
  /** In plain words. */
  readonly cause: string
  /** What let it through. */
  readonly gates?: readonly GateResult[]
}

/** A release that was due and could not be made. */
export interface FailedAttempt {
  readonly at: Instant
  readonly version: string
  readonly reason: ReleaseReason
  readonly inputDigest: string
  /** Code of the error. */
  readonly error: string
}

/** All that has happened to one bundle, oldest first. */
export interface BundleHistory {
  readonly bundle: BundleName
  readonly releases: readonly ReleaseRecord[]
  readonly marks: readonly Mark[]
  readonly moves: readonly PointerMove[]
  /** Since the newest release. */
  readonly attempts: readonly FailedAttempt[]
}

/** Revokes everything that was published before it and that its selector selects, however much that is. */
export interface Invalidation {
  /** Of the campaign that asked for it. */
  readonly name: string
  readonly at: Instant
  readonly select: Selector
  readonly revocation: Revocation
}

/** Every change of `main` up to this commit was authorised; the highest revision of the approvals policy on the way. */
export interface AuthorizedUpTo {
  readonly commit: string
  readonly revision?: number
}

/** All that has happened. `sequence` counts transactions; `epoch` counts revocations and never falls. */
export interface LedgerState {
  readonly sequence: number
  readonly epoch: number
  /** Absent where nobody has asked for approvals yet. */
  readonly authorization?: AuthorizedUpTo
  readonly invalidations: readonly Invalidation[]
  readonly bundles: ReadonlyMap<BundleName, BundleHistory>
}

export const EMPTY_LEDGER: LedgerState = { sequence: 0, epoch: 0, invalidations: [], bundles: new Map() }

export function emptyHistory(bundle: BundleName): BundleHistory {
  return { bundle, releases: [], marks: [], moves: [], attempts: [] }
}

/** How it was revoked: by its own mark or, with many others, by an invalidation. */
export function revocationOf(
  invalidations: readonly Invalidation[],
  history: BundleHistory,
  version: string,
): Revocation | undefined {
  const mark = history.marks.find(each => each.version === version && each.kind === "revoked")
  if (mark?.kind === "revoked") return mark.revocation
  const release = findRelease(history, version)
  if (release === undefined || invalidations.length === 0) return undefined
  const selectable = selectableOf(history.bundle, release)
  return invalidations.find(each => invalidates(each, selectable))?.revocation
}

export function invalidates({ at, select }: Pick<Invalidation, "at" | "select">, each: Selectable): boolean {
  return each.publishedAt < at && selects(select, each)
}

export function selectableOf(bundle: BundleName, release: ReleaseRecord): Selectable {
  const { version, publishedAt, input, certificate } = release
  return {
    bundle,
    version,
    publishedAt,
    cluster: input.cluster.name,
    environment: input.cluster.environment,
    owner: input.bundle.owner,
    issuerSha256: input.cluster.issuer[0],
    serial: certificate.serial,
    spkiSha256: certificate.spkiSha256,
    keyAlgorithm: certificate.keyAlgorithm,
    compatibility: input.bundle.compatibility,
  }
}

export function findRelease(history: BundleHistory, version: string): ReleaseRecord | undefined {
  return history.releases.find(release => release.version === version)
}
