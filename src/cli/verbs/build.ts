import { mkdir } from "node:fs/promises"
import { join } from "node:path"
import type { Command } from "commander"
import { renderBuildJson, renderBuildText } from "../../render/apply.ts"
import { healthOption, pathOf, type RepositoryOptions, repositoryVerb, requireArrived, styleOf } from "../command.ts"
import { mentionFailures } from "../failure.ts"
import { mentionFindings } from "../findings.ts"
import type { Invocation } from "../invocation.ts"
import { openWorld } from "../world.ts"
import { KEYS } from "./apply.ts"

interface Options extends RepositoryOptions {
  readonly out: string
}

/** Beside the staged releases. It is written last: a folder without it holds no finished build. */
export const BUILD_FILE = "build.json"

export function buildVerb(invocation: Invocation): Command {
  return repositoryVerb("build", "carry out the plan as far as keys are needed, into a folder that publish takes on", [
    "scb build --out build",
    "scb build --out build && scb publish --from build",
  ])
    .addOption(healthOption())
    .requiredOption("--out <dir>", "where the encrypted releases, the signed ledger commit and the signed catalog go")
    .addHelpText("after", KEYS)
    .action(async (options: Options) => {
      const { io } = invocation
      const [
        { planChange },
        { buildChange, failedReleases },
        { buildDocument, stageCatalog },
        { formatBuild },
        { writeFileAtomically },
      ] = await Promise.all([
        import("../../app/plan.ts"),
        import("../../app/build.ts"),
        import("../../app/publish-build.ts"),
        import("../../schema/documents.ts"),
        import("../../adapters/atomic-files.ts"),
      ])
      const world = await openWorld(options, io)
      requireArrived(world.now, io)
      const change = await planChange(world)
      mentionFindings(change.findings, invocation)
      const folder = pathOf(options.out, io)
      await mkdir(folder, { recursive: true })
      const staged = world.releases({ kind: "directory", path: folder })
      const built = await buildChange(world, change, staged)
      if (built.catalog !== undefined) await stageCatalog(built.catalog, staged)
      await writeFileAtomically(join(folder, BUILD_FILE), formatBuild(buildDocument(built)), 0o644)
      mentionFindings(built.findings, invocation)
      const failed = failedReleases(change.plan, built.failures)
      mentionFailures(failed, invocation)
      io.stdout(
        options.format === "json"
          ? renderBuildJson(change.plan, failed, change.findings)
          : renderBuildText(change.plan, failed, options.out, styleOf(io)),
      )
    })
}
