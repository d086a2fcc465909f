import { ScbError } from "../domain/errors.ts"
import type { BundleName } from "../domain/names.ts"
import { type Assets, CATALOG_INDEX, catalogSignaturePath, type Releases, type SignedCatalog } from "../ports.ts"
import {
  catalogFiles,
  catalogPathsToKeep,
  checkAssetName,
  checkAssets,
  checkCatalogFiles,
  checkCatalogPath,
  checkCatalogRises,
  checkComplete,
  compareRelease,
  digestsOf,
  isOldCatalogFile,
  releasePath,
  sha256Of,
} from "./release-rules.ts"

/** Releases that forget everything with the process, under the same contract as the directory. */
export interface MemoryReleases extends Releases {
  /** Everything published, by path; for tests to look at, damage and restore. */
  readonly files: Map<string, Uint8Array>
}

/** `beforeWrite` is called with each path about to change; when it throws, the write has not happened. */
export function memoryReleases(faults: { readonly beforeWrite?: (path: string) => void } = {}): MemoryReleases {
  const files = new Map<string, Uint8Array>()

  function write(path: string, bytes: Uint8Array): void {
    faults.beforeWrite?.(path)
    files.set(path, bytes.slice())
  }

  function assetsOf(release: string): Assets {
    const prefix = `releases/${release}/`
    const found = [...files].filter(([path]) => path.startsWith(prefix))
    return new Map(found.map(([path, bytes]) => [path.slice(prefix.length), bytes]))
  }

  return {
    files,

    async find(bundle, version) {
      const release = releasePath(bundle, version)
      const assets = assetsOf(release)
      if (assets.size === 0) return undefined
      checkComplete(release, assets)
      return digestsOf(assets)
    },

    async versions(bundle) {
      const prefix = `releases/${releasePath(bundle, "0.0.0").slice(0, -"0.0.0".length)}`
      const found = [...files.keys()].filter(path => path.startsWith(prefix))
      return [...new Set(found.map(path => path.slice(prefix.length).split("/", 1)[0] ?? ""))]
    },

    async readAsset(bundle, version, asset, maximumBytes) {
      const release = releasePath(bundle, version)
      checkAssetName(asset)
      const bytes = files.get(`releases/${release}/${asset}`)
      if (bytes === undefined) throw new ScbError("release-missing", `release ${release} has no ${asset}`)
      return withinBytes(asset, bytes, maximumBytes)
    },

    async publish(bundle: BundleName, version: string, assets: Assets) {
      const release = releasePath(bundle, version)
      checkAssets(assets)
      const present = assetsOf(release)
      if (present.size > 0 && compareRelease(release, present, assets) === "already") return "already"
      faults.beforeWrite?.(`releases/${release}`)
      for (const [name, bytes] of assets) files.set(`releases/${release}/${name}`, bytes.slice())
      return "published"
    },

    describe: (bundle, version) => `memory:${releasePath(bundle, version)}`,

    async readCatalogFile(path, maximumBytes) {
      checkCatalogPath(path)
      const bytes = files.get(path)
      return bytes && withinBytes(path, bytes, maximumBytes)
    },

    async publishCatalog(catalog: SignedCatalog) {
      checkCatalogFiles(catalog)
      const before = files.get(CATALOG_INDEX)
      checkCatalogRises(before, catalog.index)
      for (const [path, bytes] of catalogFiles(catalog)) write(path, bytes)
      write(catalogSignaturePath(sha256Of(catalog.index)), catalog.signature)
      write(CATALOG_INDEX, catalog.index)
      write(`${CATALOG_INDEX}.asc`, catalog.signature)
      const kept = catalogPathsToKeep(before, catalog)
      for (const path of files.keys()) if (isOldCatalogFile(path, kept)) files.delete(path)
    },
  }
}

function withinBytes(name: string, bytes: Uint8Array, maximumBytes: number): Uint8Array {
  if (bytes.length > maximumBytes)
    throw new ScbError("too-large", `${name} has ${bytes.length} bytes, at most ${maximumBytes} are read`)
  return bytes.slice()
}
