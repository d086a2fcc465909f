import type { Revocation } from "../bundle.ts"
import type { Duration } from "../duration.ts"
import type { Instant } from "../instant.ts"
import type { Selector } from "./selector.ts"

/** Replacements come in waves, so that neither issuer nor forge nor people are overrun. */
export interface Waves {
  /** Bundles in one wave. */
  readonly size: number
  readonly every: Duration
  /** No further wave begins. */
  readonly paused?: { readonly reason: string }
  /** No further wave ever begins; what was revoked stays so. */
  readonly aborted?: { readonly reason: string }
}

/** One decision about many versions: policies/campaigns/<name>.yaml. */
export interface Campaign {
  readonly file: string
  readonly name: string
  readonly select: Selector
  /** Absent: what is selected is replaced, and goes on working until it expires. */
  readonly revocation?: Revocation
  /** Replaces what was published before it; for a revocation, before it happened. */
  readonly before?: Instant
  readonly reason: string
  readonly waves?: Waves
}

/** What is wrong with some clients, keys or certificates, and what to do about it: policies/advisories/<name>.yaml. */
export interface Advisory {
  readonly file: string
  readonly name: string
  readonly published: Instant
  readonly summary: string
  readonly select: Selector
  /** Platform to the npm semver range of its versions that are affected: concerns bundles whose promise admits them. */
  readonly drivers?: ReadonlyMap<string, string>
  /** Inclusive bounds of certificate serials, as numbers in lower-case hexadecimal. */
  readonly serials?: { readonly from: string; readonly to: string }
  readonly response: "reissue" | "deprecate" | "notice"
}
