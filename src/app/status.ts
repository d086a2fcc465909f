import { CHANNELS, type ChannelName } from "../domain/bundle.ts"
import type { Finding } from "../domain/findings.ts"
import type { Instant } from "../domain/instant.ts"
import type { BundleName } from "../domain/names.ts"
import type { Step } from "../domain/plan.ts"
import { type BundleHistory, channelVersion, isRevoked } from "../domain/release.ts"
import { planChange } from "./plan.ts"
import type { World } from "./world.ts"

export interface VersionStatus {
  readonly version: string
  readonly state: "active" | "expired" | "revoked"
  readonly publishedAt: Instant
  readonly notAfter: Instant
  readonly channels: readonly ChannelName[]
  readonly serial: string
  readonly cause: string
}

export interface BundleStatus {
  readonly bundle: BundleName
  readonly declared: boolean
  readonly owner?: string
  /** Newest first. */
  readonly versions: readonly VersionStatus[]
  /** What `apply` would do to it now. */
  readonly due: readonly Step[]
}

export interface RepositoryStatus {
  readonly commit: string
  readonly ledger: { readonly head: string | null; readonly sequence: number; readonly epoch: number }
  readonly catalog: "current" | "due"
  readonly bundles: readonly BundleStatus[]
  readonly findings: readonly Finding[]
}

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
