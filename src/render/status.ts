import { formatInstant, type Instant } from "../domain/instant.ts"
import type { Json } from "../domain/json.ts"
import type { ChannelState } from "../domain/rollout/channels.ts"
import type { BundleStatus, RepositoryStatus, VersionStatus } from "../domain/status.ts"
import { findingJson } from "./findings-json.ts"
import { resultJson } from "./result.ts"
import { paint, type Style, table } from "./style.ts"
import { renderWaits, waitJson } from "./waits.ts"

const DAY = 86_400_000

/** A line a bundle: its newest version, where the channels point, how long it lasts, what is due; then what waits. */
export function renderStatusText(status: RepositoryStatus, now: Instant, style: Style): string {
  const head = ["BUNDLE", "VERSION", "STATE", "CANDIDATE", "STABLE", "EXPIRES", "DUE"]
  const [title, ...rows] = table([head, ...status.bundles.map(bundle => statusRow(bundle, now))]).split("\n")
  const ledger = `ledger ${status.ledger.sequence} (epoch ${status.ledger.epoch}), catalog ${status.catalog}`
  return `${paint("bold", title ?? "", style)}\n${rows.join("\n")}${renderWaits(status.waits)}${ledger}\n`
}

export function renderStatusJson(status: RepositoryStatus): string {
  const version = (each: VersionStatus): Json => ({
    ...each,
    publishedAt: formatInstant(each.publishedAt),
    notAfter: formatInstant(each.notAfter),
  })
  return resultJson("Status", {
    commit: status.commit,
    ledger: { ...status.ledger },
    catalog: status.catalog,
    bundles: status.bundles.map(bundle => ({
      ...bundle,
      channels: Object.fromEntries(Object.entries(bundle.channels).map(([name, state]) => [name, channelJson(state)])),
      versions: bundle.versions.map(version),
      due: bundle.due.map(step => ({ ...step }) as Json),
    })),
    waits: status.waits.map(waitJson),
    findings: status.findings.map(findingJson),
  })
}

function channelJson({ since, ahead, ...rest }: ChannelState): Json {
  return {
    ...rest,
    since: formatInstant(since),
    ...(ahead === undefined ? {} : { ahead: { ...ahead, since: formatInstant(ahead.since) } }),
  }
}

/** e.g. `1.0.0`, or `1.0.0 (10%: 1.1.0)` while a rollout is under way. */
function channelText(state: ChannelState | undefined): string {
  if (state === undefined) return "-"
  const { version, ahead } = state
  return ahead === undefined ? version : `${version} (${ahead.percent}%: ${ahead.version})`
}

function statusRow(bundle: BundleStatus, now: Instant): readonly string[] {
  const newest = bundle.versions[0]
  const due = [...new Set(bundle.due.map(step => step.kind))].join(", ")
  const undeclared = bundle.declared ? "" : "not declared"
  return [
    bundle.bundle,
    newest?.version ?? "-",
    newest?.state ?? "none",
    channelText(bundle.channels["candidate"]),
    channelText(bundle.channels["stable"]),
    newest === undefined ? "-" : `${formatInstant(newest.notAfter).slice(0, 10)} (${daysLeft(newest.notAfter, now)})`,
    [due, undeclared].filter(text => text !== "").join("; ") || "nothing",
  ]
}

export function daysLeft(until: Instant, now: Instant): string {
  const days = Math.floor((until - now) / DAY)
  return days < 0 ? "over" : `${days} d`
}
