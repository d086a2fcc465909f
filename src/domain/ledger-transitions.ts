import type { Instant } from "./instant.ts"
import type { BundleName } from "./names.ts"
import type { Plan, Step } from "./plan.ts"
import { type BundleHistory, emptyHistory, type LedgerState, type ReleaseRecord } from "./release.ts"

/** The ledger after the plan has been performed: one transaction. `built` holds what each release step became. */
export function perform(ledger: LedgerState, plan: Plan, built: ReadonlyMap<BundleName, ReleaseRecord>): LedgerState {
  if (plan.steps.length === 0) return ledger
  const bundles = new Map(ledger.bundles)
  for (const step of plan.steps) {
    bundles.set(step.bundle, performStep(bundles.get(step.bundle) ?? emptyHistory(step.bundle), step, built, plan.now))
  }
  const revoked = plan.steps.filter(step => step.kind === "mark").length
  return { sequence: ledger.sequence + 1, epoch: ledger.epoch + revoked, bundles }
}

function performStep(
  history: BundleHistory,
  step: Step,
  built: ReadonlyMap<BundleName, ReleaseRecord>,
  at: Instant,
): BundleHistory {
  switch (step.kind) {
    case "release":
      return { ...history, releases: [...history.releases, record(step.bundle, step.version, built)] }
    case "mark":
      return {
        ...history,
        marks: [...history.marks, { version: step.version, kind: step.mark, at, revocation: step.revocation }],
      }
    case "point":
      return { ...history, moves: [...history.moves, { channel: step.channel, version: step.to, at }] }
  }
}

function record(bundle: BundleName, version: string, built: ReadonlyMap<BundleName, ReleaseRecord>): ReleaseRecord {
  const release = built.get(bundle)
  if (release?.version !== version) throw new Error(`${bundle} ${version} was planned but not built`)
  return release
}
