/**
 * What a new version means for those who use its predecessor, least first. `renewal`: nothing but serial, validity, key
 * and passwords is other than before. `patch`: nobody has to do anything. `minor`: there is something more. `major`:
 * clients must act, or could break.
 */
export const RELEASE_CLASSES = ["renewal", "patch", "minor", "major"] as const
export type ReleaseClass = (typeof RELEASE_CLASSES)[number]

/** The higher of two. */
export function higherClass(a: ReleaseClass, b: ReleaseClass): ReleaseClass {
  return RELEASE_CLASSES.indexOf(a) >= RELEASE_CLASSES.indexOf(b) ? a : b
}
