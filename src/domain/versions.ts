import inc from "semver/functions/inc.js"
import valid from "semver/functions/valid.js"
import type { ReleaseClass } from "./change.ts"

/** Whole versions only: `1.2.3`, no range, no prefix, no build. */
export function isVersion(text: string): boolean {
  return valid(text) === text
}

/** 1.0.0 first; a renewal counts as a patch (Semantic Versioning 2.0.0 §6-§8). */
export function nextVersion(previous: string | undefined, change: ReleaseClass): string {
  if (previous === undefined) return "1.0.0"
  const next = inc(previous, change === "renewal" ? "patch" : change)
  if (next === null) throw new Error(`not a version: ${previous}`)
  return next
}
