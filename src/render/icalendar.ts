/** Calendars as in RFC 5545: what other programs subscribe to. */
import { formatInstant, type Instant } from "../domain/instant.ts"

export interface CalendarEntry {
  /** The same for the same event, whenever it is asked for. */
  readonly uid: string
  readonly at: Instant
  readonly summary: string
  readonly categories: readonly string[]
}

/** A whole calendar; `stampedAt` is when it was made. Lines end in CRLF and are at most 75 bytes (§3.1). */
export function renderCalendar(name: string, stampedAt: Instant, entries: readonly CalendarEntry[]): string {
  const lines = [
    "BEGIN:VCALENDAR",
    "VERSION:2.0",
    "PRODID:-//scb//forecast//EN",
    "CALSCALE:GREGORIAN",
    "METHOD:PUBLISH",
    `X-WR-CALNAME:${escaped(name)}`,
    ...entries.flatMap(entry => eventLines(entry, stampedAt)),
    "END:VCALENDAR",
  ]
  return lines.map(line => `${folded(line)}\r\n`).join("")
}

/** An event of no length that keeps nobody busy. */
function eventLines({ uid, at, summary, categories }: CalendarEntry, stampedAt: Instant): readonly string[] {
  return [
    "BEGIN:VEVENT",
    `UID:${escaped(uid)}`,
    `DTSTAMP:${utc(stampedAt)}`,
    `DTSTART:${utc(at)}`,
    `SUMMARY:${escaped(summary)}`,
    `CATEGORIES:${categories.map(escaped).join(",")}`,
    "TRANSP:TRANSPARENT",
    "END:VEVENT",
  ]
}

/** Form 2 of §3.3.5: `20261122T100000Z`. */
function utc(instant: Instant): string {
  return formatInstant(instant).replace(/[-:]/g, "")
}

/** §3.3.11. */
function escaped(text: string): string {
  return text.replace(/[\\;,]/g, "\\$&").replace(/\r?\n/g, "\\n")
}

const LINE_BYTES = 75

/** §3.1: a long line goes on after a line break and a space, which counts; no character is cut in two. */
function folded(line: string): string {
  let [text, bytes] = ["", 0]
  for (const character of line) {
    const size = new TextEncoder().encode(character).length
    if (bytes + size > LINE_BYTES) [text, bytes] = [`${text}\r\n `, 1]
    text += character
    bytes += size
  }
  return text
}
