import type { ChannelName } from "../bundle.ts"
import { formatInstant } from "../instant.ts"
import type { BundleName } from "../names.ts"
import type { Marking, MoveReason } from "../release.ts"
import type { ReleaseReason } from "../renewal/release-reasons.ts"
import type { GateResult } from "../rollout/gates.ts"
import type { ReleaseClass } from "../versions/change.ts"

export interface ReleaseStep {
  readonly kind: "release"
  readonly bundle: BundleName
  readonly version: string
  readonly change: ReleaseClass
  readonly reason: ReleaseReason
  readonly cause: string
  readonly inputDigest: string
  readonly predecessor?: string
  readonly gates?: readonly GateResult[]
}

export interface MarkStep {
  readonly kind: "mark"
  readonly bundle: BundleName
  readonly version: string
  readonly mark: Marking
}

export interface PointStep {
  readonly kind: "point"
  readonly bundle: BundleName
  readonly channel: ChannelName
  readonly from?: string
  /** Absent: nowhere. */
  readonly to?: string
  /** Of the consumers; absent for all of them. */
  readonly percent?: number
  readonly reason: MoveReason
  readonly cause: string
  readonly gates?: readonly GateResult[]
}

export type Step = ReleaseStep | MarkStep | PointStep

/** e.g. `revoked: keyCompromise`. */
export function describeMarking(marking: Marking): string {
  switch (marking.kind) {
    case "revoked":
      return `revoked: ${marking.revocation.reason}`
    case "deprecated":
      return `deprecated from ${formatInstant(marking.schedule.from)}: ${marking.reason}`
    case "extended":
      return `extended until ${formatInstant(marking.until)}: ${marking.reason}`
    case "failed":
      return `failed: ${marking.why}`
    case "retried":
      return `to be tried again: ${marking.reason}`
    case "limited":
    case "security-only":
    case "end-of-life":
    case "archived":
      return marking.kind
  }
}

/** e.g. `1.0.0 -> 1.1.0 for 10 percent`. */
export function describeMove({ from, to, percent }: PointStep): string {
  return `${from ?? "nowhere"} -> ${to ?? "nowhere"}${percent === undefined ? "" : ` for ${percent} percent`}`
}
