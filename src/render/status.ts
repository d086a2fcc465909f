import { formatInstant, type Instant } from "../domain/instant.ts"
import type { Json } from "../domain/json.ts"
import type { BundleStatus, RepositoryStatus, VersionStatus } from "../domain/status.ts"
import { findingJson } from "./findings-json.ts"
import { resultJson } from "./result.ts"
import { paint, type Style, table } from "./style.ts"

const DAY = 86_400_000

/** A line a bundle: its newest version, where the channels point, how long it lasts, what is due. */
export function renderStatusText(status: RepositoryStatus, now: Instant, style: Style): string {
  const head = ["BUNDLE", "VERSION", "STATE", "CANDIDATE", "STABLE", "EXPIRES", "DUE"]
  const [title, ...rows] = table([head, ...status.bundles.map(bundle => statusRow(bundle, now))]).split("\n")
  const ledger = `ledger ${status.ledger.sequence} (epoch ${status.ledger.epoch}), catalog ${status.catalog}`
  return `${paint("bold", title ?? "", style)}\n${rows.join("\n")}${ledger}\n`
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
      versions: bundle.versions.map(version),
      due: bundle.due.map(step => ({ ...step }) as Json),
    })),
    findings: status.findings.map(findingJson),
  })
}

function statusRow(bundle: BundleStatus, now: Instant): readonly string[] {
  const newest = bundle.versions[0]
  const at = (channel: "candidate" | "stable") =>
    bundle.versions.find(version => version.channels.includes(channel))?.version ?? "-"
  const due = [...new Set(bundle.due.map(step => step.kind))].join(", ")
  const undeclared = bundle.declared ? "" : "not declared"
  return [
    bundle.bundle,
    newest?.version ?? "-",
    newest?.state ?? "none",
    at("candidate"),
    at("stable"),
    newest === undefined ? "-" : `${formatInstant(newest.notAfter).slice(0, 10)} (${daysLeft(newest.notAfter, now)})`,
    [due, undeclared].filter(text => text !== "").join("; ") || "nothing",
  ]
}

function daysLeft(until: Instant, now: Instant): string {
  const days = Math.floor((until - now) / DAY)
  return days < 0 ? "over" : `${days} d`
}
