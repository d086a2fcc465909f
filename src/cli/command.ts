import { resolve } from "node:path"
import { Command, Option } from "commander"
import { formatInstant, type Instant, parseInstant } from "../domain/instant.ts"
import type { Style } from "../render/style.ts"
import { UsageError } from "./invocation.ts"
import type { Io } from "./io.ts"

export type ResultFormat = "text" | "json"

/** Options that verbs share; commander fills them in. */
export interface RepositoryOptions<Format extends string = ResultFormat> {
  readonly repo: string
  readonly format: Format
  readonly now?: string
  readonly health?: string
}

/** A verb with its examples, which `--help` prints at the end. */
export function verb(name: string, summary: string, examples: readonly string[]): Command {
  const lines = examples.map(example => `  $ ${example}`).join("\n")
  return new Command(name).description(summary).addHelpText("after", `\nExamples:\n${lines}`)
}

/** A verb of a bundle repository: with `--repo`, `--format` and `--now`. */
export function repositoryVerb(
  name: string,
  summary: string,
  examples: readonly string[],
  formats?: readonly string[],
): Command {
  return verb(name, summary, examples)
    .addOption(repositoryOption())
    .addOption(formatOption(formats))
    .addOption(nowOption())
}

export function repositoryOption(): Option {
  return new Option("--repo <dir>", "the bundle repository").default(".", "this folder")
}

export function nowOption(): Option {
  return new Option("--now <instant>", "act as if it were this instant, e.g. 2027-03-01 or 2027-03-01T12:00:00Z")
}

/** For verbs that plan. */
export function healthOption(): Option {
  return new Option("--health <file>", "what was seen of versions in use, JSON of kind HealthFacts")
}

export function formatOption(choices: readonly string[] = ["text", "json"]): Option {
  return new Option("--format <format>", "how to print the result").choices(choices).default(choices[0] ?? "text")
}

/** The one instant of this run. */
export function instantOf(options: { readonly now?: string }, io: Io): Instant {
  if (options.now === undefined) return io.now()
  const instant = parseInstant(options.now)
  if (instant !== undefined) return instant
  throw new UsageError(`--now: expected an instant such as 2027-03-01T12:00:00Z, got ${JSON.stringify(options.now)}`)
}

/**
 * For verbs that publish: what is signed ahead of the clock is believed by nobody until then, its successors included.
 * Throws a usage error.
 */
export function requireArrived(now: Instant, io: Io): void {
  const clock = io.now()
  if (now <= clock) return
  throw new UsageError(
    `--now: expected an instant until now (${formatInstant(clock)}) for what is published, got ${formatInstant(now)}`,
    { hint: "scb plan and scb status look ahead" },
  )
}

/** An absolute path, seen from where the command was given. */
export function pathOf(path: string, io: Io): string {
  return resolve(io.workingDirectory, path)
}

/** Colours on a terminal, unless NO_COLOR (no-color.org) is set. */
export function styleOf(io: Io): Style {
  return { color: io.stdoutIsTerminal && wantsColor(io) }
}

/** The same of what goes to stderr. */
export function errorStyleOf(io: Io): Style {
  return { color: io.stderrIsTerminal && wantsColor(io) }
}

function wantsColor(io: Io): boolean {
  return (io.env["NO_COLOR"] ?? "") === ""
}

/** The milliseconds of an option that is given in seconds, up to a day. */
export function secondsOf(option: string, text: string): number {
  const seconds = Number(text)
  if (text.trim() !== "" && seconds >= 0 && seconds <= 86_400) return seconds * 1000
  throw new UsageError(`${option}: expected seconds up to 86400, got ${JSON.stringify(text)}`)
}
