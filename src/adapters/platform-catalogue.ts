import { readdirSync, readFileSync } from "node:fs"
import { join, relative, sep } from "node:path"
import { fileURLToPath } from "node:url"
import { type Platform, type PlatformCatalogue, parsePlatform } from "../artifact/platforms.ts"
import type { Measurements } from "../domain/measurements.ts"

/** Beside the code that renders it, in the sources as in the build. */
const FOLDER = fileURLToPath(new URL("../artifact/platforms", import.meta.url))

/**
 * All platforms that come with the program, in alphabetical order. Synchronous, because waiting for each of some fifty
 * small files takes several times as long as reading them. Throws a plain Error: a bad catalogue is our own mistake.
 */
export function loadPlatforms(folder: string = FOLDER): PlatformCatalogue {
  const measured = loadMeasurements(folder)
  return new Map(
    readdirSync(folder, { withFileTypes: true })
      .filter(entry => entry.isDirectory())
      .map(({ name }) => name)
      .sort()
      .map(name => [name, loadPlatform(folder, name, measured)]),
  )
}

/** What `npm run interop -- --record` has written. */
export function loadMeasurements(folder: string = FOLDER): Measurements {
  return JSON.parse(readFileSync(join(folder, "measured.json"), "utf8")) as Measurements
}

function loadPlatform(folder: string, name: string, measured: Measurements): Platform {
  const files = join(folder, name, "files")
  const texts = readdirSync(files, { withFileTypes: true, recursive: true })
    .filter(entry => entry.isFile())
    .map((entry): [string, string] => {
      const path = join(entry.parentPath, entry.name)
      return [relative(files, path).split(sep).join("/"), readFileSync(path, "utf8")]
    })
  return parsePlatform(name, readFileSync(join(folder, name, "platform.json"), "utf8"), new Map(texts), measured)
}
