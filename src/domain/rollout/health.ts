import type { Instant } from "../instant.ts"
import type { BundleName } from "../names.ts"

/** What was seen of a version in use. */
export type HealthFact =
  | {
      readonly kind: "traffic"
      readonly bundle: BundleName
      readonly version: string
      readonly at: Instant
      /** Connections tried, and those of them that failed, since the version was given out. */
      readonly samples: number
      readonly failures: number
      /** Different consumers that used it. */
      readonly consumers?: number
    }
  | {
      /** One look by `scb doctor`, or a client that connects for the purpose. */
      readonly kind: "probe"
      readonly bundle: BundleName
      readonly version: string
      readonly at: Instant
      readonly healthy: boolean
    }
