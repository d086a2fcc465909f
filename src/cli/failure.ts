import { InvalidRepository } from "../app/invalid-repository.ts"
import { ScbError } from "../domain/errors.ts"
import { type Failure, renderFailureJson, renderFailureText } from "../render/failure.ts"
import { renderFindingsText } from "../render/findings-text.ts"
import { errorStyleOf } from "./command.ts"
import { UsageError } from "./invocation.ts"
import type { Io } from "./io.ts"

/** Says what went wrong, to people on stderr, and where JSON was asked for, on stdout too. */
export function reportFailure(error: unknown, args: readonly string[], io: Io): void {
  const failure = failureOf(error)
  const findings = error instanceof InvalidRepository ? error.findings : []
  if (wantsJson(args)) io.stdout(renderFailureJson(failure, findings))
  if (findings.length > 0) io.stderr(renderFindingsText(findings, errorStyleOf(io)))
  io.stderr(renderFailureText(failure, errorStyleOf(io)))
  if (failure.code === "bug" && error instanceof Error && io.env["SCB_DEBUG"] !== undefined)
    io.stderr(`${error.stack}\n`)
}

/** What an error has to say, whoever's fault it is. */
export function failureOf(error: unknown): Failure {
  if (error instanceof ScbError) {
    return { code: error.code, message: error.message, ...(error.hint === undefined ? {} : { hint: error.hint }) }
  }
  const message = error instanceof Error ? error.message : String(error)
  return { code: error instanceof UsageError ? "usage" : "bug", message }
}

function wantsJson(args: readonly string[]): boolean {
  return args.some((arg, index) => arg === "--format=json" || (arg === "--format" && args[index + 1] === "json"))
}
