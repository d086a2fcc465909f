import { formatInstant, type Instant } from "../domain/instant.ts"
import type { Leaving, MigrationNotice } from "../domain/lifecycle/impact.ts"
import type { DeprecationSchedule } from "../domain/release.ts"
import { guideText } from "./diff.ts"

/** For those who use a version that they have to leave, in Markdown: how to get to its replacement, and until when. */
export function renderMigrationGuides(notices: readonly MigrationNotice[]): string {
  return notices.map(guide).join("\n")
}

function guide({ bundle, readers, leaving, comparison }: MigrationNotice): string {
  const { version, replacement, schedule, expiresAt } = leaving
  const fetch = `scb fetch ${bundle}${replacement === undefined ? "" : ` --version ${replacement}`}`
  const sections = [
    comparison === undefined ? `# ${bundle}: away from ${version}` : guideText(comparison).trimEnd(),
    "## Until when",
    `${state(leaving)} For ${readers.join(", ")}.`,
    ...(schedule === undefined ? [] : [dates(schedule, expiresAt)]),
    `    ${fetch}`,
  ]
  return `${sections.join("\n\n")}\n`
}

function state({ version, standing, why, channels }: Leaving): string {
  if (standing === "revoked") return `${version} is revoked (${plain(why)}): stop using it now.`
  const lead = channels.length === 0 ? "" : ` Its owner has yet to let ${channels.join(" and ")} lead elsewhere.`
  return `${version} is on its way out: ${plain(why)}.${lead}`
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

/** Other people's text: nothing in it may become a link or a heading. */
function plain(text: string): string {
  return text.replace(/[\\`*_{}[\]<>#|]/g, "\\$&")
}
