import type { Command } from "commander"
import { type EditOptions, editVerb, runEdit } from "../edit.ts"
import type { Invocation } from "../invocation.ts"

interface Options extends EditOptions {
  readonly channel: string
  readonly to?: string
  readonly reason: string
}

export function rollbackVerb(invocation: Invocation): Command {
  return editVerb("rollback", "take a channel back to the version before, and hold it there", [
    'scb rollback payments-prod/checkout --reason "timeouts, INC-7"',
    'scb rollback payments-prod/checkout --channel candidate --to 1.4.2 --reason "timeouts, INC-7"',
  ])
    .argument("<bundle>", "<cluster>/<bundle>")
    .option("--channel <name>", "which one", "stable")
    .option("--to <version>", "an older one that is good (default: where the channel was before)")
    .requiredOption("--reason <text>", "why")
    .action(async (bundle: string, options: Options) => {
      const { rollback } = await import("../../app/edits/rollback.ts")
      const { channel, to, reason } = options
      const edit = rollback({ bundle, channel, reason, ...(to === undefined ? {} : { to }) })
      await runEdit(edit, options, invocation)
    })
}
