import { homedir } from "node:os"
import { join } from "node:path"
import type { Notebook } from "../app/notebook.ts"
import type { World } from "../app/world.ts"
import { readWorkflowRun } from "../domain/forge/workflow-run.ts"
import type { HealthFact } from "../domain/rollout/health.ts"
import { instantOf, pathOf, type RepositoryOptions } from "./command.ts"
import { readNamedFile } from "./files.ts"
import type { Io } from "./io.ts"
import { environmentKeyring } from "./keyring.ts"
import { terminalReporter } from "./reporter.ts"

/** Joins the ports of one bundle repository to the disk, git and the environment. */
export async function openWorld(options: RepositoryOptions<string>, io: Io): Promise<World> {
  const directory = pathOf(options.repo, io)
  const [{ gitWorkspace }, { githubAccess }, { gitHistory }, forge, { loadPlatforms }] = await Promise.all([
    import("../adapters/workspace-git.ts"),
    import("../adapters/github/access.ts"),
    import("../adapters/history-git.ts"),
    import("./forge.ts"),
    import("../adapters/platform-catalogue.ts"),
  ])
  const platforms = await loadPlatforms()
  const run = readWorkflowRun(io.env)
  const [workspace, reporter] = [gitWorkspace(directory), terminalReporter(io)]
  const github = await githubAccess(io.env)
  return {
    workspace,
    ledger: forge.openLedger(workspace, directory, github, reporter),
    releases: target => forge.openReleases(target, directory, github, instantOf(options, io)),
    history: gitHistory(directory),
    approvals: (policy, target, keys) => forge.openApprovals(policy, target, keys, directory, github, io),
    keyring: environmentKeyring(io.env, platforms),
    platforms,
    reporter,
    health: await healthFacts(options.health, io),
    now: instantOf(options, io),
    ...(run === undefined ? {} : { run }),
  }
}

/** Notes that make the next run faster; for verbs that write nothing. XDG Base Directory Specification. */
export async function openNotes(options: RepositoryOptions<string>, io: Io): Promise<Notebook> {
  const [{ openNotebook }, { notesDirectory }] = await Promise.all([
    import("../app/notebook.ts"),
    import("../adapters/notes-directory.ts"),
  ])
  const caches = io.env["XDG_CACHE_HOME"] ?? join(io.env["HOME"] ?? homedir(), ".cache")
  return openNotebook(notesDirectory(join(caches, "scb"), pathOf(options.repo, io)))
}

async function healthFacts(file: string | undefined, io: Io): Promise<readonly HealthFact[]> {
  if (file === undefined) return []
  const { parseHealthFacts } = await import("../schema/health.ts")
  return parseHealthFacts(await readNamedFile(file, io))
}
