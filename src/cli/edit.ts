import type { Command } from "commander"
import type { EditMode } from "../app/edits/edit.ts"
import type { Edit } from "../app/edits/proposal.ts"
import { renderEditJson, renderEditText } from "../render/edit.ts"
import { healthOption, pathOf, type RepositoryOptions, repositoryVerb, styleOf } from "./command.ts"
import { EXIT } from "./exit-codes.ts"
import { mentionFindings } from "./findings.ts"
import { type Invocation, UsageError } from "./invocation.ts"
import { openWorld } from "./world.ts"

export interface EditOptions extends RepositoryOptions {
  readonly dryRun?: boolean
  readonly commit?: boolean
  readonly branch?: string
  readonly message?: string
}

/** A verb that changes what is asked for, and nothing else. */
export function editVerb(name: string, summary: string, examples: readonly string[]): Command {
  return repositoryVerb(name, summary, examples)
    .addOption(healthOption())
    .option("--dry-run", "show the change and what would follow, and write nothing")
    .option("--commit", "commit it on a new branch, on top of HEAD; the working tree stays as it is")
    .option("--branch <name>", "with --commit: the branch (default: made from what is done)")
    .option("--message <text>", "with --commit: the message (default: what is done, and why)")
}

/** Shows what an edit changes, judges and plans the result, and writes it unless something is wrong with it. */
export async function runEdit(make: Edit, options: EditOptions, invocation: Invocation): Promise<void> {
  const { io } = invocation
  const mode = modeOf(options)
  const [{ edit }, { Refusal }, { gitIntent }] = await Promise.all([
    import("../app/edits/edit.ts"),
    import("../app/edits/proposal.ts"),
    import("../adapters/intent-git.ts"),
  ])
  const intent = gitIntent({ directory: pathOf(options.repo, io), env: io.env })
  const report = await edit(await openWorld(options, io), intent, make, mode).catch((error: unknown) => {
    if (!(error instanceof Refusal)) throw error
    throw new UsageError(error.message, error.hint === undefined ? {} : { hint: error.hint })
  })
  mentionFindings(report.findings, invocation)
  if (report.outcome === "refused") invocation.exitCode = EXIT.findings
  io.stdout(options.format === "json" ? renderEditJson(report) : renderEditText(report, styleOf(io)))
}

function modeOf({ dryRun, commit, branch, message }: EditOptions): EditMode {
  if (commit !== true && (branch ?? message) !== undefined) {
    throw new UsageError("--branch and --message: expected --commit with them")
  }
  if (branch !== undefined && !isBranch(branch)) {
    throw new UsageError(`--branch: expected a name for a branch of edits, got ${JSON.stringify(branch)}`)
  }
  if (dryRun === true) return { kind: "show" }
  if (commit !== true) return { kind: "write" }
  return { kind: "commit", ...(branch === undefined ? {} : { branch }), ...(message === undefined ? {} : { message }) }
}

/** Stricter than git-check-ref-format(1). The ledger's own branch holds facts. */
function isBranch(name: string): boolean {
  return (
    /^[A-Za-z0-9](?:[A-Za-z0-9._/-]{0,198}[A-Za-z0-9])?$/.test(name) &&
    !/\.\.|\/[./]|[./]\/|\.lock(?:\/|$)/.test(name) &&
    name !== "ledger"
  )
}
