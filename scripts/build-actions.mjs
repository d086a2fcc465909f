// Bundles the actions into files that are committed, because GitHub runs them as they lie there: docs/decisions/0030-clients-and-sources.md
import { readdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { build } from "esbuild"
import { licences } from "./licences.mjs"

const ROOT = fileURLToPath(new URL("..", import.meta.url))
const FOLDER = ".github/actions/fetch-bundle/bundle"
const OPENPGP = "node_modules/openpgp/dist/node/openpgp.min.mjs"

/** OpenPGP.js (LGPL) stays a file of its own, which anybody may exchange. */
const openPgpBeside = {
  name: "openpgp-beside",
  setup: ({ onResolve }) => onResolve({ filter: /^openpgp$/ }, () => ({ path: "./openpgp.mjs", external: true })),
}

/** core asks for identity tokens by it, which no action here does: an HTTP client less that could be attacked. */
const withoutHttpClient = {
  name: "without-http-client",
  setup: ({ onResolve, onLoad }) => {
    onResolve({ filter: /^@actions\/http-client/ }, () => ({ path: "http-client", namespace: "absent" }))
    onLoad({ filter: /.*/, namespace: "absent" }, () => ({
      contents: "export class HttpClient {}\nexport class BearerCredentialHandler {}",
    }))
  },
}

/** The files of an action by their paths, as they have to be. */
async function buildActions() {
  const { outputFiles, metafile } = await build({
    absWorkingDir: ROOT,
    entryPoints: ["src/action/fetch-bundle.ts"],
    outfile: join(FOLDER, "index.mjs"),
    bundle: true,
    minify: true,
    platform: "node",
    format: "esm",
    target: "node20",
    legalComments: "none",
    plugins: [openPgpBeside, withoutHttpClient],
    banner: { js: 'import{createRequire as __require}from"node:module";const require=__require(import.meta.url);' },
    write: false,
    metafile: true,
    logLevel: "error",
  })
  return new Map([
    [`${FOLDER}/index.mjs`, Buffer.from(outputFiles[0].contents)],
    [`${FOLDER}/openpgp.mjs`, readFileSync(join(ROOT, OPENPGP))],
    [`${FOLDER}/LICENSES.txt`, Buffer.from(licences([...Object.keys(metafile.inputs), OPENPGP]))],
  ])
}

/** Paths of files that are not as they have to be, those that are too many included. */
async function staleActions() {
  const files = await buildActions()
  const stale = [...files].filter(([path, bytes]) => !readIfThere(path)?.equals(bytes)).map(([path]) => path)
  const extra = readdirSync(join(ROOT, FOLDER))
    .map(name => `${FOLDER}/${name}`)
    .filter(path => !files.has(path))
  return [...stale, ...extra]
}

function readIfThere(path) {
  try {
    return readFileSync(join(ROOT, path))
  } catch {
    return undefined
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  if (process.argv.includes("--check")) {
    const stale = await staleActions()
    for (const path of stale) console.error(`${path} is not what its sources make: npm run actions`)
    process.exitCode = stale.length > 0 ? 1 : 0
  } else for (const [path, bytes] of await buildActions()) writeFileSync(join(ROOT, path), bytes)
}
