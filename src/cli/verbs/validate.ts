import type { Command } from "commander"
import { type RepositoryOptions, repositoryVerb } from "../command.ts"
import { FINDING_FORMATS, type FindingFormat, printFindings } from "../findings.ts"
import type { Invocation } from "../invocation.ts"
import { openWorld } from "../world.ts"

export function validateVerb(invocation: Invocation): Command {
  return repositoryVerb(
    "validate",
    "check every YAML file and all that it points at, as it lies on disk",
    [
      "scb validate",
      "scb validate --repo ../bundles --format json",
      "scb validate --format github      # annotations in a GitHub workflow",
      "scb validate --format sarif > findings.sarif",
    ],
    FINDING_FORMATS,
  ).action(async (options: RepositoryOptions<FindingFormat>) => {
    const { validateWorkingTree } = await import("../../app/validate.ts")
    const findings = await validateWorkingTree(await openWorld(options, invocation.io))
    printFindings(findings, options.format, invocation)
  })
}
