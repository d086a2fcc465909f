import type { Command } from "commander"
import type { World } from "../../app/world.ts"
import type { AuthorizationDecision } from "../../domain/authorization/decision.ts"
import { type ErrorCode, ScbError } from "../../domain/errors.ts"
import type { ChangeCheck } from "../../domain/forge/change-check.ts"
import { renderAnnotations } from "../../render/annotations.ts"
import { renderCheckJson, renderCheckText } from "../../render/check.ts"
import { CHECK_MARKER, renderCheckComment } from "../../render/check-comment.ts"
import { healthOption, type RepositoryOptions, repositoryVerb, styleOf } from "../command.ts"
import { EXIT } from "../exit-codes.ts"
import { mentionFindings } from "../findings.ts"
import { type Invocation, UsageError } from "../invocation.ts"
import { addToStepSummary } from "../step-summary.ts"
import { openWorld } from "../world.ts"

interface Options extends RepositoryOptions<"text" | "json" | "markdown"> {
  readonly base?: string
  readonly pullRequest?: string
  readonly comment?: boolean
  readonly annotations?: boolean
}

export function checkVerb(invocation: Invocation): Command {
  return repositoryVerb(
    "check",
    "tell what merging HEAD would do, whom it concerns and who has to approve it; writes one comment if asked to",
    [
      "scb check",
      "scb check --base origin/main --format markdown",
      "scb check --annotations              # findings beside the lines, in a GitHub workflow",
      "scb check --comment                  # on its pull request; the same comment every time",
      "scb check --format json | jq '.authorization.decision.quorums'",
    ],
    ["text", "json", "markdown"],
  )
    .option("--base <ref>", "what it is to be merged into (default: the base of the pull request, or main)")
    .option("--pull-request <number>", "where it is discussed (default: of the workflow's own run)")
    .option("--comment", "write what --format markdown prints as a comment there; needs GITHUB_TOKEN")
    .option("--annotations", "print findings as workflow commands of GitHub Actions instead of text")
    .addOption(healthOption())
    .addHelpText("after", "\nWith GITHUB_STEP_SUMMARY set, the Markdown is added there, too.")
    .action(async (options: Options) => {
      const { io } = invocation
      const { checkChange } = await import("../../app/check.ts")
      const world = await openWorld(options, io)
      const pullRequest = pullRequestOf(options, invocation)
      const check = await checkChange(world, {
        base: await baseOf(options, world, invocation),
        ...(pullRequest === undefined ? {} : { pullRequest }),
      })
      const markdown = renderCheckComment(check)
      if (options.annotations === true) io.stderr(renderAnnotations(check.findings))
      else mentionFindings(check.findings, invocation)
      if (pullRequest !== undefined && isUnjudged(check)) invocation.exitCode = EXIT.world
      if (isRefused(check)) invocation.exitCode = EXIT.findings
      await addToStepSummary(markdown, io)
      if (options.comment === true) await comment(markdown, pullRequest, invocation)
      io.stdout(printed(check, markdown, options, invocation))
    })
}

function printed(check: ChangeCheck, markdown: string, { format }: Options, { io }: Invocation): string {
  switch (format) {
    case "text":
      return renderCheckText(check, styleOf(io))
    case "json":
      return renderCheckJson(check)
    case "markdown":
      return markdown
  }
}

/** Approvals come later, and are no fault of the change; all else that refuses it is. */
function isRefused({ findings, authorization }: ChangeCheck): boolean {
  const decision = authorization.known ? authorization.value : undefined
  return findings.some(({ severity }) => severity === "error") || (decision !== undefined && !canBeApproved(decision))
}

const OUTAGES: readonly ErrorCode[] = ["forge-unreachable", "forge-limited", "forge-refused", "token-missing"]

/** Somebody did not answer: of a pull request whose check is green, people believe that it was looked at. */
function isUnjudged({ effect, authorization }: ChangeCheck): boolean {
  return [effect, authorization].some(each => !each.known && each.code !== undefined && OUTAGES.includes(each.code))
}

function canBeApproved({ refusals }: AuthorizationDecision): boolean {
  return refusals.every(({ code }) => code === "quorum-missing" || code === "changes-requested")
}

/** What GITHUB_REF says in a run for a pull request, and in one for the newest of a merge queue. */
const PULL = /^refs\/pull\/(\d+)\//
const QUEUE = /^refs\/heads\/gh-readonly-queue\/.+\/pr-(\d+)-[0-9a-f]+$/

function pullRequestOf({ pullRequest }: Options, { io }: Invocation): number | undefined {
  const ref = io.env["GITHUB_REF"] ?? ""
  const text = pullRequest ?? (PULL.exec(ref) ?? QUEUE.exec(ref))?.[1]
  if (text === undefined) return undefined
  if (/^[1-9]\d{0,9}$/.test(text)) return Number(text)
  throw new UsageError(`--pull-request: expected a number, got ${JSON.stringify(text)}`)
}

async function baseOf({ base }: Options, { history }: World, { io }: Invocation): Promise<string> {
  if (base !== undefined) return base
  const [below] = QUEUE.test(io.env["GITHUB_REF"] ?? "") ? (await history.find("HEAD")).parents : []
  if (below !== undefined) return below // others of the queue lie between it and main
  const branch = io.env["GITHUB_BASE_REF"] || "main"
  try {
    return (await history.find(`origin/${branch}`)).id
  } catch (error) {
    if (error instanceof ScbError && error.code === "not-found") return branch
    throw error
  }
}

/** A token that may not write, as that of a fork's pull request, is no reason to fail: the summary says the same. */
async function comment(markdown: string, pullRequest: number | undefined, { io }: Invocation): Promise<void> {
  if (pullRequest === undefined) {
    throw new UsageError("--comment: expected a pull request", { hint: "name one with --pull-request" })
  }
  const [{ keepComment }, { openForum }] = await Promise.all([import("../../app/posts.ts"), import("../forum.ts")])
  try {
    const kept = await keepComment(await openForum(io), pullRequest, CHECK_MARKER, markdown)
    io.stderr(`comment on #${pullRequest}: ${kept}\n`)
  } catch (error) {
    if (!(error instanceof ScbError) || error.code !== "forge-refused") throw error
    io.stderr(`no comment on #${pullRequest}: ${error.message}\n`)
  }
}
