import { join } from "node:path"
import type { Command } from "commander"
import { ScbError } from "../../domain/errors.ts"
import { renderPublishJson, renderPublishText } from "../../render/apply.ts"
import { renderEstimateJson, renderEstimateText } from "../../render/estimate.ts"
import { pathOf, type RepositoryOptions, repositoryVerb, requireArrived } from "../command.ts"
import type { Invocation } from "../invocation.ts"
import { openWorld } from "../world.ts"
import { BUILD_FILE } from "./build.ts"

interface Options extends RepositoryOptions {
  readonly from: string
  readonly estimate?: boolean
}

export function publishVerb(invocation: Invocation): Command {
  return repositoryVerb(
    "publish",
    "publish what build made: releases, then the ledger, then the catalog; needs no key",
    [
      "scb publish --from build",
      "scb publish --from build --estimate    # how many requests, and how long, within GitHub's limits",
      "scb publish --from build --format json",
    ],
  )
    .requiredOption("--from <dir>", "the folder that build wrote")
    .option("--estimate", "say what it takes, in either layout, and publish nothing")
    .action(async (options: Options) => {
      const { io } = invocation
      const [{ publishBuild }, { MAXIMUM_BUILD_BYTES, parseBuild }, { readRegular }] = await Promise.all([
        import("../../app/publish-build.ts"),
        import("../../schema/documents.ts"),
        import("../../adapters/read-regular.ts"),
      ])
      const world = await openWorld(options, io)
      if (options.estimate !== true) requireArrived(world.now, io)
      const folder = pathOf(options.from, io)
      const file = join(folder, BUILD_FILE)
      const build = parseBuild(await readRegular(file, MAXIMUM_BUILD_BYTES).catch(unreadable(file)))
      const staged = world.releases({ kind: "directory", path: folder })
      if (options.estimate === true) {
        const { estimateBuild } = await import("../../app/estimate.ts")
        const estimate = await estimateBuild(world, build.plan, staged)
        io.stdout(options.format === "json" ? renderEstimateJson(estimate) : renderEstimateText(estimate))
        return
      }
      const outcome = await publishBuild(world, build, staged)
      io.stdout(options.format === "json" ? renderPublishJson(outcome) : renderPublishText(outcome))
    })
}

function unreadable(file: string): (error: NodeJS.ErrnoException) => never {
  return error => {
    if (error instanceof ScbError) throw error
    const why = error.code === "ENOENT" ? "does not exist" : `cannot be read: ${error.code}`
    throw new ScbError("not-found", `${file} ${why}`, {
      hint: "scb build --out makes it, as its last act",
      cause: error,
    })
  }
}
