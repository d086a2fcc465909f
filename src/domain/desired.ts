import type { Bundle } from "./bundle.ts"
import type { ReleaseInput } from "./release.ts"

/** One bundle as it should be. */
export interface Desired {
  readonly bundle: Bundle
  readonly input: ReleaseInput
  readonly inputDigest: string
}
