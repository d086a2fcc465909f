declare const instantBrand: unique symbol

/** A point in time: whole seconds, UTC, as milliseconds since 1970-01-01T00:00:00Z. */
export type Instant = number & { readonly [instantBrand]: true }

const ISO_SECONDS = /^(\d{4})-(\d{2})-(\d{2})(?:T(\d{2}):(\d{2}):(\d{2})(?:\.\d{1,9})?Z)?$/

/** Cuts a millisecond count down to a whole second: X.509 (RFC 5280 §4.1.2.5) and OpenPGP (RFC 9580 §3.5) know no fractions. */
export function instantFromMillis(millis: number): Instant {
  return (Math.floor(millis / 1000) * 1000) as Instant
}

/** Reads `2026-11-22T10:00:00Z` or `2026-11-22` (midnight UTC). Undefined for anything else, 30 February included. */
export function parseInstant(text: string): Instant | undefined {
  const match = ISO_SECONDS.exec(text)
  if (match === null) return undefined
  const millis = Date.parse(text.length === 10 ? `${text}T00:00:00Z` : text)
  if (Number.isNaN(millis)) return undefined
  const instant = instantFromMillis(millis)
  return new Date(instant).getUTCDate() === Number(match[3]) ? instant : undefined
}

/** `2026-11-22T10:00:00Z`; the inverse of {@link parseInstant}. */
export function formatInstant(instant: Instant): string {
  return `${new Date(instant).toISOString().slice(0, 19)}Z`
}

export function later(instant: Instant, millis: number): Instant {
  return instantFromMillis(instant + millis)
}

export function earliest(a: Instant, b: Instant): Instant {
  return a < b ? a : b
}

export function latest(a: Instant, b: Instant): Instant {
  return a > b ? a : b
}
