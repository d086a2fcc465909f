import type { Command } from "commander"
import { type EditOptions, editVerb, runEdit } from "../edit.ts"
import type { Invocation } from "../invocation.ts"

interface Options extends EditOptions {
  readonly from?: string
  readonly replacement?: string
  readonly reason?: string
}

export function deprecateVerb(invocation: Invocation): Command {
  return editVerb(
    "deprecate",
    "announce that a version is on its way out; the lifecycle policy says how long it takes",
    [
      "scb deprecate payments-prod/checkout@1.3.0",
      'scb deprecate payments-prod/checkout@1.3.0 --from 2026-12-01 --replacement 1.4.2 --reason "old host"',
    ],
  )
    .argument("<bundle@version>", "<cluster>/<bundle>@<version>")
    .option("--from <instant>", "today or later (default: today)")
    .option("--replacement <version>", "where to go (default: the newest that is good)")
    .option("--reason <text>", "why (default: superseded)")
    .action(async (target: string, options: Options) => {
      const { deprecate } = await import("../../app/edits/deprecate.ts")
      const { from, replacement, reason } = options
      const more = {
        ...(from === undefined ? {} : { from }),
        ...(replacement === undefined ? {} : { replacement }),
        ...(reason === undefined ? {} : { reason }),
      }
      await runEdit(deprecate({ target, ...more }), options, invocation)
    })
}
