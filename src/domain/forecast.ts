import { failedBefore, nextAttemptAt } from "./backoff.ts"
import type { ChannelRule } from "./bundle.ts"
import { campaignTurns } from "./campaign-waves.ts"
import type { CatalogIndex } from "./catalog.ts"
import { channelState } from "./channels.ts"
import type { Desired } from "./desired.ts"
import { type Instant, instantFromMillis, later } from "./instant.ts"
import { PHASE_STARTS, retirementsOf } from "./lifecycle-schedule.ts"
import { momentAt } from "./moment.ts"
import type { BundleName } from "./names.ts"
import type { Policies } from "./policies.ts"
import { type BundleHistory, emptyHistory, type LedgerState, PHASES, revocationOf } from "./release.ts"
import { endsWithIssuer, plannedEnd, type Renewable, renewalAt } from "./renewal.ts"
import type { Repository, RepositoryFacts } from "./repository.ts"
import type { ReleaseStep } from "./steps.ts"
import { nextVersion } from "./versions.ts"

/** What lies ahead, the gravest first: the order within one instant. */
export const FORECAST_KINDS = [
  "issuer-end",
  "root-end",
  "signer-end",
  "key-end",
  "expiry",
  "release",
  "retry",
  "renewal",
  "wave",
  "phase",
  "stage",
  "hold-end",
  "override-end",
  "freeze-begin",
  "freeze-end",
  "catalog-end",
  "catalog",
] as const
export type ForecastKind = (typeof FORECAST_KINDS)[number]

export interface ForecastEvent {
  readonly at: Instant
  readonly kind: ForecastKind
  /** A bundle, a cluster, a principal, a policy. */
  readonly subject: string
  /** Tells events of one kind about one subject apart, for as long as they are foretold: a version, a serial, a name. */
  readonly key: string
  /** In plain words. */
  readonly words: string
  /** Things that are created at the forge for it. */
  readonly writes: number
}

export interface ForecastRequest {
  readonly repository: Pick<Repository, "clusters" | "policies">
  readonly facts: RepositoryFacts
  readonly desired: ReadonlyMap<BundleName, Desired>
  readonly ledger: LedgerState
  readonly catalog: CatalogIndex | undefined
  /** What the plan at `from` releases. */
  readonly planned: readonly ReleaseStep[]
  readonly from: Instant
  readonly until: Instant
  /** Writes that the forge takes in an hour. */
  readonly limit: number
}

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

/** A release with its four files, on a forge. Ledger and catalog are one more each, for all that is done at once. */
export const WRITES_PER_RELEASE = 5
const WRITES_PER_RUN = 2

/** Content that GitHub lets be created in an hour (secondary rate limit). */
export const FORGE_LIMIT = 500

const HOUR = 3_600_000

/** Pure: what will happen if nobody changes anything, and every run comes when it is due. */
export function forecast(request: ForecastRequest): Forecast {
  const { from, until, limit } = request
  const events = [...allEvents(request)]
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

type Events = Generator<ForecastEvent, void>

function* allEvents(request: ForecastRequest): Events {
  yield* endsOfTrust(request)
  yield* policyEvents(request.repository.policies)
  yield* catalogEvents(request)
  yield* waves(request)
  const names = new Set([...request.desired.keys(), ...request.ledger.bundles.keys()])
  for (const name of names) {
    const history = request.ledger.bundles.get(name) ?? emptyHistory(name)
    const desired = request.desired.get(name)
    yield* expiries(history, request)
    yield* phases(history)
    if (desired === undefined) continue
    yield* renewals(desired, history, request)
    yield* channelEvents(desired, history)
  }
}

/** Certificates of clusters, keys of people and of signers. */
function* endsOfTrust({ repository, facts }: ForecastRequest): Events {
  const { clusters, policies } = repository
  for (const { name, issuer, trust } of clusters.values()) {
    const groups = [
      ["issuer-end", [issuer.certificate], "issues for"] as const,
      ["root-end", trust, "is trusted by"] as const,
    ]
    for (const [kind, paths, does] of groups) {
      for (const path of paths) {
        const certificates = facts.certificates.get(path)
        for (const { subject, serial, notAfter } of certificates?.ok === true ? certificates.value : []) {
          yield {
            at: notAfter,
            kind,
            subject: name,
            key: serial,
            words: `${subject}, which ${does} ${name}, expires`,
            writes: 0,
          }
        }
      }
    }
  }
  const keys = [
    ...[...policies.people.principals.values()].map(({ name, openpgp }) => ["key-end", name, openpgp] as const),
    ...policies.distribution.signers.map(signer => ["signer-end", signer.name, signer] as const),
  ]
  for (const [kind, subject, reference] of keys) {
    const key = reference === undefined ? undefined : facts.openPgpKeys.get(reference.file)
    if (reference === undefined || key?.ok !== true || key.value.expiresAt === undefined) continue
    const { fingerprint } = reference
    yield {
      at: key.value.expiresAt,
      kind,
      subject,
      key: fingerprint,
      words: `OpenPGP key of ${subject} expires`,
      writes: 0,
    }
  }
  for (const { name, fingerprint, validUntil } of policies.distribution.signers) {
    if (validUntil === undefined) continue
    const words = `signatures of ${name} no longer count`
    yield { at: validUntil, kind: "signer-end", subject: name, key: `${fingerprint}-policy`, words, writes: 0 }
  }
}

function* policyEvents({ rollout }: Policies): Events {
  for (const { name, from, until, reason } of rollout.freezes) {
    yield { at: from, kind: "freeze-begin", subject: name, key: "", words: `freeze begins: ${reason}`, writes: 0 }
    yield { at: until, kind: "freeze-end", subject: name, key: "", words: "freeze ends", writes: 0 }
  }
}

/** The catalog is written again at half of its life; it has an end for those who can no longer reach a newer one. */
function* catalogEvents({ catalog, repository, until }: ForecastRequest): Events {
  if (catalog === undefined) return
  const { catalogLifetime } = repository.policies.distribution
  const { issuedAt, expiresAt } = catalog
  const common = { subject: "catalog", key: String(catalog.version) }
  yield { ...common, at: expiresAt, kind: "catalog-end", words: "clients stop believing today's catalog", writes: 0 }
  const half = Math.max(catalogLifetime / 2, HOUR)
  let number = 0
  for (let at = instantFromMillis((issuedAt + expiresAt) / 2); at < until; at = later(at, half)) {
    number += 1
    yield { subject: "catalog", key: String(number), at, kind: "catalog", words: "catalog is written again", writes: 1 }
  }
}

/** Waves of campaigns that have not begun. */
function* waves({ repository, ledger, from }: ForecastRequest): Events {
  const sizes = new Map<string, ForecastEvent>()
  for (const turns of campaignTurns(repository.policies, ledger).values()) {
    for (const { campaign, wave, at } of turns) {
      const { paused, aborted } = campaign.waves ?? {}
      if (at <= from || paused !== undefined || aborted !== undefined) continue
      const key = String(wave + 1)
      const before = sizes.get(`${campaign.name} ${key}`)
      const writes = (before?.writes ?? 0) + WRITES_PER_RELEASE
      const words = `wave ${key}: ${writes / WRITES_PER_RELEASE} to be replaced`
      sizes.set(`${campaign.name} ${key}`, { at, kind: "wave", subject: campaign.name, key, words, writes })
    }
  }
  yield* sizes.values()
}

/** Certificates that have been issued, and not revoked. */
function* expiries(history: BundleHistory, { ledger, from }: ForecastRequest): Events {
  for (const { version, certificate } of history.releases) {
    if (certificate.notAfter < from || revocationOf(ledger.invalidations, history, version) !== undefined) continue
    yield expiry(history.bundle, version, certificate.notAfter, `certificate of ${version} expires`)
  }
}

function expiry(subject: BundleName, key: string, at: Instant, words: string): ForecastEvent {
  return { at, kind: "expiry", subject, key, words, writes: 0 }
}

function* phases(history: BundleHistory): Events {
  for (const { version, phase: begun, schedule } of retirementsOf(history).values()) {
    for (const phase of PHASES.slice(begun === undefined ? 0 : PHASES.indexOf(begun) + 1)) {
      const words = `${version} becomes ${phase}`
      yield {
        at: schedule[PHASE_STARTS[phase]],
        kind: "phase",
        subject: history.bundle,
        key: `${version}-${phase}`,
        words,
        writes: 0,
      }
    }
  }
}

/** One renewal after the other, each of what the one before will have made. */
function* renewals(desired: Desired, history: BundleHistory, request: ForecastRequest): Events {
  const { fullName } = desired.bundle
  const { policies } = request.repository
  let last = yield* beginning(desired, history, request)
  while (last !== undefined) {
    const due = renewalAt(fullName, last, policies.renewal)
    const at = due > request.from ? due : request.from
    if (at >= request.until) return
    const never = whyNever(desired, last, policies)
    if (never !== undefined) {
      const words = `${last.version} expires${never}`
      yield expiry(fullName, `${last.version}-last`, last.certificate.notAfter, words)
      return
    }
    const next = paper(desired, nextVersion(last.version, "renewal"), at, policies)
    yield release("renewal", fullName, next.version, at, `${last.version} is renewed as ${next.version}`)
    last = next
  }
}

/** What there is to renew: what is due now, what is tried again after it failed, or what is good. */
function* beginning(
  desired: Desired,
  history: BundleHistory,
  { planned, ledger, repository: { policies }, from }: ForecastRequest,
): Generator<ForecastEvent, Renewable | undefined> {
  const { fullName } = desired.bundle
  const step = planned.find(({ bundle }) => bundle === fullName)
  if (step !== undefined) {
    yield release("release", fullName, step.version, from, `${step.version}: ${step.cause}`)
    return paper(desired, step.version, from, policies)
  }
  const good = history.releases.findLast(
    ({ version }) => revocationOf(ledger.invalidations, history, version) === undefined,
  )
  const last = history.attempts.at(-1)
  const failed = last === undefined ? [] : failedBefore({ subject: desired, history, moment: momentAt(from) }, last)
  const at = nextAttemptAt({ good, policies }, failed)
  if (last === undefined || at === undefined || at < from) return good
  yield release("retry", fullName, last.version, at, `${last.version} is tried again (${last.reason}, ${last.error})`)
  return paper(desired, last.version, at, policies)
}

function whyNever(desired: Desired, { certificate }: Renewable, { renewal }: Policies): string | undefined {
  if (endsWithIssuer(desired, certificate)) return " with its issuer, and no renewal helps"
  return renewal.triggers.expiry === "notice" ? ", and policy leaves its renewal to people" : undefined
}

function paper(desired: Desired, version: string, publishedAt: Instant, { cryptography }: Policies): Renewable {
  const certificate = {
    notBefore: later(publishedAt, -cryptography.backdate),
    notAfter: plannedEnd(desired, publishedAt),
  }
  return { version, publishedAt, certificate }
}

function release(kind: ForecastKind, subject: BundleName, key: string, at: Instant, words: string): ForecastEvent {
  return { at, kind, subject, key, words, writes: WRITES_PER_RELEASE }
}

/** Rollouts that are under way, holds and overrides that end by themselves. */
function* channelEvents({ bundle }: Desired, history: BundleHistory): Events {
  const subject = bundle.fullName
  for (const [name, rule] of bundle.channels) {
    if (rule.pin?.until !== undefined) {
      const words = `${name} is no longer held at ${rule.pin.version}`
      yield { at: rule.pin.until, kind: "hold-end", subject, key: name, words, writes: 0 }
    }
    yield* stages(bundle.fullName, name, rule, history)
  }
  for (const { gate, until, reason } of bundle.overrides) {
    yield {
      at: until,
      kind: "override-end",
      subject,
      key: gate,
      words: `gate ${gate} closes again (${reason})`,
      writes: 0,
    }
  }
}

function* stages(subject: BundleName, name: string, { rollout }: ChannelRule, history: BundleHistory): Events {
  const ahead = channelState(history, name)?.ahead
  if (ahead === undefined || rollout.kind !== "stages") return
  let at = ahead.since
  for (const [index, { percent, for: length = 0 }] of rollout.stages.entries()) {
    const next = rollout.stages[index + 1]
    if (percent < ahead.percent || next === undefined) continue
    at = later(at, length)
    const words = `${name} gives ${ahead.version} to ${next.percent} percent, if the gates allow it`
    yield { at, kind: "stage", subject, key: `${name}-${ahead.version}-${next.percent}`, words, writes: WRITES_PER_RUN }
  }
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
