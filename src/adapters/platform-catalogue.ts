import { readdir, readFile } from "node:fs/promises"
import { join, relative, sep } from "node:path"
import { fileURLToPath } from "node:url"
import { type Platform, type PlatformCatalogue, parsePlatform } from "../artifact/platforms.ts"

/** Beside the code that renders it, in the sources as in the build. */
const FOLDER = fileURLToPath(new URL("../artifact/platforms", import.meta.url))

/** All platforms that come with the program, in alphabetical order: `<name>/platform.json` and `<name>/files/`. */
export async function loadPlatforms(folder: string = FOLDER): Promise<PlatformCatalogue> {
  const names = (await readdir(folder)).sort()
  const platforms = await Promise.all(names.map(name => loadPlatform(folder, name)))
  return new Map(platforms.map(platform => [platform.name, platform]))
}

async function loadPlatform(folder: string, name: string): Promise<Platform> {
  const files = join(folder, name, "files")
  const found = (await readdir(files, { withFileTypes: true, recursive: true })).filter(entry => entry.isFile())
  const texts = await Promise.all(
    found.map(async (entry): Promise<[string, string]> => {
      const path = join(entry.parentPath, entry.name)
      return [relative(files, path).split(sep).join("/"), await readFile(path, "utf8")]
    }),
  )
  return parsePlatform(name, await readFile(join(folder, name, "platform.json"), "utf8"), new Map(texts))
}
