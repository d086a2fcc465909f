import { readdirSync, readFileSync } from "node:fs"
import { join, relative, sep } from "node:path"
import { fileURLToPath } from "node:url"

/** Beside the sources, and beside the build of them. */
const FOLDER = fileURLToPath(new URL("../../templates/github", import.meta.url))

/** What a bundle repository on GitHub has below `.github/`, by path there. Throws a plain Error: they come with the program. */
export function loadGithubTemplates(folder: string = FOLDER): ReadonlyMap<string, string> {
  return new Map(
    readdirSync(folder, { withFileTypes: true, recursive: true })
      .filter(entry => entry.isFile())
      .map((entry): [string, string] => {
        const path = join(entry.parentPath, entry.name)
        return [relative(folder, path).split(sep).join("/"), readFileSync(path, "utf8")]
      })
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  )
}
