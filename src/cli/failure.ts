import { InvalidRepository } from "../app/invalid-repository.ts"
import { type ErrorCode, ScbError } from "../domain/errors.ts"
import type { FailedRelease } from "../domain/outcome.ts"
import { type Failure, renderFailureJson, renderFailureText } from "../render/failure.ts"
import { renderFindingsText } from "../render/findings-text.ts"
import { errorStyleOf } from "./command.ts"
import { EXIT } from "./exit-codes.ts"
import { type Invocation, UsageError } from "./invocation.ts"
import type { Io } from "./io.ts"

/** Says what went wrong, to people on stderr, and where JSON was asked for, on stdout too. */
export function reportFailure(error: unknown, args: readonly string[], io: Io): void {
  const failed = failureOf(error)
  const findings = error instanceof InvalidRepository ? error.findings : []
  if (wantsJson(args)) io.stdout(renderFailureJson(failed, findings))
  if (findings.length > 0) io.stderr(renderFindingsText(findings, errorStyleOf(io)))
  io.stderr(renderFailureText(failed, errorStyleOf(io)))
  if (failed.code === "bug" && error instanceof Error && io.env["SCB_DEBUG"] !== undefined)
    io.stderr(`${error.stack}\n`)
}

/** Releases that could not be made while others went ahead: each error once, and the world has failed. */
export function mentionFailures(failed: readonly FailedRelease[], invocation: Invocation): void {
  if (failed.length === 0) return
  const errors = new Map(failed.map(({ error }) => [`${error.code} ${error.message}`, error]))
  const { io } = invocation
  for (const error of errors.values()) io.stderr(renderFailureText(error, errorStyleOf(io)))
  invocation.exitCode = EXIT.world
}

/** What an error has to say, whoever's fault it is. */
export function failureOf(error: unknown): Failure {
  if (error instanceof ScbError) return failure(error.code, error.message, error.hint ?? HINTS[error.code])
  if (error instanceof UsageError) return failure("usage", error.message, error.hint)
  return failure("bug", error instanceof Error ? error.message : String(error), undefined)
}

/** What those who throw cannot say, because they do not know where keys come from. */
const HINTS: Readonly<Partial<Record<ErrorCode, string>>> = {
  "key-wrong-passphrase": "a key in NAME or NAME_FILE has its passphrase in NAME_PASSPHRASE or NAME_PASSPHRASE_FILE",
}

function failure(code: Failure["code"], message: string, hint: string | undefined): Failure {
  return { code, message, ...(hint === undefined ? {} : { hint }) }
}

function wantsJson(args: readonly string[]): boolean {
  return args.some((arg, index) => arg === "--format=json" || (arg === "--format" && args[index + 1] === "json"))
}
