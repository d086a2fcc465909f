import { text } from "node:stream/consumers"
import { type Instant, instantFromMillis } from "../domain/instant.ts"

/** The world as a command line sees it. Tests pass their own. */
export interface Io {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly workingDirectory: string
  /** Colours and progress go only to people. */
  readonly stdoutIsTerminal: boolean
  readonly stderrIsTerminal: boolean
  stdout(text: string | Uint8Array): void
  stderr(text: string): void
  /** All of standard input, as text. */
  readStdin(): Promise<string>
  /** One line from a person; undefined where nobody is there to ask. */
  ask(question: string): Promise<string | undefined>
  /** The clock; read once a run. */
  now(): Instant
  /** Resolves when the user or the supervisor asks the program to stop (SIGINT, SIGTERM). */
  stopRequested(): Promise<void>
  /** Calls `reload` each time when the supervisor asks a program that serves to read its files again (SIGHUP). */
  onReload(reload: () => void): void
}

export function processIo(): Io {
  for (const stream of [process.stdout, process.stderr]) stream.on("error", ignoreClosedPipe)
  return {
    env: process.env,
    workingDirectory: process.cwd(),
    stdoutIsTerminal: process.stdout.isTTY === true,
    stderrIsTerminal: process.stderr.isTTY === true,
    stdout: output => void process.stdout.write(output),
    stderr: output => void process.stderr.write(output),
    readStdin: () => text(process.stdin),
    ask: askOnTerminal,
    now: () => instantFromMillis(Date.now()),
    stopRequested: () =>
      new Promise(resolve => {
        for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => resolve())
      }),
    onReload: reload => void process.on("SIGHUP", reload),
  }
}

async function askOnTerminal(question: string): Promise<string | undefined> {
  if (process.stdin.isTTY !== true || process.stderr.isTTY !== true) return undefined
  const { createInterface } = await import("node:readline/promises")
  const terminal = createInterface({ input: process.stdin, output: process.stderr })
  try {
    return (await terminal.question(`${question} `)).trim()
  } finally {
    terminal.close()
  }
}

/** `scb … | head`: whoever read has seen enough, which is no error of ours. */
function ignoreClosedPipe(error: NodeJS.ErrnoException): void {
  if (error.code !== "EPIPE") throw error
}
