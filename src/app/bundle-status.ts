import type { CatalogBundle, CatalogIndex, CatalogShard, CatalogVersion } from "../domain/catalog.ts"
import type { BundleName } from "../domain/names.ts"
import type { PublishedStatus, PublishedVersionStatus } from "../domain/status.ts"
import { unlessWithdrawn } from "./compat.ts"
import { readManifest, readShard, type VisitedSource, visitCatalog } from "./fetch.ts"
import { listedBundle, namesOf, selectVersion } from "./trust.ts"

/** One bundle as its users see it: from the published catalog alone, verified as `fetch` does. Throws what that throws. */
export async function readBundleStatus(source: VisitedSource, bundle: BundleName): Promise<PublishedStatus> {
  const { index } = await visitCatalog(source)
  const shard = await readShard(source, index, namesOf(bundle).cluster)
  const listed = listedBundle(shard, bundle)
  const versions: PublishedVersionStatus[] = []
  for (const [version, entry] of Object.entries(listed.versions)) {
    const state = await stateOf(source, index, shard, bundle, version, entry)
    const { publishedAt, notAfter, deprecation } = entry
    versions.push({
      version,
      state,
      publishedAt,
      notAfter,
      channels: channelsAt(listed, version),
      ...(deprecation === undefined ? {} : { deprecation }),
    })
  }
  versions.sort((a, b) => b.publishedAt - a.publishedAt)
  const { version: catalog, epoch, expiresAt } = index
  return { bundle, catalog: { version: catalog, epoch, expiresAt }, channels: listed.channels, versions }
}

/** Only where something was revoked by selector does it take the manifest to know whether this version was. */
async function stateOf(
  source: VisitedSource,
  index: CatalogIndex,
  shard: CatalogShard,
  bundle: BundleName,
  version: string,
  { state, notAfter }: CatalogVersion,
): Promise<PublishedVersionStatus["state"]> {
  if (state === "revoked" || state === "end-of-life" || state === "archived") return state
  if (index.invalidations.length > 0) {
    const selected = selectVersion(index, shard, bundle, { version })
    const manifest = await unlessWithdrawn(() => readManifest(source, selected))
    if (manifest === undefined) return "revoked"
  }
  return source.now >= notAfter ? "expired" : state
}

function channelsAt({ channels }: CatalogBundle, version: string): readonly string[] {
  return Object.entries(channels).flatMap(([name, channel]) => (channel.version === version ? [name] : []))
}
