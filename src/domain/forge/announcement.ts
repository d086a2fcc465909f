import { formatInstant } from "../instant.ts"
import { MANIFEST_NAME, type Manifest, SIGNATURE_NAME, SUMS_NAME } from "../manifest.ts"
import type { Action } from "../versions/changes.ts"

/** What those who watch the releases of a repository are told. Markdown. */
export interface Announcement {
  readonly title: string
  readonly notes: string
}

/**
 * Of one version: what changed, who has to act, until when it is good. Names no host, no address and no recipient, old or
 * new: mails and feeds travel farther than the release itself.
 */
export function announceVersion(manifest: Manifest): Announcement {
  const { bundle, version, change, expiresAt, predecessor, source, payload } = manifest
  const until = formatInstant(expiresAt)
  return {
    title: `${bundle} ${version} (${change.class}), good until ${until.slice(0, 10)}`,
    notes: [
      `**${change.class}**: ${predecessor === null ? "first version" : `after ${predecessor.version}`}. Good until ${until}.`,
      `### Who must act\n\n${whoMustAct(manifest)}`,
      `### Why\n\n${whatChanged(manifest)}`,
      `### How to get it\n\n\`scb fetch ${bundle} --version ${version}\` verifies and opens it. By hand: \`${SIGNATURE_NAME}\` signs \`${MANIFEST_NAME}\`, \`${SUMS_NAME}\` lists the files, and \`${payload.name}\` is for its recipients alone.`,
      `Built from ${source.commit}.`,
    ].join("\n\n"),
  }
}

function whoMustAct({ change }: Manifest): string {
  const actions = new Map<string, Action>()
  for (const action of change.changes.flatMap(each => each.actions)) actions.set(`${action.who} ${action.what}`, action)
  if (actions.size > 0) return [...actions.values()].map(({ who, what }) => `- **${who}**: ${what}`).join("\n")
  return change.class === "renewal"
    ? "Nobody but whoever holds a copy of the version before: it ends earlier."
    : "Nobody: applications may take it when they like."
}

function whatChanged({ change }: Manifest): string {
  const members = change.changes.map(({ member, class: weight }) => `- \`${member}\` (${weight})`)
  return [change.reason, ...members].join("\n")
}

/** Of a mass change: watchers are told once, not a thousand times. */
export function announceWave(versions: readonly { readonly cluster: string }[], commit: string): Announcement {
  const counts = new Map<string, number>()
  for (const { cluster } of versions) counts.set(cluster, (counts.get(cluster) ?? 0) + 1)
  const rows = [...counts].sort(([a], [b]) => (a < b ? -1 : 1)).map(([cluster, count]) => `| ${cluster} | ${count} |`)
  return {
    title: `${versions.length} versions of ${counts.size} ${counts.size === 1 ? "cluster" : "clusters"}`,
    notes: [
      ["| cluster | versions |", "|---|---|", ...rows].join("\n"),
      "`scb fetch <cluster>/<bundle>` finds its part. By hand: `index-<cluster>.json` says which `.zip` holds a version; each of them opens with `unzip`, into `<cluster>/<bundle>/<version>/`.",
      `Built from ${commit}.`,
    ].join("\n\n"),
  }
}
