import type { Command } from "commander"
import { type EditOptions, editVerb, runEdit } from "../edit.ts"
import type { Invocation } from "../invocation.ts"

interface Options extends EditOptions {
  readonly to?: string
  readonly reason: string
  readonly until?: string
}

export function promoteVerb(invocation: Invocation): Command {
  return editVerb("promote", "let a channel go on: lift its hold, or open the gates that it waits for", [
    'scb promote payments-prod/checkout stable --reason "soaked in staging for a week"',
    'scb promote payments-prod/checkout stable --to 1.5.0 --reason "INC-9" --until 2026-12-01',
  ])
    .argument("<bundle>", "<cluster>/<bundle>")
    .argument("<channel>", "e.g. stable")
    .option("--to <version>", "only if this is what it waits for")
    .requiredOption("--reason <text>", "why")
    .option("--until <instant>", "how long gates stay open (default: a day, or what the rollout policy allows)")
    .action(async (bundle: string, channel: string, options: Options) => {
      const { promote } = await import("../../app/edits/promote.ts")
      const { to, reason, until } = options
      const more = { ...(to === undefined ? {} : { to }), ...(until === undefined ? {} : { until }) }
      await runEdit(promote({ bundle, channel, reason, ...more }), options, invocation)
    })
}
