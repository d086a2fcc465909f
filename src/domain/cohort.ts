import type { BundleName } from "./names.ts"
import { stableShare } from "./stable-hash.ts"

/**
 * Where a consumer stands among all: 0 ≤ place < 100, the same for as long as there is that version. Others come first
 * with the next one, so that nobody is always among the first.
 */
export function placeOf(consumer: string, bundle: BundleName, version: string): number {
  return stableShare(`${consumer}\n${bundle}\n${version}`) * 100
}

/** Whether a rollout to that many percent has reached the place: who is reached once stays so while it rises. */
export function isAhead(place: number, percent: number): boolean {
  return place < percent
}
