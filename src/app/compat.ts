import type { CatalogIndex, CatalogShard } from "../domain/catalog.ts"
import { ScbError } from "../domain/errors.ts"
import type { BundleName } from "../domain/names.ts"
import {
  answerFor,
  type ClientAnswer,
  type ClientVersion,
  type CompatibilityRow,
  compatibilityRows,
  type PlatformKnowledge,
  type PublishedVersion,
} from "../domain/versions/compatibility.ts"
import { type PublishedSource, readManifest, readShard, type VisitedSource, visitCatalog } from "./fetch.ts"
import { listedBundle, namesOf, selectVersion } from "./trust.ts"

export interface CompatibilityRequest extends VisitedSource {
  readonly wanted: readonly { readonly bundle: BundleName; readonly version?: string }[]
  readonly known: PlatformKnowledge
}

/** Bundle version × driver × cluster, of what is published and of use. Throws what {@link readManifest} does. */
export async function readCompatibility(request: CompatibilityRequest): Promise<readonly CompatibilityRow[]> {
  const versions = await publishedVersions(request)
  return versions.flatMap(version => compatibilityRows(version, request.known))
}

/** Whether one client can use each of the versions. Throws the same. */
export async function askCompatibility(
  request: CompatibilityRequest,
  client: ClientVersion,
): Promise<readonly ClientAnswer[]> {
  return (await publishedVersions(request)).map(version => answerFor(version, client, request.known))
}

/** A version that is named must be there and in force; of a bundle that is named alone, all that are. */
async function publishedVersions(request: CompatibilityRequest): Promise<readonly PublishedVersion[]> {
  const { index } = await visitCatalog(request)
  const versions: PublishedVersion[] = []
  for (const { bundle, version } of request.wanted) {
    const shard = await readShard(request, index, namesOf(bundle).cluster)
    if (version !== undefined) {
      versions.push(await readVersion(request, index, shard, bundle, version))
      continue
    }
    for (const listed of Object.keys(listedBundle(shard, bundle).versions)) {
      const usable = await unlessWithdrawn(() => readVersion(request, index, shard, bundle, listed))
      if (usable !== undefined && request.now < usable.expiresAt) versions.push(usable)
    }
  }
  return versions
}

async function readVersion(
  source: PublishedSource,
  index: CatalogIndex,
  shard: CatalogShard,
  bundle: BundleName,
  version: string,
): Promise<PublishedVersion> {
  const { manifest } = await readManifest(source, selectVersion(index, shard, bundle, { version }))
  const { cluster, expiresAt, compatibility, certificate, keySource } = manifest
  const { keyAlgorithm } = certificate
  return { bundle, cluster: cluster.name, version, expiresAt, compatibility, keyAlgorithm, keySource }
}

/** A version that nobody gets any more is left out. */
export async function unlessWithdrawn<T>(read: () => Promise<T>): Promise<T | undefined> {
  try {
    return await read()
  } catch (error) {
    if (error instanceof ScbError && (error.code === "version-revoked" || error.code === "version-ended"))
      return undefined
    throw error
  }
}
