import type { Duration } from "../duration.ts"
import { type Instant, later } from "../instant.ts"
import { stableHash, stableShare } from "../stable-hash.ts"

const HOUR = 3_600_000
const DAY = 24 * HOUR

/** What goes wrong on the way through a simulated time. Ends are exclusive. */
export type Fault =
  /** The schedule did not run. */
  | { readonly kind: "missed-runs"; readonly from: Instant; readonly until: Instant }
  /** No issuer signs anything. */
  | { readonly kind: "issuer-down"; readonly from: Instant; readonly until: Instant }
  /** The first run at or after `at` ends after its releases are published, or after its ledger commit. */
  | { readonly kind: "publish-crash"; readonly at: Instant; readonly after: "releases" | "ledger" }
  /** The runner's clock is wrong by so much. */
  | { readonly kind: "clock-skew"; readonly from: Instant; readonly until: Instant; readonly by: Duration }

export const FAULTS = ["missed-runs", "issuer-down", "publish-crash", "clock-skew"] as const
export type FaultKind = (typeof FAULTS)[number]

/** Faults at random places: the same for the same seed. */
export function faultsFor(
  seed: string,
  kinds: readonly FaultKind[],
  { from, until }: { readonly from: Instant; readonly until: Instant },
): readonly Fault[] {
  const place = (what: string): Instant => later(from, Math.floor(stableShare(`${seed} ${what}`) * (until - from)))
  const during = (what: string, length: Duration) => ({ from: place(what), until: later(place(what), length) })
  const each = <F>(kind: FaultKind, count: number, make: (name: string) => F): readonly F[] =>
    Array.from({ length: count }, (_, index) => make(`${kind} ${index}`))
  const faultsOf = (kind: FaultKind): readonly Fault[] => {
    switch (kind) {
      case "missed-runs":
        return each(kind, 6, name => ({ kind, ...during(name, (1 + (stableHash(name + seed) % 48)) * HOUR) }))
      case "issuer-down":
        return each(kind, 3, name => ({ kind, ...during(name, 3 * DAY) }))
      case "publish-crash":
        return each(kind, 12, name => ({ kind, at: place(name), after: stableHash(name) % 2 ? "releases" : "ledger" }))
      case "clock-skew":
        return each(kind, 4, name => ({
          kind,
          ...during(name, DAY),
          by: ((stableHash(name + seed) % 601) - 300) * 1000,
        }))
    }
  }
  return kinds.flatMap(faultsOf)
}

export function isUnder(kind: "missed-runs" | "issuer-down", at: Instant, faults: readonly Fault[]): boolean {
  return faults.some(fault => fault.kind === kind && fault.from <= at && at < fault.until)
}

/** What the runner takes for now. */
export function skewed(at: Instant, faults: readonly Fault[]): Instant {
  const skew = faults.find(fault => fault.kind === "clock-skew" && fault.from <= at && at < fault.until)
  return skew?.kind === "clock-skew" ? later(at, skew.by) : at
}

/**
 * Whether `at` lies in, or just after, a time of at least `length` in which nothing could be released: outages that lie
 * closer together than that count as one.
 */
export function isInOutageOf(length: Duration, at: Instant, faults: readonly Fault[]): boolean {
  const outages = faults
    .filter(fault => fault.kind === "missed-runs" || fault.kind === "issuer-down")
    .sort((a, b) => a.from - b.from)
  let [from, until] = [Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY]
  for (const outage of outages) {
    if (outage.from - until >= length) from = outage.from
    until = Math.max(until, outage.until)
    if (until - from >= length && from <= at && at < until + length) return true
  }
  return false
}
