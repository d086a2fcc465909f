import type { Command } from "commander"
import { renderStatusJson, renderStatusText } from "../../render/status.ts"
import { formatOption, nowOption, type RepositoryOptions, repositoryOption, styleOf, verb } from "../command.ts"
import { mentionFindings } from "../findings.ts"
import type { Invocation } from "../invocation.ts"
import { openWorld } from "../world.ts"

interface Options extends RepositoryOptions {
  readonly format: "text" | "json"
}

export function statusVerb(invocation: Invocation): Command {
  return verb("status", "list every bundle: its versions, channels, expiry, and what is due", [
    "scb status",
    "scb status --now 2027-03-01",
    "scb status --format json | jq '.bundles[] | {bundle, due}'",
  ])
    .addOption(repositoryOption())
    .addOption(formatOption())
    .addOption(nowOption())
    .action(async (options: Options) => {
      const { readStatus } = await import("../../app/status.ts")
      const { io } = invocation
      const world = await openWorld(options, io)
      const status = await readStatus(world)
      mentionFindings(status.findings, invocation)
      io.stdout(options.format === "json" ? renderStatusJson(status) : renderStatusText(status, world.now, styleOf(io)))
    })
}
