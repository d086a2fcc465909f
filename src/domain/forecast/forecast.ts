import { type Instant, instantFromMillis } from "../instant.ts"
import { bundleEvents } from "./bundle.ts"
import {
  FORECAST_KINDS,
  type ForecastEvent,
  type ForecastKind,
  type ForecastRequest,
  WRITES_PER_RELEASE,
  WRITES_PER_RUN,
} from "./event.ts"
import { houseEvents } from "./house.ts"

/** An hour, from its beginning, in which more is due than the forge takes. */
export interface Peak {
  readonly from: Instant
  readonly writes: number
  /** How many events of which kind make it up. */
  readonly kinds: Readonly<Partial<Record<ForecastKind, number>>>
}

export interface Forecast {
  readonly from: Instant
  readonly until: Instant
  readonly limit: number
  /** By instant. */
  readonly events: readonly ForecastEvent[]
  readonly writes: number
  /** The busiest hour; absent where nothing is written. */
  readonly busiest?: Peak
  /** Hours beyond the limit. */
  readonly peaks: readonly Peak[]
  /** What to do about peaks and ends, a line each. */
  readonly advice: readonly string[]
}

/** Content that GitHub lets be created in an hour (secondary rate limit). */
export const FORGE_LIMIT = 500

const HOUR = 3_600_000

/** What is over when its instant has passed. Everything else that lies in the past has yet to be done, or minded, now. */
const PASSING: ReadonlySet<ForecastKind> = new Set(["freeze-begin", "freeze-end", "hold-end", "override-end"])

/** Pure: what will happen if nobody changes anything, and every run comes when it is due. */
export function forecast(request: ForecastRequest): Forecast {
  const { from, until, limit } = request
  const events = allEvents(request)
    .filter(({ at, kind }) => at >= from || !PASSING.has(kind))
    .map(event => (event.at < from ? { ...event, at: from } : event))
    .filter(({ at }) => at < until)
    .sort(byInstant)
  const hours = hoursOf(events)
  const peaks = hours.filter(({ writes }) => writes > limit)
  const busiest = hours.reduce<Peak | undefined>(
    (most, each) => (each.writes > (most?.writes ?? 0) ? each : most),
    undefined,
  )
  return {
    from,
    until,
    limit,
    events,
    writes: hours.reduce((sum, { writes }) => sum + writes, 0),
    ...(busiest === undefined ? {} : { busiest }),
    peaks,
    advice: [...adviceOnPeaks(peaks, request), ...adviceOnEnds(events)],
  }
}

function allEvents(request: ForecastRequest): readonly ForecastEvent[] {
  const names = new Set([...request.desired.keys(), ...request.ledger.bundles.keys()])
  return [...houseEvents(request), ...[...names].flatMap(name => [...bundleEvents(name, request)])]
}

function byInstant(a: ForecastEvent, b: ForecastEvent): number {
  return (
    a.at - b.at ||
    FORECAST_KINDS.indexOf(a.kind) - FORECAST_KINDS.indexOf(b.kind) ||
    compare(a.subject, b.subject) ||
    compare(a.key, b.key)
  )
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

/** Hours in which something is written: what all that is due in one of them comes to, done in one run. */
function hoursOf(events: readonly ForecastEvent[]): readonly Peak[] {
  const hours = new Map<Instant, { writes: number; kinds: Partial<Record<ForecastKind, number>> }>()
  for (const { at, kind, writes } of events) {
    if (writes === 0) continue
    const from = instantFromMillis(Math.floor(at / HOUR) * HOUR)
    const hour = hours.get(from) ?? { writes: WRITES_PER_RUN, kinds: {} }
    hour.writes += kind === "catalog" || kind === "stage" ? 0 : writes // part of what every run writes
    hour.kinds[kind] = (hour.kinds[kind] ?? 0) + 1
    hours.set(from, hour)
  }
  return [...hours].map(([from, hour]) => ({ from, ...hour }))
}

function* adviceOnPeaks(peaks: readonly Peak[], { repository, limit }: ForecastRequest): Generator<string, void> {
  if (peaks.length === 0) return
  const causes = new Set(peaks.flatMap(({ kinds }) => Object.keys(kinds)))
  const { jitterPercent, file } = repository.policies.renewal
  const bundles = Math.floor((limit - WRITES_PER_RUN) / WRITES_PER_RELEASE)
  if (causes.has("renewal")) {
    yield `renewals come too close together: raise jitterPercent in ${file} (now ${jitterPercent}), or reissue some earlier, at most ${bundles} in an hour`
  }
  if (causes.has("release"))
    yield `more is due at once than an hour takes: let it go out in parts of at most ${bundles} bundles`
  if (causes.has("wave")) yield `waves are too large: let the campaign have waves of at most ${bundles} an hour`
}

function* adviceOnEnds(events: readonly ForecastEvent[]): Generator<string, void> {
  const issuers = new Set(events.filter(({ kind }) => kind === "issuer-end").map(({ subject }) => subject))
  for (const cluster of issuers) yield `replace the issuer of ${cluster} a lifetime of its bundles before it ends`
  const roots = new Set(events.filter(({ kind }) => kind === "root-end").map(({ subject }) => subject))
  for (const cluster of roots) yield `let ${cluster} trust the next root beside the old one well before that ends`
  const signers = new Set(events.filter(({ kind }) => kind === "signer-end").map(({ subject }) => subject))
  for (const signer of signers) yield `add a successor of the signer ${signer} to policies/distribution.yaml in time`
  const keys = new Set(events.filter(({ kind }) => kind === "key-end").map(({ subject }) => subject))
  for (const owner of keys) yield `ask ${owner} for a key that lives longer`
}
