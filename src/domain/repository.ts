import type { Bundle, KeyAlgorithm } from "./bundle.ts"
import type { Cluster } from "./cluster.ts"
import type { Position } from "./findings.ts"
import type { Instant } from "./instant.ts"
import type { BundleName } from "./names.ts"
import type { Policies } from "./policies.ts"

/** Where a value stands in its file: `locate("bundles/a/b.yaml", ["recipients", 0])`. Falls back to the nearest parent that exists. */
export type Locate = (file: string, path: readonly (string | number)[]) => Position

/** What people have asked for: the meaning of all YAML of one tree. */
export interface Repository {
  readonly clusters: ReadonlyMap<string, Cluster>
  readonly bundles: ReadonlyMap<BundleName, Bundle>
  readonly policies: Policies
  readonly locate: Locate
}

/** The algorithm of a public key as far as our rules tell keys apart; `other` is any that we do not issue. */
export type PublicKeyAlgorithm = KeyAlgorithm | "other"

export interface CertificateFacts {
  readonly subject: string
  readonly issuer: string
  /** Lower-case hex, no leading zeros beyond whole bytes. */
  readonly serial: string
  readonly notBefore: Instant
  readonly notAfter: Instant
  readonly isCa: boolean
  /** Subject equals issuer and its own key verifies its signature. */
  readonly selfSigned: boolean
  readonly keyAlgorithm: PublicKeyAlgorithm
  /** Bits of the key: RSA modulus or curve size. */
  readonly keyBits: number
  /** SHA-256, lower-case hex. */
  readonly sha256: string
  readonly spkiSha256: string
  readonly subjectKeyId?: string
}

export interface OpenPgpKeyFacts {
  /** Upper-case hex. */
  readonly fingerprint: string
  readonly userIds: readonly string[]
  readonly isPrivate: boolean
  readonly createdAt: Instant
  /** Absent when it never expires. */
  readonly expiresAt?: Instant
  readonly revoked: boolean
  /** At the instant asked about: has a valid (sub)key for it. */
  readonly canEncrypt: boolean
  readonly canSign: boolean
  /** e.g. `rsa`, `eddsaLegacy`, `ecdh`; of the primary key. */
  readonly algorithm: string
  /** RSA modulus bits; absent for others. */
  readonly rsaBits?: number
}

export interface RequestFacts {
  readonly keyAlgorithm: PublicKeyAlgorithm
  readonly keyBits: number
  readonly spkiSha256: string
  /** The request's signature verifies under its own public key (RFC 2986 §4.2). */
  readonly provesPossession: boolean
}

/** What a referenced file turned out to be. */
export type FileFacts<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly problem: string }

/** What the files that the YAML points at really hold, by path. A path that is absent here does not exist in the tree. */
export interface RepositoryFacts {
  readonly certificates: ReadonlyMap<string, FileFacts<readonly CertificateFacts[]>>
  readonly openPgpKeys: ReadonlyMap<string, FileFacts<OpenPgpKeyFacts>>
  readonly requests: ReadonlyMap<string, FileFacts<RequestFacts>>
}
