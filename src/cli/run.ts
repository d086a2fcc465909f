import { Command, CommanderError } from "commander"
import { type ErrorCode, ScbError } from "../domain/errors.ts"
import { GENERATOR_VERSION } from "../domain/generator.ts"
import { EXIT } from "./exit-codes.ts"
import { reportFailure } from "./failure.ts"
import { type Invocation, UsageError } from "./invocation.ts"
import type { Io } from "./io.ts"
import { applyVerb } from "./verbs/apply.ts"
import { approvalsVerb } from "./verbs/approvals.ts"
import { approveVerb } from "./verbs/approve.ts"
import { authorizeVerb } from "./verbs/authorize.ts"
import { buildVerb } from "./verbs/build.ts"
import { changelogVerb } from "./verbs/changelog.ts"
import { checkVerb } from "./verbs/check.ts"
import { compatVerb } from "./verbs/compat.ts"
import { completeVerb } from "./verbs/complete.ts"
import { crlVerb } from "./verbs/crl.ts"
import { deprecateVerb } from "./verbs/deprecate.ts"
import { diffVerb } from "./verbs/diff.ts"
import { doctorVerb } from "./verbs/doctor.ts"
import { extendVerb } from "./verbs/extend.ts"
import { fetchVerb } from "./verbs/fetch.ts"
import { forecastVerb } from "./verbs/forecast.ts"
import { gatewayVerb } from "./verbs/gateway.ts"
import { impactVerb } from "./verbs/impact.ts"
import { initVerb } from "./verbs/init.ts"
import { inspectVerb } from "./verbs/inspect.ts"
import { overrideVerb } from "./verbs/override.ts"
import { pinVerb, unpinVerb } from "./verbs/pin.ts"
import { planVerb } from "./verbs/plan.ts"
import { problemsVerb } from "./verbs/problems.ts"
import { promoteVerb } from "./verbs/promote.ts"
import { publishVerb } from "./verbs/publish.ts"
import { releaseVerb } from "./verbs/release.ts"
import { requestVerb } from "./verbs/request.ts"
import { retryVerb } from "./verbs/retry.ts"
import { reviewVerb } from "./verbs/review.ts"
import { revokeVerb } from "./verbs/revoke.ts"
import { rollbackVerb } from "./verbs/rollback.ts"
import { rotateVerb } from "./verbs/rotate.ts"
import { settingsVerb } from "./verbs/settings.ts"
import { simulateVerb } from "./verbs/simulate.ts"
import { statusVerb } from "./verbs/status.ts"
import { validateVerb } from "./verbs/validate.ts"
import { verifyVerb } from "./verbs/verify.ts"
import { watchVerb } from "./verbs/watch.ts"

const VERBS = [
  initVerb,
  validateVerb,
  planVerb,
  checkVerb,
  simulateVerb,
  forecastVerb,
  impactVerb,
  buildVerb,
  publishVerb,
  applyVerb,
  statusVerb,
  problemsVerb,
  diffVerb,
  changelogVerb,
  compatVerb,
  requestVerb,
  releaseVerb,
  promoteVerb,
  rollbackVerb,
  pinVerb,
  unpinVerb,
  deprecateVerb,
  extendVerb,
  revokeVerb,
  rotateVerb,
  overrideVerb,
  retryVerb,
  reviewVerb,
  approveVerb,
  approvalsVerb,
  authorizeVerb,
  settingsVerb,
  fetchVerb,
  watchVerb,
  completeVerb,
  inspectVerb,
  verifyVerb,
  doctorVerb,
  crlVerb,
  gatewayVerb,
]

/** Arguments in, exit code out. The only place that catches. */
export async function run(args: readonly string[], io: Io): Promise<number> {
  const invocation: Invocation = { io, exitCode: EXIT.agreed }
  try {
    await program(invocation).parseAsync([...args], { from: "user" })
    return invocation.exitCode
  } catch (error) {
    if (error instanceof CommanderError) return endOfParsing(error, args, io)
    reportFailure(error, args, io)
    if (error instanceof UsageError) return EXIT.usage
    if (!(error instanceof ScbError)) return EXIT.bug
    return PEOPLES_MATTERS.includes(error.code) ? EXIT.findings : EXIT.world
  }
}

/** Trying again does not help; people have to do something. */
const PEOPLES_MATTERS: readonly ErrorCode[] = ["invalid-repository", "change-unauthorized"]

/** commander has printed help already; what it found wrong is reported as all else is. */
function endOfParsing(error: CommanderError, args: readonly string[], io: Io): number {
  if (error.exitCode === 0) return EXIT.agreed
  if (error.code === "commander.help") return EXIT.usage
  const [message = "", suggestion = ""] = error.message.replace(/^error: /, "").split("\n")
  const hint = suggestion.replace(/^\(D(.*)\)$/, "d$1") || "scb <verb> --help shows examples"
  reportFailure(new UsageError(message, { hint }), args, io)
  return EXIT.usage
}

function program(invocation: Invocation): Command {
  const { io } = invocation
  const root = new Command("scb")
    .description("GitOps for Apache Cassandra Secure Connect Bundles")
    .version(GENERATOR_VERSION)
    .enablePositionalOptions() // --version after a verb is the verb's
    .showSuggestionAfterError()
    .addHelpText(
      "after",
      "\nExit codes: 0 agreed, 1 findings of severity error or a change that is not authorised, 2 usage, 3 the world failed (retry may help), 70 our bug",
    )
  for (const verb of VERBS) root.addCommand(verb(invocation))
  for (const command of [root, ...root.commands, ...root.commands.flatMap(each => each.commands)]) {
    command.exitOverride().configureOutput({
      writeOut: text => io.stdout(text),
      writeErr: text => io.stderr(text),
      outputError: () => {}, // reported once, by run
      getOutHasColors: () => io.stdoutIsTerminal,
      getErrHasColors: () => io.stderrIsTerminal,
    })
  }
  return root
}
