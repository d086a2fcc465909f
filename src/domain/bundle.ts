import type { Duration } from "./duration.ts"
import type { Instant } from "./instant.ts"
import type { BundleName } from "./names.ts"
import type { PromotionGate } from "./rollout/gates.ts"
import type { ReleaseClass } from "./versions/change.ts"

export const KEY_ALGORITHMS = ["P-256", "P-384", "RSA-2048", "RSA-3072", "RSA-4096"] as const
export type KeyAlgorithm = (typeof KEY_ALGORITHMS)[number]

/** `generated`: we make the key. `csr`: its owner did, and proves possession by a PKCS#10 request (RFC 2986) in the repository. */
export type KeySource =
  | { readonly kind: "generated"; readonly algorithm: KeyAlgorithm }
  | { readonly kind: "csr"; readonly request: string }

/** `candidate` and `stable` are always there; a bundle may name more. */
export type ChannelName = string
export const DEFAULT_CHANNELS = ["candidate", "stable"] as const

/** Part of the consumers at a time. A consumer belongs to one cohort of a version for as long as there is that version. */
export interface RolloutStage {
  /** 1 to 100. */
  readonly percent: number
  /** How long before the next stage; the last has none. */
  readonly for?: Duration
}

/**
 * How a channel gets from one version to the next. `at-once`: for everybody. `stages`: for more and more of them, the
 * last for all. `blue-green`: for everybody, with the version before kept good for `keep`, to go back to at once.
 */
export type Rollout =
  | { readonly kind: "at-once" }
  | { readonly kind: "stages"; readonly stages: readonly RolloutStage[] }
  | { readonly kind: "blue-green"; readonly keep: Duration }

/** A hold: the channel stays there, whatever automation would do. */
export interface Pin {
  readonly version: string
  readonly reason: string
  readonly until?: Instant
}

/** What a channel points at. */
export interface ChannelRule {
  /** `latest`, or the channel that it comes after. */
  readonly follow: string
  /** How long a version must have been where it is followed to. */
  readonly after: Duration
  readonly rollout: Rollout
  /** Version range (npm semver syntax): what lies outside is never followed. */
  readonly versions?: string
  readonly pin?: Pin
}

/** A gate that somebody has opened by hand, for a reason and until an instant. */
export interface Override {
  readonly gate: PromotionGate
  readonly reason: string
  readonly until: Instant
  /** Principal who answers for it. */
  readonly by?: string
}

/** What is issued before `before` is to be replaced. */
export interface Reissue {
  readonly before: Instant
  readonly reason: string
}

/** RFC 5280 §5.3.1 reason names that apply to a client certificate. */
export const REVOCATION_REASONS = [
  "keyCompromise",
  "affiliationChanged",
  "superseded",
  "cessationOfOperation",
  "privilegeWithdrawn",
  "unspecified",
] as const
export type RevocationReason = (typeof REVOCATION_REASONS)[number]

export interface Revocation {
  readonly reason: RevocationReason
  readonly incident?: string
}

/** That a version is on its way out. */
export interface DeprecationDecision {
  readonly from: Instant
  readonly reason: string
  /** The version to go to. */
  readonly replacement: string
  /** In an emergency: its end is put off. */
  readonly extended?: { readonly until: Instant; readonly reason: string }
}

/** A human decision about one version; numbers themselves are computed. */
export interface VersionDecision {
  readonly revoked?: Revocation
  readonly deprecated?: DeprecationDecision
  /** Lets automation try a version again that has failed; another failure wants another reason. */
  readonly retry?: { readonly reason: string }
  /** Who has looked at it, where policy wants somebody to: names of principals. */
  readonly reviewed?: { readonly by: readonly string[]; readonly reason?: string }
}

/** The standing right of one application to connect to one cluster. */
export interface Bundle {
  /** Path of its YAML file in the repository. */
  readonly file: string
  readonly fullName: BundleName
  readonly cluster: string
  readonly name: string
  /** Groups the same application over several clusters. */
  readonly application: string
  /** A group in the people policy. */
  readonly owner: string
  /** SPIFFE ID, the first URI SAN of the certificate: what Cassandra's MutualTlsAuthenticator maps to a role. */
  readonly identity: string
  readonly role: string
  readonly keyspace?: string
  /** Platforms of the catalogue, in the order written. */
  readonly drivers: readonly string[]
  readonly key: KeySource
  readonly lifetime: Duration
  /** Names of principals or groups in the people policy. */
  readonly recipients: readonly string[]
  readonly versions: ReadonlyMap<string, VersionDecision>
  /** In the order in which they follow each other. */
  readonly channels: ReadonlyMap<ChannelName, ChannelRule>
  /** The least class of the next release. */
  readonly bump?: ReleaseClass
  readonly overrides: readonly Override[]
  readonly reissue?: Reissue
}
