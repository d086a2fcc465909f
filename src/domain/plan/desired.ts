import type { Bundle } from "../bundle.ts"
import type { Instant } from "../instant.ts"
import type { ReleaseInput } from "../release.ts"
import type { ServerSide } from "../rotation/guard.ts"

/** One bundle as it should be. */
export interface Desired {
  readonly bundle: Bundle
  readonly input: ReleaseInput
  readonly inputDigest: string
  /** The first end of a certificate in the issuing chain: what is issued ends then at the latest. Absent: not known. */
  readonly issuerEndsAt?: Instant
  /** What is said of the cluster's servers. Absent: nothing. */
  readonly servers?: ServerSide
}
