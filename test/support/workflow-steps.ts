import { spawnSync } from "node:child_process"
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { Step } from "./workflow-files.ts"

export interface Runner {
  /** RUNNER_TEMP */
  readonly temp: string
  /** Runs the script of a step as a runner does, and returns its exit code and what it printed. */
  run(step: Step, env: Readonly<Record<string, string>>): { readonly code: number | null; readonly said: string }
  /** Arguments of each call of a program that is only pretended. */
  calls(program: string): readonly (readonly string[])[]
  output(): string
  remove(): void
}

/** Steps of workflow files in a folder of their own; `pretended` programs note how they are called, and succeed. */
export function openRunner(pretended: readonly string[]): Runner {
  const temp = mkdtempSync(join(tmpdir(), "scb-runner-"))
  const [bin, outputs, summary] = ["bin", "outputs", "summary"].map(name => join(temp, name)) as [
    string,
    string,
    string,
  ]
  mkdirSync(bin)
  for (const program of pretended) {
    const note = `#!/bin/sh\nprintf '%s\\0' "$@" >> "${temp}/${program}.calls"; echo >> "${temp}/${program}.calls"\n`
    writeFileSync(join(bin, program), note, { mode: 0o755 })
  }
  return {
    temp,
    run({ run = "", shell = "bash" }, env) {
      if (shell !== "bash") throw new Error(`${shell} is not used here`)
      const { status, stdout, stderr } = spawnSync("bash", ["--noprofile", "--norc", "-eo", "pipefail", "-c", run], {
        cwd: temp,
        encoding: "utf8",
        env: {
          PATH: `${bin}:${process.env["PATH"]}`,
          HOME: temp,
          RUNNER_TEMP: temp,
          GITHUB_OUTPUT: outputs,
          GITHUB_STEP_SUMMARY: summary,
          ...env,
        },
      })
      return { code: status, said: stdout + stderr }
    },
    calls(program) {
      const file = join(temp, `${program}.calls`)
      if (!existsSync(file)) return []
      return readFileSync(file, "utf8")
        .trimEnd()
        .split("\0\n")
        .map(line => line.replace(/\0$/, "").split("\0"))
    },
    output: () => readFileSync(outputs, "utf8"),
    remove: () => rmSync(temp, { recursive: true }),
  }
}
