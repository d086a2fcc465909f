/** Writes everything that is derived from the written forms and the finding rules; with `--check` only says what is stale. */
import { mkdir, readFile, writeFile } from "node:fs/promises"
import { dirname } from "node:path"
import { fileURLToPath } from "node:url"
import { generatedFiles } from "./generated-files.ts"

const root = fileURLToPath(new URL("..", import.meta.url))
const check = process.argv.includes("--check")
let stale = 0

for (const [path, content] of generatedFiles()) {
  const file = `${root}${path}`
  const before = await readFile(file, "utf8").catch(() => undefined)
  if (before === content) continue
  stale += 1
  console.log(`${check ? "stale" : "wrote"} ${path}`)
  if (check) continue
  await mkdir(dirname(file), { recursive: true })
  await writeFile(file, content)
}

if (check && stale > 0) {
  console.error("run `npm run generate` and commit the result")
  process.exitCode = 1
}
