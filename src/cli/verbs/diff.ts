import { type Command, Option } from "commander"
import type { Differences } from "../../domain/versions/comparison.ts"
import { renderDiffJson, renderDiffText, renderGuide } from "../../render/diff.ts"
import { type RepositoryOptions, repositoryVerb, styleOf } from "../command.ts"
import { readNamedFile } from "../files.ts"
import { type Invocation, UsageError } from "../invocation.ts"
import { versionReference } from "../version-reference.ts"
import { openWorld } from "../world.ts"

interface Options extends RepositoryOptions<"text" | "json" | "markdown"> {
  readonly commits?: true
}

export function diffVerb(invocation: Invocation): Command {
  return repositoryVerb(
    "diff",
    "explain what is other in a version, a commit or a file: its class, what it means, who must act",
    [
      "scb diff payments-prod/checkout@1.2.0 payments-prod/checkout@1.3.0",
      "scb diff payments-prod/checkout@1.2.0      # and what the working tree asks for",
      "scb diff payments-prod/checkout            # the same for the newest version",
      "scb diff --commits origin/main my-branch   # every bundle that differs",
      "scb diff old.zip new.zip                   # proves a renewal without the repository",
      "scb diff payments-prod/checkout@1.2.0 payments-prod/checkout@2.0.0 --format markdown > MIGRATION.md",
    ],
    ["text", "json", "markdown"],
  )
    .argument("<from>", "<cluster>/<bundle>@<version>, a file, or a commit")
    .argument("[to]", "the same (default: the working tree, or HEAD)")
    .addOption(new Option("--commits", "from and to are commits, branches or tags"))
    .addHelpText("after", "\n--format markdown writes a migration guide: what to do, in which order, driver by driver.")
    .action(async (from: string, to: string | undefined, options: Options) => {
      const { io } = invocation
      const differences = await differencesOf(from, to, options, invocation)
      if (options.format === "json") io.stdout(renderDiffJson(differences))
      else if (options.format === "markdown") io.stdout(renderGuide(differences))
      else io.stdout(renderDiffText(differences, styleOf(io)))
    })
}

async function differencesOf(
  from: string,
  to: string | undefined,
  options: Options,
  { io }: Invocation,
): Promise<Differences> {
  const { diffCommits, diffFiles, diffVersions, diffWorkingTree } = await import("../../app/diff.ts")
  if (options.commits) return diffCommits(await openWorld(options, io), from, to ?? "HEAD")
  const [first, second] = [versionReference(from), to === undefined ? undefined : versionReference(to)]
  if (first === undefined) {
    if (to === undefined || second !== undefined) throw mixed()
    const { loadPlatforms } = await import("../../adapters/platform-catalogue.ts")
    const [before, after] = [await readNamedFile(from, io), await readNamedFile(to, io)]
    const comparison = diffFiles({ name: from, zip: before }, { name: to, zip: after }, loadPlatforms())
    return { comparisons: [comparison], gone: [], added: [] }
  }
  const world = await openWorld(options, io)
  if (to === undefined) return diffWorkingTree(world, first)
  if (second === undefined) throw mixed()
  return diffVersions(world, first, second)
}

function mixed(): UsageError {
  return new UsageError("expected two versions, two files, one version, or two commits", {
    hint: "a version is <cluster>/<bundle>@1.2.0; commits need --commits",
  })
}
