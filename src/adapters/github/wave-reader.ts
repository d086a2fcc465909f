import { ScbError } from "../../domain/errors.ts"
import type { SeenAsset, SeenRelease } from "../../domain/forge/publication.ts"
import { isWaveTag } from "../../domain/forge/release-tags.ts"
import {
  clusterOf,
  parseWaveIndexName,
  placeKey,
  readWaveIndex,
  readWavePlaces,
  shardName,
  type WaveIndex,
  type WavePlace,
  type WavePlaces,
  waveIndexName,
} from "../../domain/forge/waves.ts"
import { prettyJson } from "../../domain/json.ts"
import type { BundleName } from "../../domain/names.ts"
import { decodeUtf8, encodeUtf8 } from "../../domain/utf8.ts"
import { type Releases, wavePlacesPath } from "../../ports.ts"
import type { ReleaseForge } from "./release-forge.ts"
import { oncePer, remembered } from "./remembered.ts"

/** A version in a wave. */
export interface InWave {
  readonly release: SeenRelease
  readonly place: WavePlace
}

/** Finds versions in waves. What it reads nobody has vouched for: a wrong answer shows in the digests. */
export interface WaveReader {
  /** Waves in which the version is said to be, the likeliest first. */
  find(bundle: BundleName, version: string, releases: readonly SeenRelease[]): AsyncIterable<InWave>
  versions(bundle: BundleName, releases: readonly SeenRelease[]): Promise<readonly string[]>
  /** Undefined when it is not there (any more). Throws `too-large`. */
  read(wave: InWave, file: string, maximumBytes: number): Promise<Uint8Array | undefined>
  /** Files of the catalog's branch that have yet to say where versions are; `read` shows those that do. */
  newPlaces(
    releases: readonly SeenRelease[],
    read: Releases["readCatalogFile"],
  ): Promise<ReadonlyMap<string, Uint8Array>>
}

const PLACES_MAXIMUM = 16 << 20
const INDEX_MAXIMUM = 32 << 20
const SHARD_MAXIMUM = 64 << 20

export function waveReader(forge: ReleaseForge, branch: Pick<Releases, "readCatalogFile">): WaveReader {
  const indexOf = remembered(
    (release: SeenRelease, cluster: string) => `${release.id} ${cluster}`,
    async (release, cluster): Promise<WaveIndex | undefined> => {
      const asset = assetNamed(release, waveIndexName(cluster))
      const bytes = asset === undefined ? undefined : await forge.download(asset, INDEX_MAXIMUM)
      return bytes === undefined ? undefined : readWaveIndex(parsed(bytes), cluster)
    },
  )
  let piece: Piece | undefined

  /** Waves that are newer than what was read are found by their indexes. */
  const placesOf = remembered(
    (cluster: string) => cluster,
    cluster => readPlaces(cluster, branch.readCatalogFile),
  )

  async function* find(bundle: BundleName, version: string, releases: readonly SeenRelease[]) {
    const cluster = clusterOf(bundle)
    const waves = wavesOf(cluster, releases)
    if (waves.length === 0) return
    const key = placeKey(bundle, version)
    const { places, tags: known } = await placesOf(cluster)
    const named = Object.hasOwn(places, key) ? places[key] : undefined
    const candidates = [
      ...waves.filter(({ tag }) => tag === named),
      ...waves.filter(({ tag }) => tag !== named && !known.has(tag)),
      ...waves.filter(({ tag }) => tag !== named && known.has(tag)),
    ]
    for (const release of candidates) {
      const versions = (await indexOf(release, cluster))?.versions ?? {}
      const place = Object.hasOwn(versions, key) ? versions[key] : undefined
      if (place !== undefined) yield { release, place }
    }
  }

  return {
    find,

    async versions(bundle, releases) {
      const cluster = clusterOf(bundle)
      const prefix = placeKey(bundle, "")
      const waves = wavesOf(cluster, releases)
      if (waves.length === 0) return []
      const { places, tags: known } = await placesOf(cluster)
      const tags = new Set(waves.map(({ tag }) => tag))
      const keys = Object.keys(places).filter(key => tags.has(places[key] ?? ""))
      for (const release of waves.filter(({ tag }) => !known.has(tag)))
        keys.push(...Object.keys((await indexOf(release, cluster))?.versions ?? {}))
      return keys.filter(key => key.startsWith(prefix)).map(key => key.slice(prefix.length))
    },

    async read({ release, place }, file, maximumBytes) {
      const placed = place.files.find(({ name }) => name === file)
      const shard = assetNamed(release, place.shard)
      if (placed === undefined || shard === undefined) return undefined
      if (placed.size > maximumBytes)
        throw new ScbError("too-large", `${file} has ${placed.size} bytes, at most ${maximumBytes} are read`)
      if (!covers(piece, shard, placed)) piece = await fetchPiece(forge, shard, place, piece)
      return piece?.bytes.slice(placed.offset - piece.offset, placed.offset - piece.offset + placed.size)
    },

    async newPlaces(releases, read) {
      const files = new Map<string, Uint8Array>()
      for (const cluster of [...wavesByCluster(releases).keys()].sort()) {
        const { places: old, tags: known } = await readPlaces(cluster, read)
        const waves = wavesOf(cluster, releases)
        const tags = new Set(waves.map(({ tag }) => tag))
        const unknown = waves.filter(({ tag }) => !known.has(tag))
        if (unknown.length === 0) continue
        const places = { ...old }
        for (const release of unknown)
          for (const key of Object.keys((await indexOf(release, cluster))?.versions ?? {}))
            if (!(Object.hasOwn(places, key) && tags.has(places[key] ?? ""))) places[key] = release.tag
        files.set(wavePlacesPath(cluster), encodeUtf8(prettyJson({ ...header, cluster, places })))
      }
      return files
    },
  }
}

interface Places {
  readonly places: WavePlaces["places"]
  /** Waves that are mentioned are mentioned with all that they have. */
  readonly tags: ReadonlySet<string>
}

async function readPlaces(cluster: string, read: Releases["readCatalogFile"]): Promise<Places> {
  const bytes = await read(wavePlacesPath(cluster), PLACES_MAXIMUM)
  const places = (bytes && readWavePlaces(parsed(bytes), cluster)?.places) ?? {}
  return { places, tags: new Set(Object.values(places)) }
}

const header = { apiVersion: "scb/v1", kind: "WavePlaces" } as const

/** Bytes of a shard that were read last: whoever reads one file of a version reads the others, and then the next version. */
interface Piece {
  readonly shard: number
  readonly offset: number
  readonly bytes: Uint8Array
}

function covers(
  piece: Piece | undefined,
  shard: SeenAsset,
  { offset, size }: { readonly offset: number; readonly size: number },
): boolean {
  if (piece?.shard !== shard.id) return false
  return offset >= piece.offset && offset + size <= piece.offset + piece.bytes.length
}

/** The files of one version; the whole shard when a second version of it is asked for. */
async function fetchPiece(
  forge: ReleaseForge,
  shard: SeenAsset,
  { files }: WavePlace,
  before: Piece | undefined,
): Promise<Piece | undefined> {
  const offset = Math.min(...files.map(file => file.offset))
  const size = Math.max(...files.map(file => file.offset + file.size)) - offset
  if (before?.shard === shard.id) {
    const bytes = await forge.download(shard, SHARD_MAXIMUM)
    return bytes && { shard: shard.id, offset: 0, bytes }
  }
  const bytes = await forge.download(shard, SHARD_MAXIMUM, { offset, size })
  return bytes && { shard: shard.id, offset, bytes }
}

/** What lies in the shard is what its name says. */
export function isIntact({ release, place }: InWave): boolean {
  const shard = assetNamed(release, place.shard)
  return shard !== undefined && shardName(shard.sha256) === shard.name
}

function isWave({ tag, draft }: SeenRelease): boolean {
  return !draft && isWaveTag(tag)
}

function wavesOf(cluster: string, releases: readonly SeenRelease[]): readonly SeenRelease[] {
  return wavesByCluster(releases).get(cluster) ?? []
}

/** Oldest first: the first to be published has a version, should two ever hold one. */
const wavesByCluster = oncePer((releases: readonly SeenRelease[]) => {
  const waves = new Map<string, SeenRelease[]>()
  const inTime = releases.filter(isWave).sort((a, b) => a.publishedAt.localeCompare(b.publishedAt) || a.id - b.id)
  for (const release of inTime)
    for (const cluster of clustersIn(release)) waves.set(cluster, [...(waves.get(cluster) ?? []), release])
  return waves
})

function clustersIn({ assets }: SeenRelease): readonly string[] {
  return assets.flatMap(({ name }) => parseWaveIndexName(name) ?? [])
}

function assetNamed({ assets }: SeenRelease, name: string): SeenAsset | undefined {
  return assets.find(asset => asset.whole && asset.name === name)
}

function parsed(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(decodeUtf8(bytes))
  } catch {
    return undefined
  }
}
