import type { Command } from "commander"
import { renderChangelog, renderChangelogJson } from "../../render/changelog.ts"
import { type RepositoryOptions, repositoryVerb } from "../command.ts"
import { type Invocation, UsageError } from "../invocation.ts"
import { versionReference } from "../version-reference.ts"
import { openWorld } from "../world.ts"

export function changelogVerb(invocation: Invocation): Command {
  return repositoryVerb(
    "changelog",
    "write the story of a bundle from the ledger: every version, what changed, who had to act",
    ["scb changelog payments-prod/checkout > CHANGELOG.md", "scb changelog payments-prod/checkout --format json"],
    ["markdown", "json"],
  )
    .argument("<cluster/bundle>", "full name of the bundle")
    .action(async (name: string, options: RepositoryOptions<"markdown" | "json">) => {
      const reference = versionReference(name)
      if (reference === undefined || reference.version !== undefined)
        throw new UsageError(`expected <cluster>/<bundle>, got ${JSON.stringify(name)}`)
      const { readChangelog } = await import("../../app/changelog.ts")
      const entries = await readChangelog(await openWorld(options, invocation.io), reference.bundle)
      const render = options.format === "json" ? renderChangelogJson : renderChangelog
      invocation.io.stdout(render(reference.bundle, entries))
    })
}
