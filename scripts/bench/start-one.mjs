// One bundle in one process that starts as the program does: from a single file, compiled ahead.
// usage: node start-one.mjs WORKBENCH ALGORITHM DIRECTORY [--prepare]     (--prepare first makes that file)
import { fileURLToPath } from "node:url"
import { keepCompiled, loadSingleFile } from "../../dist/cli/single-file.js"

const [, , bench, algorithm, directory, option] = process.argv
const file = `${bench}/build-one.cjs`
const compiled = `${bench}/compiled`
const platforms = fileURLToPath(new URL("../../dist/artifact/platforms", import.meta.url))

if (option === "--prepare") {
  const { bundle } = await import("../single-file.mjs")
  await bundle("scripts/bench/build-one.mjs", file)
}
await loadSingleFile(file, compiled).buildOne(bench, algorithm, directory, platforms)
if (option === "--prepare") keepCompiled(compiled)
