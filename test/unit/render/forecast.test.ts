import fc from "fast-check"
import { describe, expect, it } from "vitest"
import type { Forecast } from "../../../src/domain/forecast/forecast.ts"
import { later } from "../../../src/domain/instant.ts"
import { renderForecastCalendar, renderForecastJson, renderForecastText } from "../../../src/render/forecast.ts"
import { renderCalendar } from "../../../src/render/icalendar.ts"
import { NAME, NOW } from "../../support/planning.ts"

const HOUR = 3_600_000
const PLAIN = { color: false }

const FORECAST: Forecast = {
  from: NOW,
  until: later(NOW, 100 * HOUR),
  limit: 6,
  events: [
    {
      at: later(NOW, HOUR),
      kind: "renewal",
      subject: NAME,
      key: "1.0.1",
      words: "1.0.0 is renewed as 1.0.1",
      writes: 5,
    },
    { at: later(NOW, 2 * HOUR), kind: "catalog", subject: "catalog", key: "1", words: "it is written", writes: 1 },
    { at: later(NOW, 3 * HOUR), kind: "freeze-end", subject: "xmas", key: "", words: "freeze ends", writes: 0 },
  ],
  writes: 9,
  busiest: { from: later(NOW, HOUR), writes: 7, kinds: { renewal: 1 } },
  peaks: [{ from: later(NOW, HOUR), writes: 7, kinds: { renewal: 1 } }],
  advice: ["renew less"],
}

describe("a forecast for people", () => {
  it("is a line an event, but for the catalog; then what it comes to, peaks by name, and advice", () => {
    expect(renderForecastText(FORECAST, PLAIN).split("\n")).toEqual([
      "WHEN                  WHAT        WHOM                    WHY",
      `2026-11-22T11:00:00Z  renewal     ${NAME}  1.0.0 is renewed as 1.0.1`,
      "2026-11-22T13:00:00Z  freeze-end  xmas                    freeze ends",
      "",
      "2 events until 2026-11-26T14:00:00Z; the catalog is written again 1 time",
      "9 writes; busiest hour 2026-11-22T11:00:00Z: 7 writes (1 renewal) (limit 6 in an hour)",
      "peak     2026-11-22T11:00:00Z: 7 writes (1 renewal)",
      "advice   renew less",
      "",
    ])
  })

  it("says so where nothing is written", () => {
    const { busiest: _, ...rest } = FORECAST
    const text = renderForecastText({ ...rest, events: [], writes: 0, peaks: [], advice: [] }, PLAIN)
    expect(text).toContain("0 writes; no hour with any (limit 6 in an hour)\n")
  })
})

describe("a forecast for machines", () => {
  it("has every event, instants as text", () => {
    const json = JSON.parse(renderForecastJson(FORECAST))
    expect(json).toMatchObject({
      apiVersion: "scb/v1",
      kind: "Forecast",
      from: "2026-11-22T10:00:00Z",
      until: "2026-11-26T14:00:00Z",
      limit: 6,
      writes: 9,
      busiest: { from: "2026-11-22T11:00:00Z", writes: 7, kinds: { renewal: 1 } },
      advice: ["renew less"],
    })
    expect(json.events.map((event: { at: string }) => event.at)).toEqual([
      "2026-11-22T11:00:00Z",
      "2026-11-22T12:00:00Z",
      "2026-11-22T13:00:00Z",
    ])
  })
})

describe("a forecast for calendars", () => {
  it("has an event of no length for each but the catalog, with a UID that tells what it is", () => {
    const lines = renderForecastCalendar(FORECAST).split("\r\n")
    expect(lines.filter(line => line.startsWith("UID:"))).toEqual([
      `UID:renewal/${NAME}/1.0.1@scb`,
      "UID:freeze-end/xmas@scb",
    ])
    expect(lines.filter(line => line.startsWith("DTSTART:"))).toEqual([
      "DTSTART:20261122T110000Z",
      "DTSTART:20261122T130000Z",
    ])
  })

  it("keeps its UIDs when it is made again later", () => {
    const uids = (forecast: Forecast) => renderForecastCalendar(forecast).match(/^UID:.*$/gm)
    const moved = FORECAST.events.map(event => ({ ...event, at: later(event.at, HOUR) }))
    expect(uids({ ...FORECAST, from: later(NOW, HOUR), events: moved })).toEqual(uids(FORECAST))
  })

  it("follows RFC 5545, whatever stands in it", () => {
    const text = fc
      .string({ unit: "grapheme", maxLength: 200 })
      .filter(each => !/[\p{Cc}]/u.test(each.replaceAll("\n", "")))
    fc.assert(
      fc.property(text, text, (uid, summary) => {
        const calendar = renderCalendar("house", NOW, [{ uid, at: NOW, summary, categories: ["renewal"] }])
        const lines = calendar.split("\r\n")
        expect(lines.pop()).toBe("") // every line ends in CRLF (§3.1)
        for (const line of lines) {
          expect(new TextEncoder().encode(line).length).toBeLessThanOrEqual(75)
          expect(line).not.toMatch(/[\r\n]/)
        }
        const properties = new Map(unfolded(calendar))
        expect(unescaped(properties.get("SUMMARY") ?? "")).toBe(summary)
        expect(unescaped(properties.get("UID") ?? "")).toBe(uid)
        expect(properties.get("DTSTAMP")).toMatch(/^\d{8}T\d{6}Z$/)
        expect([...properties.keys()]).toEqual([
          ...["BEGIN", "VERSION", "PRODID", "CALSCALE", "METHOD", "X-WR-CALNAME"],
          ...["UID", "DTSTAMP", "DTSTART", "SUMMARY", "CATEGORIES", "TRANSP", "END"],
        ])
      }),
    )
  })
})

/** Name and value of each content line (§3.1). */
function unfolded(calendar: string): readonly (readonly [string, string])[] {
  const lines = calendar.replaceAll("\r\n ", "").split("\r\n").slice(0, -1)
  return lines.map(line => [line.slice(0, line.indexOf(":")), line.slice(line.indexOf(":") + 1)])
}

/** §3.3.11. */
function unescaped(value: string): string {
  return value.replace(/\\(.)/g, (_, escaped: string) => (escaped === "n" ? "\n" : escaped))
}
