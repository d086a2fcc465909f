import type { Command } from "commander"
import { renderPlanJson, renderPlanText } from "../../render/plan.ts"
import { renderPlanMarkdown } from "../../render/plan-markdown.ts"
import { healthOption, type RepositoryOptions, repositoryVerb, styleOf } from "../command.ts"
import { mentionFindings } from "../findings.ts"
import type { Invocation } from "../invocation.ts"
import { openNotes, openWorld } from "../world.ts"

const FORMATS = ["text", "json", "markdown"] as const

export function planVerb(invocation: Invocation): Command {
  return repositoryVerb(
    "plan",
    "show what apply would do: the difference between HEAD and the ledger; reads only",
    [
      "scb plan",
      "scb plan --format json | jq .steps",
      'scb plan --format markdown >> "$GITHUB_STEP_SUMMARY"',
      "scb plan --now 2027-03-01         # what would be due then",
    ],
    FORMATS,
  )
    .addOption(healthOption())
    .action(async (options: RepositoryOptions<(typeof FORMATS)[number]>) => {
      const [{ planChange }, { planImpact }] = await Promise.all([
        import("../../app/plan.ts"),
        import("../../app/impact.ts"),
      ])
      const notebook = await openNotes(options, invocation.io)
      const change = await planChange(await openWorld(options, invocation.io), notebook)
      await notebook.close()
      const { plan, findings, waits } = change
      mentionFindings(findings, invocation)
      const { io } = invocation
      const context = { waits, impact: planImpact(change) }
      switch (options.format) {
        case "text":
          return io.stdout(renderPlanText(plan, styleOf(io), context))
        case "json":
          return io.stdout(renderPlanJson(plan, findings, context))
        case "markdown":
          return io.stdout(renderPlanMarkdown(plan, context))
      }
    })
}
