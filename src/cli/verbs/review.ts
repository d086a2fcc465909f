import type { Command } from "commander"
import { type EditOptions, editVerb, runEdit } from "../edit.ts"
import type { Invocation } from "../invocation.ts"

interface Options extends EditOptions {
  readonly by: readonly string[]
  readonly reason?: string
}

export function reviewVerb(invocation: Invocation): Command {
  return editVerb("review", "say who has looked at a version, where the quality policy wants somebody to", [
    "scb review payments-prod/checkout@2.0.0 --by alice",
    'scb review payments-prod/checkout@2.0.0 --by alice bob --reason "agreed with the application"',
  ])
    .argument("<bundle@version>", "<cluster>/<bundle>@<version>; also the number that comes next")
    .requiredOption("--by <name...>", "persons of policies/people.yaml")
    .option("--reason <text>", "what they found")
    .action(async (target: string, options: Options) => {
      const { review } = await import("../../app/edits/review.ts")
      const { by, reason } = options
      await runEdit(review({ target, by, ...(reason === undefined ? {} : { reason }) }), options, invocation)
    })
}
