import { ScbError } from "../domain/errors.ts"
import { CATALOG_INDEX, type PublishedFiles } from "../ports.ts"
import type { BoundedGet } from "./bounded-get.ts"
import { checkAssetName, checkCatalogPath, releasePath } from "./release-rules.ts"

/** A directory of releases (see releases-directory.ts) behind any static web server. `base` ends without a slash. */
export function httpPublished(base: string, get: BoundedGet): PublishedFiles {
  return {
    async readAsset(bundle, version, asset, maximumBytes) {
      const release = releasePath(bundle, version)
      checkAssetName(asset)
      const bytes = await get(`${base}/releases/${release}/${asset}`, { maximumBytes })
      if (bytes === undefined) throw new ScbError("release-missing", `release ${release} has no ${asset}`)
      return bytes
    },

    async readCatalogFile(path, maximumBytes) {
      checkCatalogPath(path)
      return get(`${base}/${path}`, { maximumBytes, revalidate: path === CATALOG_INDEX })
    },
  }
}
