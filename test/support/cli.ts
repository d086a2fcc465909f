import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { Io } from "../../src/cli/io.ts"
import { run } from "../../src/cli/run.ts"
import type { Instant } from "../../src/domain/instant.ts"
import { START } from "./world.ts"

export interface CliResult {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

export interface Shell {
  readonly folder: string
  /** Runs `scb …` in a folder below the shell's own. */
  scb(
    args: readonly string[],
    options?: {
      readonly in?: string
      readonly env?: Environment
      readonly now?: Instant
      /** Parts of the world that this run sees otherwise. */
      readonly io?: Partial<Io>
    },
  ): Promise<CliResult>
  /** All that was printed so far. */
  printed(): string
  remove(): void
}

export type Environment = Readonly<Record<string, string | undefined>>

/** A temporary folder and the command line in it, in this process. */
export function openShell(): Shell {
  const folder = mkdtempSync(join(tmpdir(), "scb-test-"))
  let printed = ""
  return {
    folder,
    async scb(args, options = {}) {
      const out: Uint8Array[] = []
      let stderr = ""
      const code = await run(args, {
        env: { HOME: folder, XDG_STATE_HOME: join(folder, "state"), ...options.env },
        workingDirectory: join(folder, options.in ?? "."),
        stdoutIsTerminal: false,
        stderrIsTerminal: false,
        stdout: text => void out.push(typeof text === "string" ? new TextEncoder().encode(text) : text),
        stderr: text => {
          stderr += text
        },
        readStdin: () => Promise.resolve(""),
        ask: () => Promise.resolve(undefined),
        now: () => options.now ?? START,
        stopRequested: () => Promise.resolve(),
        onReload: () => {},
        ...options.io,
      })
      const stdout = Buffer.concat(out).toString("utf8")
      printed += stdout + stderr
      return { code, stdout, stderr }
    },
    printed: () => printed,
    remove: () => rmSync(folder, { recursive: true, force: true }),
  }
}

/** The environment that `scb init --demo` wrote down. */
export function demoEnvironment(keysFolder: string): Environment {
  const lines = [...readFileSync(join(keysFolder, "env.sh"), "utf8").matchAll(/^export (\w+)='(.*)'$/gm)]
  return Object.fromEntries(lines.map(([, name, value]) => [name, value]))
}
