import type { Change } from "../domain/changes.ts"
import type { BundleImpact, Impact, Leaving } from "../domain/impact.ts"
import { formatInstant, type Instant } from "../domain/instant.ts"
import type { DeprecationSchedule } from "../domain/release.ts"

/** A guide for each version that people have to leave, in Markdown; empty when there is none. */
export function renderMigrationGuides({ bundles }: Impact): string {
  return bundles.flatMap(bundle => bundle.leaving.map(leaving => guide(bundle, leaving))).join("\n")
}

function guide(bundle: BundleImpact, leaving: Leaving): string {
  const { version, replacement, schedule, expiresAt } = leaving
  const sections = [
    `# ${bundle.bundle}: ${replacement === undefined ? `away from ${version}` : `from ${version} to ${replacement}`}`,
    `${state(leaving)} For ${[...new Set([bundle.owner, ...bundle.recipients])].join(", ")}.`,
    ...(schedule === undefined ? [] : [dates(schedule, expiresAt)]),
    `## What is different\n\n${differences(leaving)}`,
    `## What to do\n\n${steps(bundle, leaving)}`,
  ]
  return `${sections.join("\n\n")}\n`
}

function state({ version, standing, why }: Leaving): string {
  return standing === "revoked"
    ? `${version} is revoked (${plain(why)}): stop using it now.`
    : `${version} is on its way out: ${plain(why)}.`
}

/** What users of the version meet, until it is of no use any more. */
function dates({ from, limitedAt, securityOnlyAt, endOfLifeAt }: DeprecationSchedule, expiresAt: Instant): string {
  const phases = [
    [from, "deprecated: it works as before, and whoever fetches it is told where to go"],
    [limitedAt, "limited: no channel leads to it; it is given to those who ask for this very version"],
    [securityOnlyAt, "security-only: it is renewed for reasons of security alone"],
    [endOfLifeAt, "end of life: it is given to nobody"],
  ] as const
  const lived = phases.filter(([at]) => at < expiresAt)
  const rows = lived.length === phases.length ? lived : [...lived, [expiresAt, EXPIRED] as const]
  const lines = rows.map(([at, what]) => `| ${formatInstant(at)} | ${what} |`)
  return ["| from | what it means |", "|---|---|", ...lines].join("\n")
}

const EXPIRED = "expired: its certificate has ended, and no driver connects with it"

function differences({ replacement, changes }: Leaving): string {
  if (replacement === undefined)
    return "Whatever the channel gives now: `scb diff` shows the difference of two versions."
  if (changes.length === 0) return "Serial number, validity, key and passwords. Nothing that an application sees."
  return changes.map(change => `- \`${change.member}\` (${change.class})${values(change)}: ${change.why}`).join("\n")
}

function values({ before, after }: Change): string {
  return ` ${quoted(before)} → ${quoted(after)}`
}

function quoted(value: string | undefined): string {
  return value === undefined ? "nothing" : `\`${value}\``
}

function steps({ bundle }: BundleImpact, { version, replacement, channels, changes, until }: Leaving): string {
  const fetch = `scb fetch ${bundle}${replacement === undefined ? "" : ` --version ${replacement}`}`
  const lead = channels.length === 0 ? [] : [`The owner lets ${channels.join(" and ")} lead elsewhere.`]
  const asked = changes.flatMap(({ actions }) => actions).map(({ who, what }) => `${who}: ${what}.`)
  const deadline = until === undefined ? "Now" : `Before ${formatInstant(until)}`
  const all = [
    ...lead,
    ...new Set(asked),
    `${deadline}, fetch and verify it: \`${fetch}\`.`,
    `Put it in the place of ${version}, and restart: drivers read a bundle only when they start.`,
  ]
  return all.map((each, index) => `${index + 1}. ${each}`).join("\n")
}

/** Other people's text: nothing in it may become a link or a heading. */
function plain(text: string): string {
  return text.replace(/[\\`*_{}[\]<>#|]/g, "\\$&")
}
