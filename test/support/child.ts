import { spawn, spawnSync } from "node:child_process"
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"

const ROOT = fileURLToPath(new URL("../..", import.meta.url))
const compiled = new Map<string, string>()

export interface Ending {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly output: string
}

/** writer.ts as JavaScript: starts in a third of the time. */
function writer(): string {
  return join(compile("test/support/writer.ts"), "test/support/writer.js")
}

/** The program of this very source as JavaScript, whatever `dist` holds or is about to hold. */
export function compiledMain(): string {
  const folder = join(compile("src/cli/main.ts", "src/cli/build-worker.ts"), "src")
  cpSync(join(ROOT, "src/artifact/platforms"), join(folder, "artifact/platforms"), { recursive: true })
  cpSync(join(ROOT, "templates"), join(folder, "../templates"), { recursive: true })
  return join(folder, "cli/main.js")
}

/** Once in a process, below node_modules so that packages are found. Returns the folder, which ends with the process. */
function compile(...sources: readonly [string, ...string[]]): string {
  const before = compiled.get(sources[0])
  if (before !== undefined) return before
  const cache = join(ROOT, "node_modules", ".cache")
  mkdirSync(cache, { recursive: true })
  const outDir = mkdtempSync(join(cache, "scb-test-"))
  process.on("exit", () => rmSync(outDir, { recursive: true, force: true }))
  const flags =
    "--ignoreConfig --noCheck --module nodenext --target es2022 --rewriteRelativeImportExtensions --types node"
  const tsc = join(ROOT, "node_modules", ".bin", "tsc")
  const { status, stdout } = spawnSync(tsc, [...flags.split(" "), "--rootDir", ".", "--outDir", outDir, ...sources], {
    cwd: ROOT,
    encoding: "utf8",
  })
  if (status !== 0) throw new Error(`${sources[0]} does not compile: ${stdout}`)
  compiled.set(sources[0], outDir)
  return outDir
}

/** Runs test/support/writer.ts in a process of its own. `killAt`: see kill-at.ts. `limit` is in KiB: no file may grow larger. */
export function runWriter(
  args: readonly string[],
  { killAt, limit }: { readonly killAt?: number | string; readonly limit?: number } = {},
): Promise<Ending> {
  const command = [process.execPath, writer(), ...args]
  const limited = limit === undefined ? command : ["bash", "-c", `ulimit -f ${limit}; exec "$@"`, "bash", ...command]
  const env = { ...process.env, ...(killAt !== undefined && { SCB_TEST_KILL_AT: `${killAt}` }) }
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
