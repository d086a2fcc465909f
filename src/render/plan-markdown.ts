import { isEmpty, type Plan } from "../domain/plan/plan.ts"
import { code, prose, rows } from "./markdown.ts"
import { type PlanContext, planRows } from "./plan.ts"
import { waitRows } from "./waits.ts"

/** What would happen, for the summary of a job: a table of what is due, then what waits for what. */
export function renderPlanMarkdown(plan: Plan, { waits = [] }: PlanContext = {}): string {
  const commit = code(plan.commit.slice(0, 12))
  const due = cellsOf(planRows(plan))
  const waiting = cellsOf(waitRows(waits).map(([, ...cells]) => cells))
  const parts = [
    isEmpty(plan) ? `### Nothing to do for ${commit}` : `### Due for ${commit}`,
    due.length === 0 ? "" : rows(["step", "of", "what happens"], due, "steps"),
    plan.catalog === undefined ? "" : `The catalog is written again: ${plan.catalog}.`,
    waiting.length === 0 ? "" : "### Waiting",
    waiting.length === 0 ? "" : rows(["channel", "change", "gate"], waiting, "gates"),
  ]
  return `${parts.filter(part => part !== "").join("\n\n")}\n`
}

function cellsOf(lines: readonly (readonly string[])[]): readonly (readonly string[])[] {
  return lines.map(cells => cells.map(prose))
}
