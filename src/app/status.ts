import { type Moment, momentAt } from "../domain/plan/moment.ts"
import { standingOf } from "../domain/plan/standing.ts"
import type { BundleHistory, LedgerState } from "../domain/release.ts"
import { channelTarget } from "../domain/rollout/channels.ts"
import type { BundleStatus, RepositoryStatus, VersionStatus } from "../domain/status.ts"
import { planChange } from "./plan.ts"
import type { World } from "./world.ts"

/** What is asked for, what there is, and what is due: one line a bundle. Reads only. */
export async function readStatus(world: World): Promise<RepositoryStatus> {
  const { plan, findings, waits, ledger, desired } = await planChange(world)
  const names = [...new Set([...desired.keys(), ...ledger.state.bundles.keys()])].sort()
  return {
    commit: plan.commit,
    ledger: { head: ledger.snapshot.head, sequence: ledger.state.sequence, epoch: ledger.state.epoch },
    catalog: plan.catalog === undefined && plan.steps.length === 0 ? "current" : "due",
    bundles: names.map(bundle => {
      const owner = desired.get(bundle)?.bundle.owner
      const history = ledger.state.bundles.get(bundle)
      const moment = momentAt(world.now)
      const channels = history === undefined ? {} : channelsOf(ledger.state, history, moment)
      return {
        bundle,
        declared: desired.has(bundle),
        ...(owner === undefined ? {} : { owner }),
        channels,
        versions: history === undefined ? [] : versionsOf(ledger.state, history, channels, moment),
        due: plan.steps.filter(step => step.bundle === bundle),
      }
    }),
    waits,
    findings,
  }
}

function channelsOf({ invalidations }: LedgerState, history: BundleHistory, moment: Moment): BundleStatus["channels"] {
  const names = [...new Set(history.moves.map(({ channel }) => channel))].sort()
  return Object.fromEntries(
    names.flatMap(name => {
      const state = channelTarget(invalidations, history, name, moment)
      return state === undefined ? [] : [[name, state] as const]
    }),
  )
}

function versionsOf(
  { invalidations }: LedgerState,
  history: BundleHistory,
  channels: BundleStatus["channels"],
  moment: Moment,
): readonly VersionStatus[] {
  const leads = Object.entries(channels)
  return history.releases
    .map(
      (release): VersionStatus => ({
        version: release.version,
        state: standingOf(invalidations, history, release, moment),
        publishedAt: release.publishedAt,
        notAfter: release.certificate.notAfter,
        channels: leads.flatMap(([name, state]) => (state.version === release.version ? [name] : [])),
        serial: release.certificate.serial,
        cause: release.cause,
      }),
    )
    .reverse()
}
