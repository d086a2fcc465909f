import { formatInstant } from "../domain/instant.ts"
import type { Json } from "../domain/json.ts"
import { describeMarking } from "../domain/plan/steps.ts"
import type { ChangelogEntry } from "../domain/versions/changelog.ts"
import type { Change } from "../domain/versions/changes.ts"
import { ACTOR_NAMES, capital } from "./diff.ts"
import { resultJson } from "./result.ts"

/** Markdown, newest version first, in the manner of keepachangelog.com. */
export function renderChangelog(bundle: string, entries: readonly ChangelogEntry[]): string {
  return [`# Changelog of ${bundle}`, "", ...entries.flatMap(entryLines)].join("\n")
}

export function renderChangelogJson(bundle: string, entries: readonly ChangelogEntry[]): string {
  return resultJson("Changelog", {
    bundle,
    versions: entries.map(({ release, changes, marks }) => ({
      version: release.version,
      publishedAt: formatInstant(release.publishedAt),
      notAfter: formatInstant(release.certificate.notAfter),
      class: release.change,
      reason: release.reason,
      cause: release.cause,
      changes: changes as unknown as Json,
      marks: marks.map(mark => ({ kind: mark.kind, at: formatInstant(mark.at), says: describeMarking(mark) })),
    })),
  })
}

function entryLines({ release, changes, marks }: ChangelogEntry): readonly string[] {
  const { version, publishedAt, change, cause, certificate } = release
  return [
    `## ${version} (${formatInstant(publishedAt).slice(0, 10)}, ${change})`,
    "",
    ...marks.map(mark => `- **${capital(describeMarking(mark))}**, on ${formatInstant(mark.at).slice(0, 10)}.`),
    `- ${capital(cause)}. Its certificate ends at ${formatInstant(certificate.notAfter)}.`,
    ...changes.flatMap(changeLines),
    "",
  ]
}

function changeLines({ member, before, after, why, actions, class: own }: Change): readonly string[] {
  const values = [before, after].map(value => (value === undefined ? "none" : `\`${value}\``)).join(" → ")
  return [
    `- \`${member}\` (${own}): ${values}: ${why}.`,
    ...actions.map(({ who, what }) => `  - ${capital(ACTOR_NAMES[who])}: ${what}.`),
  ]
}
