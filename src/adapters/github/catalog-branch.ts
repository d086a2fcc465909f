import type { Releases, SignedCatalog } from "../../ports.ts"
import { CATALOG_INDEX, catalogSignaturePath } from "../../ports.ts"
import type { GitRemoteCatalog, PublishedTree } from "../git-remote-catalog.ts"
import {
  catalogFiles,
  catalogPathsToKeep,
  checkCatalogFiles,
  checkCatalogPath,
  checkCatalogRises,
  isOldCatalogFile,
  sha256Of,
} from "../release-rules.ts"

type ReadFile = Releases["readCatalogFile"]

/** The branch of the catalog: one commit a catalog, so that readers see the old or the new one. */
export interface CatalogBranch extends Pick<Releases, "readCatalogFile"> {
  /** `beside` gives files of the same commit by path, from what is there before. It is asked again when another was faster. */
  publishCatalog(
    catalog: SignedCatalog,
    beside: (read: ReadFile) => Promise<ReadonlyMap<string, Uint8Array>>,
  ): Promise<void>
}

const INDEX_MAXIMUM = 64 << 20

/** Reads all of one commit, anew whenever the index is asked for. */
export function branchOfCatalog(remote: GitRemoteCatalog): CatalogBranch {
  let shown: Promise<PublishedTree> | undefined

  function newest(): Promise<PublishedTree> {
    const reading = remote.newest().catch(error => {
      shown = undefined
      throw error
    })
    shown = reading
    return reading
  }

  return {
    async readCatalogFile(path, maximumBytes) {
      checkCatalogPath(path)
      const tree = await (path === CATALOG_INDEX ? newest() : (shown ?? newest()))
      return tree.read(path, maximumBytes)
    },

    async publishCatalog(catalog, beside) {
      checkCatalogFiles(catalog)
      await remote.publish(`catalog ${sha256Of(catalog.index).slice(0, 12)}\n`, async before => {
        const index = await before.read(CATALOG_INDEX, INDEX_MAXIMUM)
        checkCatalogRises(index, catalog.index)
        const kept = catalogPathsToKeep(index, catalog)
        const old = [...before.paths].filter(path => isOldCatalogFile(path, kept))
        return new Map<string, Uint8Array | null>([
          ...old.map(path => [path, null] as const),
          ...(await beside((path, maximumBytes) => before.read(path, maximumBytes))),
          ...catalogFiles(catalog),
          [catalogSignaturePath(sha256Of(catalog.index)), catalog.signature],
          [CATALOG_INDEX, catalog.index],
          [`${CATALOG_INDEX}.asc`, catalog.signature],
        ])
      })
      shown = undefined
    },
  }
}
