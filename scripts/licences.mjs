import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"

const ROOT = fileURLToPath(new URL("..", import.meta.url))

/** The licences of the packages that these files are of: what is passed on takes them along. */
export function licences(inputs) {
  const folders = new Set(inputs.flatMap(path => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path) ?? []))
  const texts = [...folders].sort().map(folder => {
    const { name, version, license } = JSON.parse(readFileSync(join(ROOT, folder, "package.json"), "utf8"))
    const file = readdirSync(join(ROOT, folder)).find(each => /^(licen[cs]e|copying)/i.test(each))
    const text = file === undefined ? "" : readFileSync(join(ROOT, folder, file), "utf8")
    return `${name} ${version}: ${license}\n\n${text}`
  })
  return texts.join(`\n${"-".repeat(80)}\n`)
}
