import type { Command } from "commander"
import { renderPublishedJson, renderPublishedText } from "../../render/published-status.ts"
import { renderStatusJson, renderStatusText } from "../../render/status.ts"
import { formatOption, healthOption, type RepositoryOptions, styleOf, verb } from "../command.ts"
import { mentionFindings } from "../findings.ts"
import { type Invocation, UsageError } from "../invocation.ts"
import { publishedSource, type SourceOptions, sourceOptions } from "../published-source.ts"
import { versionReference } from "../version-reference.ts"
import { openWorld } from "../world.ts"

type Options = RepositoryOptions & SourceOptions

export function statusVerb(invocation: Invocation): Command {
  const command = verb("status", "list every bundle: its versions, channels, expiry, and what is due", [
    "scb status",
    "scb status --now 2027-03-01",
    "scb status --format json | jq '.bundles[] | {bundle, due}'",
    "scb status payments-prod/checkout       # one bundle, as its users see it: from the published catalog",
    "scb status payments-prod/checkout --from /mnt/releases --trust release.asc",
  ]).argument("[cluster/bundle]", "one bundle, with all its versions")
  for (const option of sourceOptions()) command.addOption(option)
  return command
    .addOption(formatOption())
    .addOption(healthOption())
    .action((name: string | undefined, options: Options) =>
      name === undefined ? showRepository(options, invocation) : showBundle(name, options, invocation),
    )
}

async function showRepository(options: Options, invocation: Invocation): Promise<void> {
  if ((options.from ?? options.trust) !== undefined)
    throw new UsageError("--from and --trust are for one bundle", { hint: "scb status <cluster>/<bundle> --from …" })
  const { readStatus } = await import("../../app/status.ts")
  const { io } = invocation
  const world = await openWorld(options, io)
  const status = await readStatus(world)
  mentionFindings(status.findings, invocation)
  io.stdout(options.format === "json" ? renderStatusJson(status) : renderStatusText(status, world.now, styleOf(io)))
}

async function showBundle(name: string, options: Options, { io }: Invocation): Promise<void> {
  const reference = versionReference(name)
  if (reference === undefined || reference.version !== undefined)
    throw new UsageError(`expected <cluster>/<bundle>, got ${JSON.stringify(name)}`)
  const { readBundleStatus } = await import("../../app/bundle-status.ts")
  const source = await publishedSource(options, io)
  const status = await readBundleStatus(source, reference.bundle)
  io.stdout(
    options.format === "json" ? renderPublishedJson(status) : renderPublishedText(status, source.now, styleOf(io)),
  )
}
