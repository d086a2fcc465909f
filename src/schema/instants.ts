import { type Instant, parseInstant } from "../domain/instant.ts"

/** Text that has the form of an instant but names none: 30 February, 25 o'clock. */
export class ImpossibleInstant extends Error {
  constructor(text: string) {
    super(`there is no instant ${text}`)
    this.name = "ImpossibleInstant"
  }
}

/** Neither a day alone nor fractions of a second. */
const WRITTEN_LENGTH = "2026-11-22T10:00:00Z".length

/** Throws {@link ImpossibleInstant} unless formatting gives the very same text back. */
export function instantFromWire(text: string): Instant {
  const instant = parseInstant(text)
  if (instant === undefined || text.length !== WRITTEN_LENGTH) throw new ImpossibleInstant(text)
  return instant
}
