import type { ChannelRule } from "../bundle.ts"
import { type Instant, later } from "../instant.ts"
import { PHASE_STARTS, retirementsOf } from "../lifecycle/schedule.ts"
import type { BundleName } from "../names.ts"
import type { Desired } from "../plan/desired.ts"
import { momentAt } from "../plan/moment.ts"
import type { Policies } from "../policies.ts"
import { type BundleHistory, emptyHistory, PHASES, revocationOf } from "../release.ts"
import { failedBefore, nextAttemptAt } from "../renewal/backoff.ts"
import { endsWithIssuer, plannedEnd, type Renewable, renewalAt } from "../renewal/renewal.ts"
import { channelState } from "../rollout/channels.ts"
import { nextVersion } from "../versions/versions.ts"
import {
  type ForecastEvent,
  type ForecastEvents,
  type ForecastKind,
  type ForecastRequest,
  WRITES_PER_RELEASE,
  WRITES_PER_RUN,
} from "./event.ts"

/** What lies ahead of one bundle, declared or not. */
export function* bundleEvents(name: BundleName, request: ForecastRequest): ForecastEvents {
  const history = request.ledger.bundles.get(name) ?? emptyHistory(name)
  const desired = request.desired.get(name)
  yield* expiries(history, request)
  yield* phases(history, request)
  if (desired === undefined) return
  yield* renewals(desired, history, request)
  yield* channelEvents(desired, history)
}

/** Certificates that have been issued, and not revoked. */
function* expiries(history: BundleHistory, { ledger, from }: ForecastRequest): ForecastEvents {
  for (const { version, certificate } of history.releases) {
    if (certificate.notAfter < from || revocationOf(ledger.invalidations, history, version) !== undefined) continue
    yield expiry(history.bundle, version, certificate.notAfter, `certificate of ${version} expires`)
  }
}

function expiry(subject: BundleName, key: string, at: Instant, words: string): ForecastEvent {
  return { at, kind: "expiry", subject, key, words, writes: 0 }
}

function* phases(history: BundleHistory, { ledger }: ForecastRequest): ForecastEvents {
  for (const { version, phase: begun, schedule } of retirementsOf(history).values()) {
    if (revocationOf(ledger.invalidations, history, version) !== undefined) continue
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
function* renewals(desired: Desired, history: BundleHistory, request: ForecastRequest): ForecastEvents {
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
  const step = planned.get(fullName)
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
function* channelEvents({ bundle }: Desired, history: BundleHistory): ForecastEvents {
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

function* stages(subject: BundleName, name: string, { rollout }: ChannelRule, history: BundleHistory): ForecastEvents {
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
