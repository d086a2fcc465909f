import type { Duration } from "./duration.ts"
import type { BundleName } from "./names.ts"

export const KEY_ALGORITHMS = ["P-256", "P-384", "RSA-2048", "RSA-3072", "RSA-4096"] as const
export type KeyAlgorithm = (typeof KEY_ALGORITHMS)[number]

/** `generated`: we make the key. `csr`: its owner did, and proves possession by a PKCS#10 request (RFC 2986) in the repository. */
export type KeySource =
  | { readonly kind: "generated"; readonly algorithm: KeyAlgorithm }
  | { readonly kind: "csr"; readonly request: string }

export type ChannelName = "candidate" | "stable"
export const CHANNELS: readonly ChannelName[] = ["candidate", "stable"]

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

/** A human decision about one version; numbers themselves are computed. */
export interface VersionDecision {
  readonly revoked?: Revocation
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
}
