import type { BundleHistory, Mark, ReleaseRecord } from "../release.ts"
import { type Change, changesSince } from "./changes.ts"

/** One version in the story of its bundle. */
export interface ChangelogEntry {
  readonly release: ReleaseRecord
  /** Against its predecessor. */
  readonly changes: readonly Change[]
  /** What became of it. */
  readonly marks: readonly Mark[]
}

/** Newest first. */
export function changelogOf({ releases, marks }: BundleHistory): readonly ChangelogEntry[] {
  return releases
    .map((release, index) => {
      const predecessor = releases[index - 1]
      return {
        release,
        changes: predecessor === undefined ? [] : changesSince(predecessor, release.input, release.generator),
        marks: marks.filter(({ version }) => version === release.version),
      }
    })
    .reverse()
}
