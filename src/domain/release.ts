import type { ChannelName, KeyAlgorithm, Revocation } from "./bundle.ts"
import type { Compatibility } from "./clients.ts"
import type { Instant } from "./instant.ts"
import type { BundleName } from "./names.ts"

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
  readonly predecessor?: string
}

/** A state put on a version; for ever where it is `revoked`. */
export interface Mark {
  readonly version: string
  readonly kind: "revoked"
  readonly at: Instant
  readonly revocation: Revocation
}

export interface PointerMove {
  readonly channel: ChannelName
  readonly version: string
  readonly at: Instant
}

/** All that has happened to one bundle, oldest first. */
export interface BundleHistory {
  readonly bundle: BundleName
  readonly releases: readonly ReleaseRecord[]
  readonly marks: readonly Mark[]
  readonly moves: readonly PointerMove[]
}

/** All that has happened. `sequence` counts transactions; `epoch` counts revocations and never falls. */
export interface LedgerState {
  readonly sequence: number
  readonly epoch: number
  readonly bundles: ReadonlyMap<BundleName, BundleHistory>
}

export const EMPTY_LEDGER: LedgerState = { sequence: 0, epoch: 0, bundles: new Map() }

export function emptyHistory(bundle: BundleName): BundleHistory {
  return { bundle, releases: [], marks: [], moves: [] }
}

export function isRevoked(history: BundleHistory, version: string): boolean {
  return history.marks.some(mark => mark.version === version && mark.kind === "revoked")
}

export function findRelease(history: BundleHistory, version: string): ReleaseRecord | undefined {
  return history.releases.find(release => release.version === version)
}

/** Where a channel points now, or undefined before its first move. */
export function channelVersion(history: BundleHistory, channel: ChannelName): string | undefined {
  return history.moves.findLast(move => move.channel === channel)?.version
}
