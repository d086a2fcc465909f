import type { Duration } from "../domain/duration.ts"
import type { Instant } from "../domain/instant.ts"
import type { Manifest } from "../domain/manifest.ts"
import type { BundleName } from "../domain/names.ts"
import type { QualityCheck } from "../domain/policies.ts"
import type { ReleaseInput, ReleaseRecord } from "../domain/release.ts"
import type { ReleaseReason } from "../domain/renewal/release-reasons.ts"
import type { GateResult } from "../domain/rollout/gates.ts"
import type { ReleaseClass } from "../domain/versions/change.ts"
import type { Assets } from "../ports.ts"

/**
 * Everything that one release is made from, as plain data: it can cross into a worker thread. No secret in it; the
 * keys of the issuer and of the signer live in the tools of whoever carries out the order.
 */
export interface BuildOrder {
  readonly bundle: BundleName
  readonly version: string
  readonly change: ReleaseClass
  readonly reason: ReleaseReason
  readonly cause: string
  /** What let it through so far, and what is to be asked of what is built. */
  readonly gates: readonly GateResult[]
  readonly checks: readonly QualityCheck[]
  readonly input: ReleaseInput
  readonly inputDigest: string
  readonly commit: string
  readonly policyDigest: string
  readonly epoch: number
  readonly predecessor: Manifest["predecessor"]
  /** Of the predecessor's bundle: a renewal must have the same. */
  readonly predecessorSkeletonSha256?: string
  readonly changes: Manifest["change"]["changes"]
  readonly upgrades: Manifest["upgrades"]
  readonly afterDeprecation: Manifest["support"]["afterDeprecation"]
  readonly now: Instant
  readonly lifetime: Duration
  readonly backdate: Duration
  /** DER certificates that drivers must trust, root first. */
  readonly trust: readonly Uint8Array[]
  /** DER SubjectPublicKeyInfo of the owner's request; absent where we make the key. */
  readonly requestedKey?: Uint8Array
  /** Armored OpenPGP keys of those who may open it. */
  readonly recipients: readonly string[]
}

export interface BuiltRelease {
  readonly record: ReleaseRecord
  readonly assets: Assets
}

/** Carries out build orders, in this thread or on all cores. */
export interface Assembler {
  /** Orders that it is worth to have under way at once. */
  readonly concurrency: number
  assemble(order: BuildOrder): Promise<BuiltRelease>
  close(): Promise<void>
}
