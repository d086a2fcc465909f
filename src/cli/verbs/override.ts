import type { Command } from "commander"
import { PROMOTION_GATES } from "../../domain/rollout/gates.ts"
import { type EditOptions, editVerb, runEdit } from "../edit.ts"
import type { Invocation } from "../invocation.ts"

interface Options extends EditOptions {
  readonly until?: string
  readonly reason: string
}

export function overrideVerb(invocation: Invocation): Command {
  return editVerb("override", "open a gate of a bundle by hand, for a reason and a time", [
    'scb override payments-prod/checkout freeze --reason "INC-31" --until 2026-12-24T12:00:00Z',
  ])
    .argument("<bundle>", "<cluster>/<bundle>")
    .argument("<gate>", PROMOTION_GATES.join(", "))
    .option("--until <instant>", "when it closes again (default: in a day, or what the rollout policy allows)")
    .requiredOption("--reason <text>", "why")
    .action(async (bundle: string, gate: string, options: Options) => {
      const { override } = await import("../../app/edits/override.ts")
      const { until, reason } = options
      await runEdit(override({ bundle, gate, reason, ...(until === undefined ? {} : { until }) }), options, invocation)
    })
}
