import { type Command, Option } from "commander"
import type { ImpactReport } from "../../app/impact.ts"
import { matchesGlob } from "../../domain/revocation/selector.ts"
import { renderImpactJson, renderImpactText } from "../../render/impact.ts"
import { renderMigrationGuides } from "../../render/migration-guide.ts"
import { healthOption, type RepositoryOptions, repositoryVerb, styleOf } from "../command.ts"
import { mentionFindings } from "../findings.ts"
import { type Invocation, UsageError } from "../invocation.ts"
import { openWorld } from "../world.ts"

interface Options extends RepositoryOptions<"text" | "json" | "markdown"> {
  readonly environment?: readonly string[]
  readonly owner?: readonly string[]
}

export function impactVerb(invocation: Invocation): Command {
  return repositoryVerb(
    "impact",
    "tell who must act, which clients break, and what ends when; reads only",
    [
      "scb impact",
      "scb impact payments-prod/checkout --format markdown   # a migration guide for its users",
      "scb impact 'payments-*/*' --owner payments-team --now 2027-03-01",
      "scb impact --environment production --format json | jq '.bundles[].actions'",
    ],
    ["text", "json", "markdown"],
  )
    .argument("[bundle...]", "full names, with * for any run of characters; all, where none is given")
    .addOption(new Option("--environment <name...>", "only bundles of these environments"))
    .addOption(new Option("--owner <group...>", "only bundles of these owners"))
    .addOption(healthOption())
    .action(async (bundles: readonly string[], options: Options) => {
      const { readImpact } = await import("../../app/impact.ts")
      const { io } = invocation
      const { environment, owner } = options
      const report = await readImpact(await openWorld(options, io), {
        ...(bundles.length === 0 ? {} : { bundles }),
        ...(environment === undefined ? {} : { environments: environment }),
        ...(owner === undefined ? {} : { owners: owner }),
      })
      requireMatches(bundles, report)
      mentionFindings(report.findings, invocation)
      switch (options.format) {
        case "json":
          return io.stdout(renderImpactJson(report.impact, report.findings))
        case "markdown":
          return io.stdout(renderMigrationGuides(report.notices))
        case "text":
          return io.stdout(renderImpactText(report.impact, styleOf(io)))
      }
    })
}

/** A name with a typing error would be told that nothing happens to it. */
function requireMatches(globs: readonly string[], { declared }: ImpactReport): void {
  const stranger = globs.find(glob => !declared.some(name => matchesGlob(glob, name)))
  if (stranger === undefined) return
  const shown = declared.slice(0, 12).join(", ")
  throw new UsageError(`no bundle is called ${JSON.stringify(stranger)}`, { hint: `there are: ${shown || "none"}` })
}
