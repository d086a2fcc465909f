import { type BundleName, isName, parseBundleName } from "../names.ts"
import type { ReleaseTarget } from "../policies.ts"
import type { FileDigest } from "../release.ts"

/**
 * Mass changes: many versions in few files. A wave is one release; its shards are ZIP files without compression, named
 * by their SHA-256, which hold `<cluster>/<bundle>/<version>/<file>`; one index a cluster says where each file begins, so
 * that a reader asks for a few kilobytes of a shard. None of it is believed: digests come from the signed catalog.
 */

/** One version that is to be published. */
export interface StagedVersion {
  readonly bundle: BundleName
  readonly version: string
  readonly files: readonly FileDigest[]
}

/** A file and where its first byte stands in the shard. */
export interface PlacedFile extends FileDigest {
  readonly offset: number
}

/** The files of one version lie side by side. */
export interface PlacedVersion {
  readonly bundle: BundleName
  readonly version: string
  readonly files: readonly PlacedFile[]
}

export interface PlannedShard {
  readonly versions: readonly PlacedVersion[]
  /** Of the ZIP, in bytes. */
  readonly size: number
}

export interface PlannedWave {
  readonly shards: readonly PlannedShard[]
  readonly clusters: readonly string[]
}

export interface WaveLimits {
  /** Of one ZIP; a version larger than that has one of its own. */
  readonly shardBytes: number
  /** Of one ZIP. */
  readonly files: number
  /** Shards and indexes of one release. */
  readonly assets: number
}

/** GitHub takes 1,000 assets a release; a ZIP without extensions 65,534 files; a shard is held in memory once. */
export const WAVE_LIMITS: WaveLimits = { shardBytes: 32 << 20, files: 60_000, assets: 900 }

/** Whether so many versions at once go into waves. */
export function isWaveLayout(
  { layout, waveAbove }: Pick<Extract<ReleaseTarget, { readonly kind: "github" }>, "layout" | "waveAbove">,
  versions: number,
): boolean {
  switch (layout) {
    case "per-version":
      return false
    case "wave":
      return true
    case "automatic":
      return versions > waveAbove
  }
}

/** Of a ZIP without compression and extra fields, besides names and data (APPNOTE 4.3.7, 4.3.12, 4.3.16). */
const LOCAL_HEADER = 30
const CENTRAL_HEADER = 46
const END_RECORD = 22

/** In the order of names, so that the same versions always come to lie in the same shards. */
export function planWaves(
  versions: readonly StagedVersion[],
  limits: WaveLimits = WAVE_LIMITS,
): readonly PlannedWave[] {
  const waves: PlannedWave[] = []
  let shards: PlannedShard[] = []
  let clusters = new Set<string>()
  for (const shard of planShards(versions, limits)) {
    const joined = new Set([...clusters, ...shard.versions.map(({ bundle }) => clusterOf(bundle))])
    if (shards.length > 0 && shards.length + 1 + joined.size > limits.assets) {
      waves.push({ shards, clusters: [...clusters] })
      shards = []
      clusters = new Set()
    }
    shards.push(shard)
    for (const { bundle } of shard.versions) clusters.add(clusterOf(bundle))
  }
  return shards.length === 0 ? waves : [...waves, { shards, clusters: [...clusters] }]
}

function planShards(versions: readonly StagedVersion[], limits: WaveLimits): readonly PlannedShard[] {
  const shards: PlannedShard[] = []
  let open: PlacedVersion[] = []
  let offset = 0
  let directory = END_RECORD
  let files = 0
  const close = (): void => {
    if (open.length > 0) shards.push({ versions: open, size: offset + directory })
    open = []
    offset = 0
    directory = END_RECORD
    files = 0
  }
  for (const version of [...versions].sort(byName)) {
    const names = version.files.map(({ name }) => entryName(version.bundle, version.version, name).length)
    const dataSize = version.files.reduce((sum, { size }, at) => sum + LOCAL_HEADER + (names[at] ?? 0) + size, 0)
    const headers = names.reduce((sum, length) => sum + CENTRAL_HEADER + length, 0)
    const isFull = offset + dataSize + directory + headers > limits.shardBytes || files + names.length > limits.files
    if (isFull) close()
    const placed = version.files.map((file, at) => {
      const begin = offset + LOCAL_HEADER + (names[at] ?? 0)
      offset = begin + file.size
      return { ...file, offset: begin }
    })
    open.push({ bundle: version.bundle, version: version.version, files: placed })
    directory += headers
    files += names.length
  }
  close()
  return shards
}

/** The path of a file in its shard, as in a directory of releases. ASCII. */
export function entryName(bundle: BundleName, version: string, file: string): string {
  return `${bundle}/${version}/${file}`
}

function byName(a: StagedVersion, b: StagedVersion): number {
  return entryName(a.bundle, a.version, "") < entryName(b.bundle, b.version, "") ? -1 : 1
}

export function clusterOf(bundle: BundleName): string {
  return bundle.slice(0, bundle.indexOf("/"))
}

// Shards and indexes as assets of a release

export function shardName(sha256: string): string {
  return `${sha256}.zip`
}

export function waveIndexName(cluster: string): string {
  return `index-${cluster}.json`
}

/** The cluster of an index by its name; undefined for other assets. */
export function parseWaveIndexName(name: string): string | undefined {
  const [, cluster] = /^index-(.+)\.json$/.exec(name) ?? []
  return cluster !== undefined && isName(cluster) ? cluster : undefined
}

/** Where the versions of one cluster lie in one wave. */
export interface WaveIndex {
  readonly apiVersion: "scb/v1"
  readonly kind: "WaveIndex"
  readonly cluster: string
  /** By `<bundle>/<version>`. */
  readonly versions: Readonly<Record<string, WavePlace>>
}

export interface WavePlace {
  /** Name of the asset. */
  readonly shard: string
  readonly files: readonly PlacedFile[]
}

/** `<bundle>/<version>`, without the cluster. */
export function placeKey(bundle: BundleName, version: string): string {
  return `${bundle.slice(bundle.indexOf("/") + 1)}/${version}`
}

/** Undefined for what is not the index of this cluster: wherever it comes from, nobody has vouched for it. */
export function readWaveIndex(value: unknown, cluster: string): WaveIndex | undefined {
  if (!isDocument(value, "WaveIndex", cluster) || !isRecord(value["versions"])) return undefined
  const sound = Object.values(value["versions"]).every(
    place => isRecord(place) && isText(place["shard"]) && isList(place["files"]) && place["files"].every(isPlacedFile),
  )
  return sound ? (value as unknown as WaveIndex) : undefined
}

/** `catalog/places/<cluster>.json` on the branch of the catalog: in which wave the versions of a cluster lie. */
export interface WavePlaces {
  readonly apiVersion: "scb/v1"
  readonly kind: "WavePlaces"
  readonly cluster: string
  /** By `<bundle>/<version>`, the tag. */
  readonly places: Readonly<Record<string, string>>
}

export function readWavePlaces(value: unknown, cluster: string): WavePlaces | undefined {
  if (!isDocument(value, "WavePlaces", cluster) || !isRecord(value["places"])) return undefined
  return Object.values(value["places"]).every(isText) ? (value as unknown as WavePlaces) : undefined
}

function isDocument(value: unknown, kind: string, cluster: string): value is Record<string, unknown> {
  return isRecord(value) && value["apiVersion"] === "scb/v1" && value["kind"] === kind && value["cluster"] === cluster
}

function isPlacedFile(value: unknown): boolean {
  if (!isRecord(value)) return false
  return isText(value["name"]) && isText(value["sha256"]) && isCount(value["size"]) && isCount(value["offset"])
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value)
}

function isList(value: unknown): value is readonly unknown[] {
  return Array.isArray(value)
}

function isText(value: unknown): value is string {
  return typeof value === "string"
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0
}

/** A cluster's part of the index, once its shards have names. */
export function waveIndex(
  cluster: string,
  shards: readonly { readonly name: string; readonly versions: readonly PlacedVersion[] }[],
): WaveIndex {
  const rows = shards.flatMap(({ name, versions }) =>
    versions
      .filter(({ bundle }) => parseBundleName(bundle)?.cluster === cluster)
      .map(({ bundle, version, files }) => [placeKey(bundle, version), { shard: name, files }] as const),
  )
  return { apiVersion: "scb/v1", kind: "WaveIndex", cluster, versions: Object.fromEntries(rows) }
}
