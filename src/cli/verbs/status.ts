import type { Command } from "commander"
import { renderStatusJson, renderStatusText } from "../../render/status.ts"
import { healthOption, type RepositoryOptions, repositoryVerb, styleOf } from "../command.ts"
import { mentionFindings } from "../findings.ts"
import type { Invocation } from "../invocation.ts"
import { openWorld } from "../world.ts"

export function statusVerb(invocation: Invocation): Command {
  return repositoryVerb("status", "list every bundle: its versions, channels, expiry, and what is due", [
    "scb status",
    "scb status --now 2027-03-01",
    "scb status --format json | jq '.bundles[] | {bundle, due}'",
  ])
    .addOption(healthOption())
    .action(async (options: RepositoryOptions) => {
      const { readStatus } = await import("../../app/status.ts")
      const { io } = invocation
      const world = await openWorld(options, io)
      const status = await readStatus(world)
      mentionFindings(status.findings, invocation)
      io.stdout(options.format === "json" ? renderStatusJson(status) : renderStatusText(status, world.now, styleOf(io)))
    })
}
