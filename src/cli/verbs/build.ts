import type { Command } from "commander"
import { renderPlanJson, renderPlanText } from "../../render/plan.ts"
import { formatOption, nowOption, pathOf, type RepositoryOptions, repositoryOption, styleOf, verb } from "../command.ts"
import { mentionFindings } from "../findings.ts"
import type { Invocation } from "../invocation.ts"
import { openWorld } from "../world.ts"
import { KEYS } from "./apply.ts"

interface Options extends RepositoryOptions {
  readonly format: "text" | "json"
  readonly out: string
}

export function buildVerb(invocation: Invocation): Command {
  return verb("build", "carry out the plan as far as keys are needed, into a folder that publish takes on", [
    "scb build --out build",
    "scb build --out build && scb publish --from build",
  ])
    .addOption(repositoryOption())
    .requiredOption("--out <dir>", "where the encrypted releases, the signed ledger commit and the signed catalog go")
    .addOption(formatOption())
    .addOption(nowOption())
    .addHelpText("after", KEYS)
    .action(async (options: Options) => {
      const { io } = invocation
      const [{ planChange }, { buildChange }, { writeBuild }] = await Promise.all([
        import("../../app/plan.ts"),
        import("../../app/build.ts"),
        import("../../adapters/build-directory.ts"),
      ])
      const world = await openWorld(options, io)
      const change = await planChange(world)
      mentionFindings(change.findings, invocation)
      const folder = pathOf(options.out, io)
      await writeBuild(folder, await buildChange(world, change, world.releases(folder)))
      io.stdout(options.format === "json" ? renderPlanJson(change.plan) : renderPlanText(change.plan, styleOf(io)))
    })
}
