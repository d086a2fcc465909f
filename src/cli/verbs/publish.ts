import type { Command } from "commander"
import { renderPublishJson, renderPublishText } from "../../render/apply.ts"
import { formatOption, nowOption, pathOf, type RepositoryOptions, repositoryOption, verb } from "../command.ts"
import type { Invocation } from "../invocation.ts"
import { openWorld } from "../world.ts"

interface Options extends RepositoryOptions {
  readonly format: "text" | "json"
  readonly from: string
}

export function publishVerb(invocation: Invocation): Command {
  return verb("publish", "publish what build made: releases, then the ledger, then the catalog; needs no key", [
    "scb publish --from build",
    "scb publish --from build --format json",
  ])
    .addOption(repositoryOption())
    .requiredOption("--from <dir>", "the folder that build wrote")
    .addOption(formatOption())
    .addOption(nowOption())
    .action(async (options: Options) => {
      const { io } = invocation
      const { publishBuild } = await import("../../app/publish-build.ts")
      const { readBuild } = await import("../../adapters/build-directory.ts")
      const world = await openWorld(options, io)
      const folder = pathOf(options.from, io)
      const outcome = await publishBuild(world, await readBuild(folder), world.releases(folder))
      io.stdout(options.format === "json" ? renderPublishJson(outcome) : renderPublishText(outcome))
    })
}
