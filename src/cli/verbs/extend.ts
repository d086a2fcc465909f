import type { Command } from "commander"
import { type EditOptions, editVerb, runEdit } from "../edit.ts"
import type { Invocation } from "../invocation.ts"

export function extendVerb(invocation: Invocation): Command {
  return editVerb("extend", "put off the end of life of a deprecated version, in an emergency", [
    'scb extend payments-prod/checkout@1.3.0 --until 2027-03-01 --reason "INC-30: the batch cannot move yet"',
  ])
    .argument("<bundle@version>", "<cluster>/<bundle>@<version>")
    .requiredOption("--until <instant>", "the new end of life")
    .requiredOption("--reason <text>", "why")
    .action(async (target: string, options: EditOptions & { readonly until: string; readonly reason: string }) => {
      const { extend } = await import("../../app/edits/deprecate.ts")
      const { until, reason } = options
      await runEdit(extend({ target, until, reason }), options, invocation)
    })
}
