import type { CatalogChannel } from "../catalog.ts"
import type { BundleName } from "../names.ts"
import { stableShare } from "../stable-hash.ts"

/**
 * Where a consumer stands among all: 0 ≤ place < 100, the same for as long as that version is rolled out, and
 * its renewals. Others come first with the next one, so that nobody is always among the first.
 */
export function placeOf(consumer: string, bundle: BundleName, version: string): number {
  return stableShare(`${consumer}\n${bundle}\n${version}`) * 100
}

/** Whether a rollout to that many percent has reached the place: who is reached once stays so while it rises. */
export function isAhead(place: number, percent: number): boolean {
  return place < percent
}

/** How one consumer fares in a rollout that is under way. */
export interface RolloutShare {
  /** What those get who are ahead. */
  readonly version: string
  readonly percent: number
  /** Absent where nobody has said who asks: then it gets what everybody has. */
  readonly consumer?: { readonly id: string; readonly place: number }
  readonly isAhead: boolean
}

/** Undefined while all get the same. */
export function rolloutShare(
  { ahead }: CatalogChannel,
  bundle: BundleName,
  id: string | undefined,
): RolloutShare | undefined {
  if (ahead === undefined) return undefined
  const { dealt, ...share } = ahead
  if (id === undefined) return { ...share, isAhead: false }
  const place = placeOf(id, bundle, dealt)
  return { ...share, consumer: { id, place }, isAhead: isAhead(place, share.percent) }
}
