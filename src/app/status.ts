import { channelTarget } from "../domain/channels.ts"
import { type Moment, momentAt } from "../domain/moment.ts"
import type { BundleHistory, LedgerState } from "../domain/release.ts"
import { standingOf } from "../domain/standing.ts"
import type { RepositoryStatus, VersionStatus } from "../domain/status.ts"
import { planChange } from "./plan.ts"
import type { World } from "./world.ts"

/** What is asked for, what there is, and what is due: one line a bundle. Reads only. */
export async function readStatus(world: World): Promise<RepositoryStatus> {
  const { plan, findings, ledger, desired } = await planChange(world)
  const names = [...new Set([...desired.keys(), ...ledger.state.bundles.keys()])].sort()
  return {
    commit: plan.commit,
    ledger: { head: ledger.snapshot.head, sequence: ledger.state.sequence, epoch: ledger.state.epoch },
    catalog: plan.catalog === undefined && plan.steps.length === 0 ? "current" : "due",
    bundles: names.map(bundle => {
      const owner = desired.get(bundle)?.bundle.owner
      return {
        bundle,
        declared: desired.has(bundle),
        ...(owner === undefined ? {} : { owner }),
        versions: versionsOf(ledger.state, ledger.state.bundles.get(bundle), momentAt(world.now)),
        due: plan.steps.filter(step => step.bundle === bundle),
      }
    }),
    findings,
  }
}

function versionsOf(
  { invalidations }: LedgerState,
  history: BundleHistory | undefined,
  moment: Moment,
): readonly VersionStatus[] {
  if (history === undefined) return []
  const channels = [...new Set(history.moves.map(({ channel }) => channel))].sort()
  const leads = channels.map(name => [name, channelTarget(invalidations, history, name, moment)] as const)
  return history.releases
    .map(
      (release): VersionStatus => ({
        version: release.version,
        state: standingOf(invalidations, history, release, moment),
        publishedAt: release.publishedAt,
        notAfter: release.certificate.notAfter,
        channels: leads.flatMap(([name, state]) => (state?.version === release.version ? [name] : [])),
        serial: release.certificate.serial,
        cause: release.cause,
      }),
    )
    .reverse()
}
