import type { VersionReference } from "../app/diff.ts"
import { bundleName, parseBundleName } from "../domain/names.ts"
import { isVersion } from "../domain/versions/versions.ts"

/** `<cluster>/<bundle>` or `<cluster>/<bundle>@<version>`; undefined for anything else. */
export function versionReference(text: string): VersionReference | undefined {
  const [name = "", version, ...more] = text.split("@")
  const names = parseBundleName(name)
  if (names === undefined || more.length > 0) return undefined
  if (version !== undefined && !isVersion(version)) return undefined
  return { bundle: bundleName(names.cluster, names.bundle), ...(version === undefined ? {} : { version }) }
}
