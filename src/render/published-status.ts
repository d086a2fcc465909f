import { formatInstant, type Instant } from "../domain/instant.ts"
import { deprecationToWire } from "../domain/plan/wire.ts"
import type { PublishedStatus, PublishedVersionStatus } from "../domain/status.ts"
import { resultJson } from "./result.ts"
import { daysLeft } from "./status.ts"
import { paint, type Style, table } from "./style.ts"

/** A line a version, newest first; then how old what was read is. */
export function renderPublishedText(status: PublishedStatus, now: Instant, style: Style): string {
  const { bundle, catalog, versions } = status
  const head = ["VERSION", "STATE", "CHANNELS", "PUBLISHED", "EXPIRES", "NOTE"]
  const rows = versions.map(version => [
    version.version,
    version.state,
    channelsText(status, version),
    day(version.publishedAt),
    `${day(version.notAfter)} (${daysLeft(version.notAfter, now)})`,
    noteOn(version),
  ])
  const [title = "", ...lines] = table([head, ...rows]).split("\n")
  const age = `catalog ${catalog.version} (epoch ${catalog.epoch}), to be believed until ${formatInstant(catalog.expiresAt)}`
  return `${paint("bold", bundle, style)}\n${paint("bold", title, style)}\n${lines.join("\n")}${age}\n`
}

export function renderPublishedJson({ bundle, catalog, channels, versions }: PublishedStatus): string {
  return resultJson("BundleStatus", {
    bundle,
    catalog: { ...catalog, expiresAt: formatInstant(catalog.expiresAt) },
    channels: Object.fromEntries(Object.entries(channels).map(([name, channel]) => [name, { ...channel }])),
    versions: versions.map(({ publishedAt, notAfter, deprecation, ...version }) => ({
      ...version,
      publishedAt: formatInstant(publishedAt),
      notAfter: formatInstant(notAfter),
      ...(deprecation === undefined ? {} : { deprecation: { ...deprecationToWire(deprecation) } }),
    })),
  })
}

/** e.g. `candidate, stable`, or `stable for 10%` while a rollout is under way. */
function channelsText({ channels }: PublishedStatus, { version, channels: at }: PublishedVersionStatus): string {
  const ahead = Object.entries(channels).flatMap(([name, channel]) =>
    channel.ahead?.version === version ? [`${name} for ${channel.ahead.percent}%`] : [],
  )
  return [...at, ...ahead].join(", ") || "-"
}

function noteOn({ deprecation }: PublishedVersionStatus): string {
  if (deprecation === undefined) return "-"
  return `deprecated from ${day(deprecation.from)}, ends ${day(deprecation.endOfLifeAt)}: go to ${deprecation.replacement}`
}

function day(at: Instant): string {
  return formatInstant(at).slice(0, 10)
}
