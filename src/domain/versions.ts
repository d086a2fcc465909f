import inc from "semver/functions/inc.js"
import valid from "semver/functions/valid.js"

/** Whole versions only: `1.2.3`, no range, no prefix, no build. */
export function isVersion(text: string): boolean {
  return valid(text) === text
}

/** 1.0.0 first; every changed input is the next minor version. */
export function nextVersion(previous: string | undefined): string {
  if (previous === undefined) return "1.0.0"
  const next = inc(previous, "minor")
  if (next === null) throw new Error(`not a version: ${previous}`)
  return next
}
