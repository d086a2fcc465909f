import { CHANNELS } from "../domain/bundle.ts"
import type { Instant } from "../domain/instant.ts"
import { type BundleHistory, channelVersion, isRevoked } from "../domain/release.ts"
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
        versions: versionsOf(ledger.state.bundles.get(bundle), world.now),
        due: plan.steps.filter(step => step.bundle === bundle),
      }
    }),
    findings,
  }
}

function versionsOf(history: BundleHistory | undefined, now: Instant): readonly VersionStatus[] {
  if (history === undefined) return []
  return history.releases
    .map(
      ({ version, publishedAt, certificate, cause }) =>
        ({
          version,
          state: isRevoked(history, version) ? "revoked" : now >= certificate.notAfter ? "expired" : "active",
          publishedAt,
          notAfter: certificate.notAfter,
          channels: CHANNELS.filter(channel => channelVersion(history, channel) === version),
          serial: certificate.serial,
          cause,
        }) as const,
    )
    .reverse()
}
