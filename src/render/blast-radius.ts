import { formatInstant } from "../domain/instant.ts"
import type { Json } from "../domain/json.ts"
import { deathOf } from "../domain/plan/standing.ts"
import { type BlastRadius, type BundleBlast, bereft } from "../domain/revocation/blast-radius.ts"
import { paint, type Style, table } from "./style.ts"

/** A line a bundle, in the order of the waves; then what it adds up to. */
export function renderBlastText(radius: BlastRadius, style: Style): string {
  if (radius.bundles.length === 0) return `${paint("yellow", "nothing", style)}: no version is selected\n`
  const alone = bereft(radius).length
  const rows = radius.bundles.map(bundle => [bundle.bundle, versionsOf(bundle), channelsOf(bundle), fateOf(bundle)])
  const summary = [
    ["versions", `${radius.ending} of ${radius.inUse} that are in use`],
    ["bundles", `${radius.bundles.length}, ${alone} of them left without a version until they are replaced`],
    ["environments", radius.environments.join(", ")],
    ["owners", radius.owners.join(", ")],
    ["recipients", radius.recipients.join(", ") || "none"],
  ]
  return `${table(rows)}\n${table(summary)}`
}

/** Instants as text. */
export function blastJson(radius: BlastRadius): { readonly [key: string]: Json } {
  return {
    ...radius,
    bundles: radius.bundles.map(({ versions, replacement, ...bundle }) => ({
      ...bundle,
      versions: versions.map(version => ({
        ...version,
        publishedAt: formatInstant(version.publishedAt),
        notAfter: formatInstant(version.notAfter),
      })),
      ...(replacement === undefined
        ? {}
        : { replacement: { wave: replacement.wave + 1, at: formatInstant(replacement.at) } }),
    })),
    bereft: bereft(radius).map(({ bundle }) => bundle),
  }
}

function versionsOf({ versions }: BundleBlast): string {
  return versions
    .map(({ version, standing }) => (deathOf(standing) === undefined ? version : `${version} (${standing})`))
    .join(", ")
}

function channelsOf({ versions }: BundleBlast): string {
  return [...new Set(versions.flatMap(({ channels }) => channels))].join(", ") || "no channel"
}

function fateOf({ ready, replacement }: BundleBlast): string {
  if (ready !== undefined) return `${ready} is ready`
  if (replacement === undefined) return "no longer declared: not replaced"
  return `replaced in wave ${replacement.wave + 1}, from ${formatInstant(replacement.at)} on`
}
