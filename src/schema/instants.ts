import { formatInstant, type Instant, parseInstant } from "../domain/instant.ts"

/** Text that has the form of an instant but names none: 30 February, 25 o'clock. */
export class ImpossibleInstant extends Error {
  constructor(text: string) {
    super(`there is no instant ${text}`)
    this.name = "ImpossibleInstant"
  }
}

/** Throws {@link ImpossibleInstant} unless formatting gives the very same text back. */
export function instantFromWire(text: string): Instant {
  const instant = parseInstant(text)
  if (instant === undefined || formatInstant(instant) !== text) throw new ImpossibleInstant(text)
  return instant
}
