import { spawn } from "node:child_process"
import { Socket } from "node:net"

export interface HookEnding {
  readonly succeeded: boolean
  /** e.g. `ended with 1`. */
  readonly message: string
}

export interface Hook {
  /** As its owner wrote it, for the system's shell; what changes comes by the environment. */
  readonly command: string
  readonly env: Readonly<Record<string, string | undefined>>
  readonly workingDirectory: string
  readonly timeoutMillis: number
  /** What it prints, on either stream. */
  readonly print: (text: string) => void
}

/** Never throws. */
export function runHook({ command, env, workingDirectory, timeoutMillis, print }: Hook): Promise<HookEnding> {
  return new Promise(resolve => {
    const child = spawn(command, {
      shell: true,
      cwd: workingDirectory,
      env: { ...env },
      stdio: ["ignore", "pipe", "pipe"],
      timeout: timeoutMillis,
      killSignal: "SIGKILL",
    })
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", print)
    child.on("error", error => resolve({ succeeded: false, message: `cannot be started: ${error.message}` }))
    child.on("exit", (code, signal) => {
      // what it has left running in the background may hold its streams open for ever
      for (const stream of [child.stdout, child.stderr]) if (stream instanceof Socket) stream.unref()
      resolve({ succeeded: code === 0, message: code === null ? `was ended by ${signal}` : `ended with ${code}` })
    })
  })
}
