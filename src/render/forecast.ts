import type { ForecastEvent } from "../domain/forecast/event.ts"
import type { Forecast, Peak } from "../domain/forecast/forecast.ts"
import { formatInstant } from "../domain/instant.ts"
import { renderCalendar } from "./icalendar.ts"
import { resultJson } from "./result.ts"
import { counted, paint, type Style, table } from "./style.ts"

/** A line an event, but for the catalog, which is written again and again; then what it comes to, and what to do. */
export function renderForecastText(forecast: Forecast, style: Style): string {
  const { events, peaks, advice } = forecast
  const shown = events.filter(({ kind }) => kind !== "catalog")
  const [title, ...rows] = table([
    ["WHEN", "WHAT", "WHOM", "WHY"],
    ...shown.map(({ at, kind, subject, words }) => [formatInstant(at), kind, subject, words]),
  ]).split("\n")
  const peakLines = peaks.map(peak => `${paint("red", "peak", style)}     ${peakText(peak)}\n`)
  const adviceLines = advice.map(line => `${paint("yellow", "advice", style)}   ${line}\n`)
  return `${paint("bold", title ?? "", style)}\n${rows.join("\n")}\n${summary(forecast)}${peakLines.join("")}${adviceLines.join("")}`
}

function summary({ events, until, writes, busiest, limit }: Forecast): string {
  const catalogs = events.filter(({ kind }) => kind === "catalog").length
  const lines = [
    `${counted(events.length - catalogs, "event")} until ${formatInstant(until)}; the catalog is written again ${counted(catalogs, "time")}`,
    `${counted(writes, "write")}; ${busiest === undefined ? "no hour with any" : `busiest hour ${peakText(busiest)}`} (limit ${limit} in an hour)`,
  ]
  return lines.map(line => `${line}\n`).join("")
}

/** e.g. `2027-01-20T10:00:00Z: 612 writes (122 renewal)`. */
function peakText({ from, writes, kinds }: Peak): string {
  const parts = Object.entries(kinds).map(([kind, number]) => `${number} ${kind}`)
  return `${formatInstant(from)}: ${counted(writes, "write")} (${parts.join(", ")})`
}

export function renderForecastJson({ from, until, events, busiest, peaks, ...rest }: Forecast): string {
  return resultJson("Forecast", {
    ...rest,
    from: formatInstant(from),
    until: formatInstant(until),
    ...(busiest === undefined ? {} : { busiest: peakJson(busiest) }),
    peaks: peaks.map(peakJson),
    events: events.map(({ at, ...event }) => ({ at: formatInstant(at), ...event })),
  })
}

function peakJson({ from, ...peak }: Peak) {
  return { from: formatInstant(from), ...peak }
}

/** For calendars to subscribe to: an entry keeps its UID when it is foretold anew, even for another instant. */
export function renderForecastCalendar({ from, events }: Forecast): string {
  const entries = events
    .filter(({ kind }) => kind !== "catalog")
    .map(event => ({
      uid: uidOf(event),
      at: event.at,
      summary: `${event.subject}: ${event.words}`,
      categories: [event.kind],
    }))
  return renderCalendar("Secure Connect Bundles", from, entries)
}

function uidOf({ kind, subject, key }: ForecastEvent): string {
  return `${[kind, subject, key].filter(part => part !== "").join("/")}@scb`
}
