import type { Command } from "commander"
import { type EditOptions, editVerb, runEdit } from "../edit.ts"
import type { Invocation } from "../invocation.ts"

export function retryVerb(invocation: Invocation): Command {
  return editVerb("retry", "let a version that has failed be tried again", [
    'scb retry payments-prod/checkout@1.5.0 --reason "the firewall is open now"',
  ])
    .argument("<bundle@version>", "<cluster>/<bundle>@<version>")
    .requiredOption("--reason <text>", "what is other now; each failure wants another one")
    .action(async (target: string, options: EditOptions & { readonly reason: string }) => {
      const { retry } = await import("../../app/edits/retry.ts")
      await runEdit(retry({ target, reason: options.reason }), options, invocation)
    })
}
