// Bundles the compiled program into one file, rehearses it and keeps what V8 compiled: docs/decisions/0008-one-file.md
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { build } from "esbuild"
import { processIo } from "../dist/cli/io.js"
import { keepCompiled, loadSingleFile, PROGRAM } from "../dist/cli/single-file.js"
import { licences } from "./licences.mjs"

const ROOT = fileURLToPath(new URL("..", import.meta.url))

/**
 * OpenPGP.js (LGPL) stays a file of its own, which anybody may exchange; what only speaks with GitHub and mirrors is read
 * when it is needed. Returns the paths of the files inside.
 */
export async function bundle(entry, outfile) {
  const { metafile } = await build({
    absWorkingDir: ROOT,
    entryPoints: [entry],
    outfile,
    bundle: true,
    platform: "node",
    format: "cjs",
    target: "node20",
    supported: { "dynamic-import": false }, // import() becomes require(), still run when it is reached
    external: ["openpgp", "undici", "@octokit/rest"],
    define: { "import.meta.url": "importMetaUrl" },
    banner: { js: 'const importMetaUrl = require("node:url").pathToFileURL(__filename).href' },
    metafile: true,
    logLevel: "error",
  })
  return Object.keys(metafile.inputs)
}

/** The life of a bundle with throw-away keys, in this process: V8 keeps the functions that were run. */
async function rehearse({ run }) {
  const folder = mkdtempSync(join(tmpdir(), "scb-build-"))
  const repository = join(folder, "bundles")
  const file = join(folder, "bundle.zip")
  const env = { XDG_STATE_HOME: join(folder, "state") }
  const io = { ...processIo(), env, workingDirectory: repository, stdoutIsTerminal: false, stdout: () => {} }
  const scb = async (...args) => {
    let said = ""
    const exitCode = await run(args, { ...io, stderr: text => (said += text) })
    if (exitCode !== 0) throw new Error(`scb ${args[0]} ended with ${exitCode}: ${said}`)
  }
  try {
    await scb("init", repository, "--demo")
    const variables = readFileSync(join(`${repository}-keys`, "env.sh"), "utf8").matchAll(/^export (\w+)='(.*)'$/gm)
    for (const [, name, value] of variables) env[name] = value
    for (const verb of ["validate", "plan", "apply", "apply", "status"]) await scb(verb)
    await scb("fetch", "shop-prod/reporting", "--out", file)
    for (const verb of ["verify", "inspect"]) await scb(verb, file)
    await scb("--help")
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  rmSync(new URL("../dist/compiled", import.meta.url), { recursive: true, force: true })
  const inputs = await bundle("dist/cli/run.js", PROGRAM)
  writeFileSync(`${PROGRAM}.LICENSES.txt`, licences(inputs))
  try {
    await rehearse(loadSingleFile(PROGRAM))
    keepCompiled()
  } catch (error) {
    console.warn(`scb works, but starts slowly: nothing was compiled ahead. ${error.message}`)
  }
}
