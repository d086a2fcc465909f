import type { Instant } from "../instant.ts"
import { overlaid } from "../lazy-map.ts"
import type { BundleName } from "../names.ts"
import {
  type BundleHistory,
  emptyHistory,
  type FailedAttempt,
  type LedgerState,
  type PointerMove,
  type ReleaseRecord,
} from "../release.ts"
import { changesLedger, type Plan, releaseSteps } from "./plan.ts"
import type { PointStep, Step } from "./steps.ts"

/**
 * What is left of a plan when the releases of some bundles could not be made: all but these, and what their channels
 * would do from the first move there on. A rollback does not wait for an issuer.
 */
export function withoutReleasesOf(plan: Plan, failed: ReadonlySet<BundleName>): Plan {
  if (failed.size === 0) return plan
  const missing = new Map(releaseSteps(plan).map(({ bundle, version }) => [bundle, version]))
  const waiting = new Set<string>()
  const remains = (step: Step): boolean => {
    if (!failed.has(step.bundle) || step.kind === "mark") return true
    if (step.kind === "release") return false
    const channel = `${step.bundle} ${step.channel}`
    if (step.to === missing.get(step.bundle)) waiting.add(channel)
    return !waiting.has(channel)
  }
  return { ...plan, steps: plan.steps.filter(remains) }
}

/**
 * The ledger after the plan has been performed: one transaction. `built` holds what each release step became; for those
 * that could not be made, `failed` says why, and what would have led to them waits.
 */
export function perform(
  ledger: LedgerState,
  plan: Plan,
  built: ReadonlyMap<BundleName, ReleaseRecord>,
  failed: ReadonlyMap<BundleName, FailedAttempt> = new Map(),
): LedgerState {
  if (!changesLedger(plan) && failed.size === 0) return ledger
  const changed = new Map<BundleName, BundleHistory>()
  const change = (name: BundleName, to: (history: BundleHistory) => BundleHistory): void => {
    changed.set(name, to(changed.get(name) ?? ledger.bundles.get(name) ?? emptyHistory(name)))
  }
  for (const step of withoutReleasesOf(plan, new Set(failed.keys())).steps) {
    change(step.bundle, history => performStep(history, step, built, plan.now))
  }
  for (const [name, attempt] of failed) {
    change(name, history => ({ ...history, attempts: [...history.attempts, attempt] }))
  }
  const revoked = plan.steps.filter(step => step.kind === "mark" && step.mark.kind === "revoked").length
  return {
    ...ledger,
    sequence: ledger.sequence + 1,
    epoch: ledger.epoch + revoked + plan.invalidations.length,
    invalidations: [...ledger.invalidations, ...plan.invalidations.map(each => ({ ...each, at: plan.now }))],
    bundles: overlaid(ledger.bundles, changed),
  }
}

function performStep(
  history: BundleHistory,
  step: Step,
  built: ReadonlyMap<BundleName, ReleaseRecord>,
  at: Instant,
): BundleHistory {
  switch (step.kind) {
    case "release":
      return { ...history, releases: [...history.releases, record(step.bundle, step.version, built)], attempts: [] }
    case "mark":
      return { ...history, marks: [...history.marks, { version: step.version, at, ...step.mark }] }
    case "point":
      return { ...history, moves: [...history.moves, moveOf(step, at)] }
  }
}

function moveOf({ channel, to, percent, reason, cause, gates }: PointStep, at: Instant): PointerMove {
  return {
    channel,
    ...(to === undefined ? {} : { version: to }),
    ...(percent === undefined ? {} : { percent }),
    at,
    reason,
    cause,
    ...(gates === undefined ? {} : { gates }),
  }
}

function record(bundle: BundleName, version: string, built: ReadonlyMap<BundleName, ReleaseRecord>): ReleaseRecord {
  const release = built.get(bundle)
  if (release?.version !== version) throw new Error(`${bundle} ${version} was planned but not built`)
  return release
}
