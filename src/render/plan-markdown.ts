import { isEmpty, type Plan } from "../domain/plan/plan.ts"
import { type PlanContext, planRows } from "./plan.ts"
import { counted } from "./style.ts"
import { waitRows } from "./waits.ts"

/** Of a mass change, so that the summary of a job (at most 1 MiB) stays one that people read. */
const SHOWN = 200

/** What would happen, for the summary of a job: a table of what is due, then what waits for what. */
export function renderPlanMarkdown(plan: Plan, { waits = [] }: PlanContext = {}): string {
  const commit = `\`${plan.commit.slice(0, 12)}\``
  const waiting = waitRows(waits).map(([, ...cells]) => cells)
  return [
    isEmpty(plan) ? `### Nothing to do for ${commit}\n` : `### Due for ${commit}\n\n${due(plan)}`,
    waiting.length === 0 ? "" : `\n### Waiting\n\n${markdownTable(["channel", "change", "gate"], waiting)}`,
  ].join("")
}

function due(plan: Plan): string {
  const rows = planRows(plan)
  const catalog = plan.catalog === undefined ? "" : `\nThe catalog is written again: ${plan.catalog}.\n`
  return `${rows.length === 0 ? "" : markdownTable(["step", "of", "what happens"], rows)}${catalog}`
}

function markdownTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const more = rows.length - SHOWN
  const lines = [head, head.map(() => "---"), ...rows.slice(0, SHOWN).map(row => row.map(cellText))]
  return `${lines.map(cells => `| ${cells.join(" | ")} |\n`).join("")}${more > 0 ? `\nand ${counted(more, "row")} more\n` : ""}`
}

/** Text of other people, as text: no cell ends early, nothing becomes a link, an image, HTML or a mention. */
function cellText(text: string): string {
  return text
    .replaceAll(/[\\`*_{}[\]()<>#!|~@&]/g, "\\$&")
    .replaceAll(/:\/\/|www\./g, address => `&#${address.charCodeAt(0)};${address.slice(1)}`) // GitHub makes links of bare addresses
    .replaceAll(/\s+/g, " ")
}
