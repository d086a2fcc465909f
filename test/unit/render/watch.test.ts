import { describe, expect, it } from "vitest"
import { later } from "../../../src/domain/instant.ts"
import type { WatchState } from "../../../src/domain/watch.ts"
import {
  renderWatchEventJson,
  renderWatchEventText,
  renderWatchHealth,
  renderWatchMetrics,
} from "../../../src/render/watch.ts"
import { DAY, NOW } from "../../support/pgp.ts"

const BUNDLE = "payments-prod/checkout"
const STATE: WatchState = {
  startedAt: NOW,
  checkAt: later(NOW, 60_000),
  currentAt: NOW,
  failures: 0,
  catalog: { version: 7, issuedAt: NOW, expiresAt: later(NOW, 7 * DAY) },
  held: { version: "1.2.0", manifestSha256: "m", fileSha256: "f", expiresAt: later(NOW, 90 * DAY) },
}

describe("what scb watch says", () => {
  it("is a line with what happened to which bundle", () => {
    const event = { kind: "changed", version: "1.2.0", expiresAt: later(NOW, DAY) }
    expect(renderWatchEventText(event, BUNDLE, NOW)).toBe(
      "2026-11-22T10:00:00Z changed payments-prod/checkout 1.2.0, expires 2026-11-23T10:00:00Z\n",
    )
    expect(JSON.parse(renderWatchEventJson(event, BUNDLE, NOW))).toEqual({
      at: "2026-11-22T10:00:00Z",
      bundle: BUNDLE,
      kind: "changed",
      version: "1.2.0",
      expiresAt: "2026-11-23T10:00:00Z",
    })
  })

  it("names an alarm and what it is about", () => {
    const event = { kind: "alarm", alarm: "stale", message: "not known to be current" }
    expect(renderWatchEventText(event, BUNDLE, NOW)).toBe(
      "2026-11-22T10:00:00Z alarm payments-prod/checkout stale: not known to be current\n",
    )
  })

  it("is health that says all there is to say, also when nothing is known", () => {
    const health = { bundle: BUNDLE, path: "/run/scb.zip", alarms: [], now: NOW }
    expect(JSON.parse(renderWatchHealth({ ...health, state: STATE }))).toMatchObject({
      kind: "WatchHealth",
      healthy: true,
      version: "1.2.0",
      catalog: { version: 7 },
      problem: null,
    })
    const empty = { startedAt: NOW, checkAt: NOW, failures: 2, problem: { code: "io", message: "no disk" } } as const
    const alarms = [{ kind: "nothing-held", message: "there is no bundle" }] as const
    expect(JSON.parse(renderWatchHealth({ ...health, alarms, state: empty }))).toMatchObject({
      healthy: false,
      alarms,
      version: null,
      expiresAt: null,
      catalog: null,
      problem: { code: "io" },
    })
  })

  it("is OpenMetrics, of what is known", () => {
    const metrics = renderWatchMetrics({ bundle: BUNDLE, path: "/run/scb.zip", state: STATE, alarms: [], now: NOW })
    expect(metrics).toContain('scb_watch_healthy{bundle="payments-prod/checkout"} 1\n')
    expect(metrics).toContain(`scb_watch_current_seconds{bundle="payments-prod/checkout"} ${NOW / 1000}\n`)
    expect(metrics.endsWith("# EOF\n")).toBe(true)
  })
})
