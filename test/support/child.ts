import { spawn } from "node:child_process"
import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"

const WRITER = fileURLToPath(new URL("writer.ts", import.meta.url))
const ROOT = fileURLToPath(new URL("../..", import.meta.url))

export interface Ending {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly output: string
}

/** Runs test/support/writer.ts in a process of its own. `killAt`: see kill-at.ts. `limit` is in KiB: no file may grow larger. */
export function runWriter(
  args: readonly string[],
  { killAt, limit }: { readonly killAt?: number | string; readonly limit?: number } = {},
): Promise<Ending> {
  const command = [process.execPath, "--import", "tsx", WRITER, ...args]
  const limited = limit === undefined ? command : ["bash", "-c", `ulimit -f ${limit}; exec "$@"`, "bash", ...command]
  const env = { ...process.env, TSX_DISABLE_CACHE: "1", ...(killAt !== undefined && { SCB_TEST_KILL_AT: `${killAt}` }) }
  const child = spawn(limited[0] ?? "", limited.slice(1), { cwd: ROOT, env, stdio: ["ignore", "pipe", "inherit"] })
  let output = ""
  child.stdout.on("data", chunk => {
    output += chunk
  })
  return new Promise((resolve, reject) => {
    child.on("error", reject)
    child.on("close", (code, signal) => resolve({ code, signal, output }))
  })
}

/** Every file below a directory with its content; folders that hold none are left out. */
export function contentOf(directory: string, folder = ""): Readonly<Record<string, string>> {
  const entries = readdirSync(join(directory, folder), { withFileTypes: true })
  return Object.assign(
    {},
    ...entries.map(entry =>
      entry.isDirectory()
        ? contentOf(directory, `${folder}${entry.name}/`)
        : { [`${folder}${entry.name}`]: readFileSync(join(directory, folder, entry.name), "latin1") },
    ),
  )
}
