import type { Command } from "commander"
import { renderAuthorizationJson, renderAuthorizationText } from "../../render/authorization.ts"
import { type RepositoryOptions, repositoryVerb, styleOf } from "../command.ts"
import { EXIT } from "../exit-codes.ts"
import { type Invocation, UsageError } from "../invocation.ts"
import { openWorld } from "../world.ts"

interface Options extends RepositoryOptions {
  readonly all?: boolean
  readonly recorded?: boolean
}

export function authorizeVerb(invocation: Invocation): Command {
  return repositoryVerb(
    "authorize",
    "explain whether a commit of main may be acted on: who approved, who has to, why not",
    [
      "scb authorize                       # HEAD",
      "scb authorize 1f0c2d3e4a5b",
      "scb authorize --all                 # every commit since the last one that was acted on",
      "scb authorize --recorded            # audit: all that was acted on, by what the ledger has kept alone",
    ],
  )
    .argument("[commit]", "a commit of the line of first parents (default: HEAD)")
    .option("--all", "all since the one up to which the ledger has them authorised")
    .option("--recorded", "judge by the evidence in the ledger, and ask nobody else")
    .action(async (commit: string | undefined, options: Options) => {
      const { io } = invocation
      if (options.all === true && (commit !== undefined || options.recorded === true)) {
        throw new UsageError("--all: expected neither a commit nor --recorded with it")
      }
      const { explainCommit, explainPending, explainRecorded } = await import("../../app/explain-authorization.ts")
      const world = await openWorld(options, io)
      const decisions =
        options.recorded === true
          ? await explainRecorded(world, commit)
          : options.all === true
            ? await explainPending(world)
            : await explainCommit(world, commit ?? "HEAD")
      if (decisions.some(({ verdict }) => verdict === "refused")) invocation.exitCode = EXIT.findings
      io.stdout(
        options.format === "json"
          ? renderAuthorizationJson(decisions)
          : renderAuthorizationText(decisions, styleOf(io)),
      )
    })
}
