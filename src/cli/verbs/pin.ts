import type { Command } from "commander"
import { type EditOptions, editVerb, runEdit } from "../edit.ts"
import type { Invocation } from "../invocation.ts"

interface Options extends EditOptions {
  readonly reason: string
  readonly until?: string
}

export function pinVerb(invocation: Invocation): Command {
  return editVerb("pin", "hold a channel at a version, whatever automation would do", [
    'scb pin payments-prod/checkout stable 1.4.2 --reason "audit" --until 2026-12-01',
    'scb pin payments-prod/checkout stable 1.4.2 --reason "audit" --commit',
  ])
    .argument("<bundle>", "<cluster>/<bundle>")
    .argument("<channel>", "e.g. stable")
    .argument("<version>", "one that is good")
    .requiredOption("--reason <text>", "why")
    .option("--until <instant>", "when the hold ends by itself")
    .action(async (bundle: string, channel: string, version: string, options: Options) => {
      const { pin } = await import("../../app/edits/pin.ts")
      const { reason, until } = options
      const edit = pin({ bundle, channel, version, reason, ...(until === undefined ? {} : { until }) })
      await runEdit(edit, options, invocation)
    })
}

export function unpinVerb(invocation: Invocation): Command {
  return editVerb("unpin", "lift the hold of a channel: it follows again", [
    "scb unpin payments-prod/checkout stable",
    'scb unpin payments-prod/checkout stable --reason "1.4.3 is out" --commit',
  ])
    .argument("<bundle>", "<cluster>/<bundle>")
    .argument("<channel>", "e.g. stable")
    .option("--reason <text>", "why, for the commit")
    .action(async (bundle: string, channel: string, options: EditOptions & { readonly reason?: string }) => {
      const { unpin } = await import("../../app/edits/pin.ts")
      const { reason } = options
      await runEdit(unpin({ bundle, channel, ...(reason === undefined ? {} : { reason }) }), options, invocation)
    })
}
