import { formatInstant, type Instant } from "../domain/instant.ts"
import { canonicalJson, type Json } from "../domain/json.ts"
import type { Alarm, WatchState } from "../domain/watch.ts"
import { resultJson } from "./result.ts"

/** What happened to a bundle that is kept current; `kind` says what. */
export interface WatchEventSummary {
  readonly kind: string
  readonly version?: string
  readonly expiresAt?: Instant
  readonly alarm?: string
  readonly message?: string
}

/** One JSON object a line (jsonlines.org). */
export function renderWatchEventJson(event: WatchEventSummary, bundle: string, now: Instant): string {
  const { expiresAt, ...rest } = event
  const line = {
    at: formatInstant(now),
    bundle,
    ...rest,
    ...(expiresAt !== undefined && { expiresAt: formatInstant(expiresAt) }),
  }
  return `${canonicalJson(line as Json)}\n`
}

/** `2026-11-22T10:00:00Z changed payments-prod/checkout 1.2.0, expires 2027-02-20T10:00:00Z`. */
export function renderWatchEventText(event: WatchEventSummary, bundle: string, now: Instant): string {
  const { kind, version, expiresAt, alarm, message } = event
  const words = [formatInstant(now), kind, bundle, version, alarm].filter(word => word !== undefined).join(" ")
  const end = expiresAt === undefined ? "" : `, expires ${formatInstant(expiresAt)}`
  return `${words}${end}${message === undefined ? "" : `: ${message}`}\n`
}

export interface WatchHealth {
  readonly bundle: string
  readonly path: string
  readonly state: WatchState
  readonly alarms: readonly Alarm[]
  readonly now: Instant
}

export function renderWatchHealth({ bundle, path, state, alarms, now }: WatchHealth): string {
  const { held, catalog, currentAt, failures, problem } = state
  return resultJson("WatchHealth", {
    bundle,
    path,
    at: formatInstant(now),
    healthy: alarms.length === 0,
    alarms: alarms.map(({ kind, message }) => ({ kind, message })),
    version: held?.version ?? null,
    sha256: held?.fileSha256 ?? null,
    expiresAt: at(held?.expiresAt),
    currentAt: at(currentAt),
    catalog: catalog
      ? { version: catalog.version, issuedAt: at(catalog.issuedAt), expiresAt: at(catalog.expiresAt) }
      : null,
    failures,
    problem: problem === undefined ? null : { code: problem.code, message: problem.message },
  })
}

/** OpenMetrics text, as node_exporter's textfile collector takes it. Times are seconds since 1970. */
export function renderWatchMetrics({ bundle, state, alarms }: WatchHealth): string {
  const rows: readonly (readonly [name: string, help: string, value: number | undefined])[] = [
    ["scb_watch_healthy", "1 unless there is an alarm", alarms.length === 0 ? 1 : 0],
    ["scb_watch_failures", "checks that have failed in a row", state.failures],
    ["scb_watch_current_seconds", "when the bundle was last known to be current", seconds(state.currentAt)],
    ["scb_watch_bundle_expires_seconds", "when the bundle on disk expires", seconds(state.held?.expiresAt)],
    ["scb_watch_catalog_expires_seconds", "when the newest catalog expires", seconds(state.catalog?.expiresAt)],
    ["scb_watch_catalog_version", "of the newest catalog", state.catalog?.version],
  ]
  const lines = rows.flatMap(([name, help, value]) =>
    value === undefined
      ? []
      : [`# TYPE ${name} gauge`, `# HELP ${name} ${help}`, `${name}{bundle=${JSON.stringify(bundle)}} ${value}`],
  )
  return `${[...lines, "# EOF"].join("\n")}\n`
}

function at(instant: Instant | undefined): string | null {
  return instant === undefined ? null : formatInstant(instant)
}

function seconds(instant: Instant | undefined): number | undefined {
  return instant === undefined ? undefined : instant / 1000
}
