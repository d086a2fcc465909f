import { spawn } from "node:child_process"
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"

const ACTIONS = fileURLToPath(new URL("../../.github/actions", import.meta.url))

export interface ActionRun {
  readonly code: number | null
  /** As the runner sees it, commands included. */
  readonly stdout: string
  /** What people see of both streams: no commands that mask. */
  readonly log: string
  /** What the runner was told to mask. */
  readonly masks: readonly string[]
  readonly outputs: Readonly<Record<string, string>>
  readonly summary: string
}

export interface Runner {
  readonly folder: string
  run(inputs: Readonly<Record<string, string>>, env?: Readonly<Record<string, string>>): Promise<ActionRun>
  remove(): void
}

/** Runs the committed file of an action as a runner does: a process with nothing but these variables. */
export function openRunner(action: string, main: string): Runner {
  const folder = mkdtempSync(join(tmpdir(), "scb-runner-"))
  const file = (name: string): string => join(folder, name)
  return {
    folder,
    async run(inputs, more = {}) {
      const files = { GITHUB_OUTPUT: file("output"), GITHUB_STATE: file("state"), GITHUB_STEP_SUMMARY: file("summary") }
      for (const path of Object.values(files)) writeFileSync(path, "")
      const named = Object.entries(inputs).map(([name, value]) => [`INPUT_${name.toUpperCase()}`, value])
      const env = { ...Object.fromEntries(named), ...files, RUNNER_TEMP: folder, ...more }
      const { code, stdout, stderr } = await ended(join(ACTIONS, action, main), folder, env)
      const isMask = (line: string): boolean => line.startsWith("::add-mask::")
      const lines = stdout.split("\n")
      return {
        code,
        stdout,
        log: [...lines.filter(line => !isMask(line)), stderr].join("\n"),
        masks: lines.filter(isMask).map(line => unescaped(line.slice("::add-mask::".length))),
        outputs: outputsIn(readFileSync(files.GITHUB_OUTPUT, "utf8")),
        summary: existsSync(files.GITHUB_STEP_SUMMARY) ? readFileSync(files.GITHUB_STEP_SUMMARY, "utf8") : "",
      }
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  }
}

function ended(
  file: string,
  cwd: string,
  env: Readonly<Record<string, string>>,
): Promise<{ readonly code: number | null; readonly stdout: string; readonly stderr: string }> {
  const child = spawn(process.execPath, [file], { cwd, env: { ...env }, stdio: ["ignore", "pipe", "pipe"] })
  let stdout = ""
  let stderr = ""
  child.stdout.setEncoding("utf8").on("data", text => {
    stdout += text
  })
  child.stderr.setEncoding("utf8").on("data", text => {
    stderr += text
  })
  return new Promise((resolve, reject) => {
    child.on("error", reject)
    child.on("close", code => resolve({ code, stdout, stderr }))
  })
}

/** docs.github.com, "Workflow commands": what `toCommandValue` of the toolkit escapes. */
function unescaped(value: string): string {
  return value.replaceAll("%0D", "\r").replaceAll("%0A", "\n").replaceAll("%25", "%")
}

/** `name<<delimiter`, value, delimiter. */
function outputsIn(text: string): Readonly<Record<string, string>> {
  const entries = [...text.matchAll(/^(.+?)<<(ghadelimiter_.+)\n([\s\S]*?)\n\2$/gm)]
  return Object.fromEntries(entries.map(([, name = "", , value = ""]) => [name, value]))
}
