import { CATALOG_INDEX, type PublishedFiles } from "../ports.ts"

export interface CachedFiles extends PublishedFiles {
  /** What is kept may be wrong: for whoever has not believed it. */
  forget(): void
}

/** Files of a catalog are named by digests: whoever comes again needs no more than the index. */
const KEPT = 8

/** Keeps the newest few files of the catalog, except the index, for who looks again and again. Not asset by asset. */
export function cachedFiles(files: PublishedFiles): CachedFiles {
  const kept = new Map<string, Uint8Array>()
  return {
    readAsset: files.readAsset,
    async readCatalogFile(path, maximumBytes) {
      const known = kept.get(path)
      if (known !== undefined && known.length <= maximumBytes) return known
      const bytes = await files.readCatalogFile(path, maximumBytes)
      if (bytes === undefined || path === CATALOG_INDEX) return bytes
      for (const oldest of [...kept.keys()].slice(0, Math.max(0, kept.size - KEPT + 1))) kept.delete(oldest)
      kept.set(path, bytes)
      return bytes
    },
    forget: () => kept.clear(),
  }
}
