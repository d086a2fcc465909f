import type { Command } from "commander"
import { renderAuthorizationJson, renderAuthorizationText } from "../../render/authorization.ts"
import { type RepositoryOptions, repositoryVerb, styleOf } from "../command.ts"
import { EXIT } from "../exit-codes.ts"
import type { Invocation } from "../invocation.ts"
import { openWorld } from "../world.ts"

interface Options extends RepositoryOptions {
  readonly base: string
}

export function approvalsVerb(invocation: Invocation): Command {
  return repositoryVerb("approvals", "who has approved what merging a branch brings, and who still has to", [
    "scb approvals add-reporting",
    "scb approvals add-reporting --format json | jq '.decisions[0].quorums'",
  ])
    .argument("[ref]", "the branch that is to be merged", "HEAD")
    .option("--base <branch>", "the branch that it is merged into", "main")
    .action(async (ref: string, options: Options) => {
      const { io } = invocation
      const { readApprovals } = await import("../../app/approvals.ts")
      const decision = await readApprovals(await openWorld(options, io), ref, options.base)
      if (decision.verdict === "refused") invocation.exitCode = EXIT.findings
      io.stdout(
        options.format === "json"
          ? renderAuthorizationJson([decision])
          : renderAuthorizationText([decision], styleOf(io)),
      )
    })
}
