/** A length of time in milliseconds. A day is always 24 hours: policy speaks UTC and knows no daylight saving. */
export type Duration = number

const UNITS = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const

/** Reads `90d`, `36h`, `5m`, `30s`. Undefined for anything else, zero included. */
export function parseDuration(text: string): Duration | undefined {
  const match = /^([1-9]\d{0,5})([smhd])$/.exec(text)
  if (match === null) return undefined
  return Number(match[1]) * UNITS[match[2] as keyof typeof UNITS]
}

/** The shortest exact form: `90d`, not `2160h`; the inverse of {@link parseDuration}. */
export function formatDuration(duration: Duration): string {
  for (const unit of ["d", "h", "m"] as const) {
    if (duration % UNITS[unit] === 0) return `${duration / UNITS[unit]}${unit}`
  }
  return `${Math.floor(duration / UNITS.s)}s`
}
