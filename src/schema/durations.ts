import { type Duration, parseDuration } from "../domain/duration.ts"

/** For text that already matched the form of a duration. */
export function durationFrom(text: string): Duration {
  const duration = parseDuration(text)
  if (duration === undefined) throw new Error(`the form let ${JSON.stringify(text)} pass as a duration`)
  return duration
}
