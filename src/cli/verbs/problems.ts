import type { Command } from "commander"
import type { KeptIssues } from "../../app/posts.ts"
import type { ProblemReport } from "../../app/problems.ts"
import type { ReleaseTarget } from "../../domain/policies.ts"
import type { Forge } from "../../ports.ts"
import {
  PROBLEM_FAMILY,
  problemMarker,
  renderProblemIssue,
  renderProblemsJson,
  renderProblemsText,
} from "../../render/problems.ts"
import { healthOption, instantOf, type RepositoryOptions, repositoryVerb, styleOf } from "../command.ts"
import { EXIT } from "../exit-codes.ts"
import type { Invocation } from "../invocation.ts"
import type { Io } from "../io.ts"
import { openWorld } from "../world.ts"

interface Options extends RepositoryOptions {
  readonly sync?: boolean
}

export function problemsVerb(invocation: Invocation): Command {
  return repositoryVerb(
    "problems",
    "list what stays wrong until somebody does something; keeps issues about it if asked to",
    [
      "scb problems",
      "scb problems --format json | jq '.problems[] | select(.severity == \"error\")'",
      "scb problems --sync                  # opens, updates and closes issues; needs GITHUB_TOKEN",
    ],
  )
    .option("--sync", "see to it that there is one open issue for each, and none for what is mended")
    .addOption(healthOption())
    .addHelpText("after", "\npolicies/notifications.yaml says what becomes an issue, and who is mentioned.")
    .action(async (options: Options) => {
      const { io } = invocation
      const { readProblems } = await import("../../app/problems.ts")
      const report = await readProblems(await openWorld(options, io), target => forgeOf(target, options, io))
      const kept = options.sync === true ? await sync(report, invocation) : undefined
      if (report.problems.some(({ severity }) => severity === "error")) invocation.exitCode = EXIT.findings
      io.stdout(
        options.format === "json"
          ? renderProblemsJson(report.problems, kept && { ...kept })
          : renderProblemsText(report.problems, styleOf(io)),
      )
    })
}

async function forgeOf(target: ReleaseTarget, options: Options, io: Io): Promise<Forge | undefined> {
  if (target.kind !== "github") return undefined
  const [{ githubAccess }, { openForge }] = await Promise.all([
    import("../../adapters/github/access.ts"),
    import("../forge.ts"),
  ])
  return openForge(target, await githubAccess(io.env), instantOf(options, io))
}

async function sync(report: ProblemReport, { io }: Invocation): Promise<KeptIssues> {
  const [{ keepIssues }, { openForum }] = await Promise.all([import("../../app/posts.ts"), import("../forum.ts")])
  const loginOf = (name: string) => report.policies?.people.principals.get(name)?.login
  const wanted = report.issues.map(issue => ({ marker: problemMarker(issue), ...renderProblemIssue(issue, loginOf) }))
  const kept = await keepIssues(await openForum(io), PROBLEM_FAMILY, wanted, {
    closesMended: report.complete,
    farewell: "This is no longer so.",
  })
  const { opened, updated, closed, unchanged } = kept
  io.stderr(
    `issues: ${opened.length} opened, ${updated.length} updated, ${closed.length} closed, ${unchanged} unchanged\n`,
  )
  return kept
}
