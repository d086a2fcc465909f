import { writeZip } from "../../artifact/zip-write.ts"
import { ScbError } from "../../domain/errors.ts"
import { announceWave } from "../../domain/forge/announcement.ts"
import { waveTag } from "../../domain/forge/release-tags.ts"
import {
  clusterOf,
  entryName,
  type PlannedShard,
  type PlannedWave,
  shardName,
  waveIndex,
  waveIndexName,
} from "../../domain/forge/waves.ts"
import { type Instant, instantFromMillis } from "../../domain/instant.ts"
import type { BundleName } from "../../domain/names.ts"
import type { FileDigest } from "../../domain/release.ts"
import { encodeUtf8 } from "../../domain/utf8.ts"
import type { NewRelease } from "../../ports.ts"
import { sha256Of } from "../release-rules.ts"
import { contentDigest, type Publication } from "./carry-out.ts"

/** The first that a ZIP can say: the same files make the same shard whenever it is made. */
const ZIP_DATE: Instant = instantFromMillis(Date.UTC(1980, 0, 1))

/**
 * A wave as one release to be published. Its shards are made one at a time, once to know their names and once to be sent:
 * memory holds one. Throws `digest-mismatch` when a file is not the one that was announced.
 */
export async function wavePublication(
  { shards, clusters }: PlannedWave,
  releases: ReadonlyMap<string, NewRelease>,
): Promise<Publication> {
  const named = new Map<string, PlannedShard>()
  const files: FileDigest[] = []
  for (const shard of shards) {
    const zip = await zipOf(shard, releases)
    const sha256 = sha256Of(zip)
    named.set(shardName(sha256), shard)
    files.push({ name: shardName(sha256), size: zip.length, sha256 })
  }
  const placed = [...named].map(([name, { versions }]) => ({ name, versions }))
  const indexes = new Map(
    clusters.map(
      cluster =>
        [waveIndexName(cluster), encodeUtf8(`${JSON.stringify(waveIndex(cluster, placed), null, 1)}\n`)] as const,
    ),
  )
  for (const [name, bytes] of indexes) files.push({ name, size: bytes.length, sha256: sha256Of(bytes) })
  const content = contentDigest(files)
  const all = [...releases.values()]
  const commit = all[0]?.commit
  const versions = shards.flatMap(shard => shard.versions.map(({ bundle }) => ({ cluster: clusterOf(bundle) })))
  return {
    wanted: { tag: waveTag(content), content, files, required: files.map(({ name }) => name) },
    announcement: announceWave(versions, commit ?? ""),
    ...(commit === undefined ? {} : { commit }),
    async bytesOf(name) {
      const shard = named.get(name)
      const bytes = shard === undefined ? indexes.get(name) : await zipOf(shard, releases)
      if (bytes === undefined) throw new Error(`a wave has no ${name}`)
      return bytes
    },
  }
}

/** How a version is called among those that are published together. */
export function versionKey(bundle: BundleName, version: string): string {
  return entryName(bundle, version, "")
}

async function zipOf({ versions, size }: PlannedShard, releases: ReadonlyMap<string, NewRelease>): Promise<Uint8Array> {
  const entries: { readonly name: string; readonly data: Uint8Array; readonly mode: number }[] = []
  for (const { bundle, version, files } of versions) {
    const assets = await releases.get(versionKey(bundle, version))?.read()
    for (const { name, sha256 } of files) {
      const data = assets?.get(name)
      if (data === undefined || sha256Of(data) !== sha256) throw changed(bundle, version, name)
      entries.push({ name: entryName(bundle, version, name), data, mode: 0o644 })
    }
  }
  const zip = writeZip(entries, ZIP_DATE)
  if (zip.length !== size) throw new Error(`a shard of ${zip.length} bytes was planned as ${size}`)
  return zip
}

export function changed(bundle: BundleName, version: string, file: string): ScbError {
  return new ScbError("digest-mismatch", `${file} of ${bundle} ${version} is not what it was when publishing began`, {
    hint: "build again, and find out who else writes there",
  })
}
