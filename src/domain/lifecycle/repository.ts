import { type Finding, finding } from "../findings.ts"
import type { Repository } from "../repository.ts"

/** Deprecations that contradict themselves, whatever has been released. */
export function* checkLifecycle({ bundles, locate }: Pick<Repository, "bundles" | "locate">): Iterable<Finding> {
  for (const { file, fullName, versions } of bundles.values()) {
    for (const [version, { deprecated }] of versions) {
      if (deprecated === undefined) continue
      const { from, replacement, extended } = deprecated
      const at = (key: string) => locate(file, ["versions", version, "deprecated", key])
      if (replacement === version) {
        yield finding("R77", fullName, `${fullName} ${version} is to be replaced by itself`, { at: at("replacement") })
      }
      if (extended !== undefined && extended.until <= from) {
        const message = `${fullName} ${version}: its end of life is put off to before it is deprecated`
        yield finding("R78", fullName, message, { at: at("extended") })
      }
    }
  }
}
