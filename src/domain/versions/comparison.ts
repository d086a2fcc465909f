import type { Client } from "../clients.ts"
import type { ReleaseClass } from "./change.ts"
import type { Change } from "./changes.ts"
import type { UpgradePath } from "./upgrade-path.ts"

/** A driver that a bundle is made for, and whose code reads the bundle there. */
export interface MadeFor {
  readonly platform: string
  readonly title: string
  readonly client: Client
}

/** Two states of one bundle: versions, commits, the working tree, or files. */
export interface Comparison {
  /** Full name of the bundle; of files, the name of the second. */
  readonly subject: string
  /** What was compared, in words: `1.2.0`, `commit 0123456789ab`, `working tree`. */
  readonly from: string
  readonly to: string
  /** As the house counts it. */
  readonly class: ReleaseClass
  readonly changes: readonly Change[]
  readonly drivers: readonly MadeFor[]
  /** Between two versions. */
  readonly upgrade?: UpgradePath
  /** Of two files: entries that differ in more than key, validity, passwords, number and dates. None: one renews the other. */
  readonly entries?: readonly string[]
}

export interface Differences {
  readonly comparisons: readonly Comparison[]
  /** Bundles that are only in the first, and only in the second. */
  readonly gone: readonly string[]
  readonly added: readonly string[]
}
