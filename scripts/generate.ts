/**
 * Writes everything that is derived from the written forms and the finding rules. `--build`: only what the build needs
 * and git ignores. `--check`: writes nothing and fails if anything is stale.
 */
import { mkdir, readFile, writeFile } from "node:fs/promises"
import { dirname } from "node:path"
import { fileURLToPath } from "node:url"
import { builtFiles, keptFiles } from "./generated-files.ts"

const root = fileURLToPath(new URL("..", import.meta.url))
const check = process.argv.includes("--check")
const kept = process.argv.includes("--build") ? [] : keptFiles()
let stale = 0

for (const [path, content] of [...builtFiles(), ...kept]) {
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
