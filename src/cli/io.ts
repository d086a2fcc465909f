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
    stdout: text => void process.stdout.write(text),
    stderr: text => void process.stderr.write(text),
    now: () => instantFromMillis(Date.now()),
    stopRequested: () =>
      new Promise(resolve => {
        for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => resolve())
      }),
    onReload: reload => void process.on("SIGHUP", reload),
  }
}

/** `scb … | head`: whoever read has seen enough, which is no error of ours. */
function ignoreClosedPipe(error: NodeJS.ErrnoException): void {
  if (error.code !== "EPIPE") throw error
}
