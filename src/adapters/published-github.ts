import { printable } from "../artifact/printable.ts"
import { ScbError } from "../domain/errors.ts"
import { githubAddresses } from "../domain/forge/addresses.ts"
import { attemptTag, isWaveTag, releaseTag } from "../domain/forge/release-tags.ts"
import {
  clusterOf,
  type PlacedFile,
  placeKey,
  readWaveIndex,
  readWavePlaces,
  type WaveIndex,
  type WavePlaces,
  waveIndexName,
} from "../domain/forge/waves.ts"
import type { BundleName } from "../domain/names.ts"
import { CATALOG_INDEX, type PublishedFiles, wavePlacesPath } from "../ports.ts"
import type { BoundedGet, GetOptions } from "./bounded-get.ts"
import { checkAssetName, checkCatalogPath, isAssetName, releasePath } from "./release-rules.ts"

export interface GithubRepository {
  /** `owner/name`. */
  readonly repository: string
  /** Expected, where it can be asked for: a name can be taken over by another repository. */
  readonly repositoryId?: number
  /** As GITHUB_SERVER_URL; default https://github.com. */
  readonly server?: string
  readonly catalogBranch: string
  /** Absent: by the addresses that anybody may open, which are not counted against a limit of the API. */
  readonly token?: string
}

/** How the two ways, the public and the private one, come to bytes. */
interface GithubFiles {
  onBranch(path: string, options: GetOptions): Promise<Uint8Array | undefined>
  inRelease(tag: string, asset: string, options: GetOptions): Promise<Uint8Array | undefined>
}

/** A release whose tag is burned has come to the next one; see `attemptTag`. */
const ATTEMPTS = [1, 2, 3]
const PLACES_MAXIMUM = 16 << 20
const WAVE_INDEX_MAXIMUM = 32 << 20
const ANSWER_MAXIMUM = 8 << 20

/** Releases as `githubReleases` publishes them: a release a version, or in a wave. Throws what `get` does, and `forge-refused`. */
export function githubPublished(place: GithubRepository, get: BoundedGet): PublishedFiles {
  const files = place.token === undefined ? publicFiles(place, get) : privateFiles(place, place.token, get)
  const places = new Map<string, WavePlaces>()
  const indexes = new Map<string, WaveIndex>()

  async function placesOf(cluster: string): Promise<WavePlaces | undefined> {
    const bytes = await files.onBranch(wavePlacesPath(cluster), { maximumBytes: PLACES_MAXIMUM, revalidate: true })
    const read = bytes && readWavePlaces(parsed(bytes), cluster)
    if (read !== undefined) places.set(cluster, read)
    return read
  }

  async function indexOf(wave: string, cluster: string): Promise<WaveIndex | undefined> {
    const known = indexes.get(`${wave} ${cluster}`)
    if (known !== undefined) return known
    const bytes = await files.inRelease(wave, waveIndexName(cluster), { maximumBytes: WAVE_INDEX_MAXIMUM })
    const read = bytes && readWaveIndex(parsed(bytes), cluster)
    if (read !== undefined) indexes.set(`${wave} ${cluster}`, read)
    return read
  }

  /** Undefined when it lies in no wave that is known here. */
  async function fromWave(
    known: WavePlaces | undefined,
    wanted: Wanted,
    maximumBytes: number,
  ): Promise<Uint8Array | undefined> {
    const { bundle, version, asset } = wanted
    const wave = member(known?.places, placeKey(bundle, version))
    if (wave === undefined || !isWaveTag(wave)) return undefined
    const index = await indexOf(wave, clusterOf(bundle))
    const place = member(index?.versions, placeKey(bundle, version))
    const file = place?.files.find(({ name }) => name === asset)
    if (place === undefined || file === undefined || !isAssetName(place.shard)) return undefined
    return files.inRelease(wave, place.shard, { maximumBytes, part: partOf(file, maximumBytes) })
  }

  async function fromOwnRelease({ bundle, version, asset }: Wanted, maximumBytes: number) {
    for (const attempt of ATTEMPTS) {
      const bytes = await files.inRelease(attemptTag(releaseTag(bundle, version), attempt), asset, { maximumBytes })
      if (bytes !== undefined) return bytes
    }
    return undefined
  }

  return {
    async readAsset(bundle, version, asset, maximumBytes) {
      const release = releasePath(bundle, version)
      checkAssetName(asset)
      const wanted = { bundle, version, asset }
      const cluster = clusterOf(bundle)
      const bytes =
        (await fromWave(places.get(cluster), wanted, maximumBytes)) ??
        (await fromOwnRelease(wanted, maximumBytes)) ??
        (await fromWave(await placesOf(cluster), wanted, maximumBytes))
      if (bytes !== undefined) return bytes
      throw new ScbError("release-missing", `release ${release} has no ${asset} in ${place.repository}`)
    },

    async readCatalogFile(path, maximumBytes) {
      checkCatalogPath(path)
      return files.onBranch(path, { maximumBytes, revalidate: path === CATALOG_INDEX })
    },
  }
}

interface Wanted {
  readonly bundle: BundleName
  readonly version: string
  readonly asset: string
}

/** Nobody has vouched for an index of a wave. Throws `too-large`. */
function partOf({ name, offset, size }: PlacedFile, maximumBytes: number): NonNullable<GetOptions["part"]> {
  if (size <= maximumBytes) return { offset, size }
  throw new ScbError("too-large", `${name} is said to have ${size} bytes, at most ${maximumBytes} are read`)
}

/** What a browser opens. Assets redirect to the host of the bytes; the hosts are those of `githubAddresses`. */
function publicFiles({ repository, server, catalogBranch }: GithubRepository, get: BoundedGet): GithubFiles {
  const { web } = githubAddresses(server)
  const branch =
    web === "https://github.com"
      ? `https://raw.githubusercontent.com/${repository}/${escaped(catalogBranch)}`
      : `${web}/${repository}/raw/${escaped(catalogBranch)}`
  return {
    onBranch: (path, options) => get(`${branch}/${path}`, options),
    inRelease: (tag, asset, options) =>
      get(`${web}/${repository}/releases/download/${escaped(tag)}/${escaped(asset)}`, options),
  }
}

/** By the API: `browser_download_url` of a private repository takes no token. */
function privateFiles(place: GithubRepository, token: string, get: BoundedGet): GithubFiles {
  const root = `${githubAddresses(place.server).api}/repos/${place.repository}`
  const headers = { authorization: `Bearer ${token}`, "x-github-api-version": "2022-11-28" }
  const tags = new Map<string, ReadonlyMap<string, number>>()
  let checked: Promise<void> | undefined

  async function json(path: string): Promise<unknown> {
    const accept = "application/vnd.github+json"
    const bytes = await get(`${root}${path}`, { maximumBytes: ANSWER_MAXIMUM, headers: { ...headers, accept } })
    return bytes && parsed(bytes)
  }

  /** Once. Throws `forge-refused`. */
  function requireIdentity(): Promise<void> {
    checked ??= checkIdentity(place, () => json(""))
    return checked
  }

  /** Undefined without such a release, or without the asset in it; of a draft GitHub tells nobody by its tag. */
  async function assetId(tag: string, asset: string): Promise<number | undefined> {
    const known = tags.get(tag)?.get(asset)
    if (known !== undefined) return known
    const release = await json(`/releases/tags/${encodeURIComponent(tag)}`)
    if (release === undefined) return undefined
    const id = Number(membersOf(release)["id"])
    const assets = await allAssets(page => json(`/releases/${id}/assets?per_page=${PAGE}&page=${page}`))
    tags.set(tag, assets)
    return assets.get(asset)
  }

  return {
    async onBranch(path, options) {
      await requireIdentity()
      const accept = "application/vnd.github.raw+json"
      const url = `${root}/contents/${path}?ref=${encodeURIComponent(place.catalogBranch)}`
      return get(url, { ...options, headers: { ...headers, accept } })
    },
    async inRelease(tag, asset, options) {
      await requireIdentity()
      const id = await assetId(tag, asset)
      if (id === undefined) return undefined
      return get(`${root}/releases/assets/${id}`, {
        ...options,
        headers: { ...headers, accept: "application/octet-stream" },
      })
    },
  }
}

async function checkIdentity(
  { repository, repositoryId }: GithubRepository,
  read: () => Promise<unknown>,
): Promise<void> {
  if (repositoryId === undefined) return
  const id = membersOf(await read())["id"]
  if (id === repositoryId) return
  const found = id === undefined ? "nothing is there for this token" : `it is ${printable(String(id))}`
  throw new ScbError("forge-refused", `${repository} is not repository ${repositoryId}: ${found}`, {
    hint: "the name may have been given to somebody else: ask the publisher where the releases are now",
  })
}

const PAGE = 100
const PAGES_MAXIMUM = 10

async function allAssets(read: (page: number) => Promise<unknown>): Promise<ReadonlyMap<string, number>> {
  const ids = new Map<string, number>()
  for (let page = 1; page <= PAGES_MAXIMUM; page++) {
    const list = await read(page)
    const assets = Array.isArray(list) ? list.map(membersOf) : []
    for (const { name, id, state } of assets)
      if (typeof name === "string" && typeof id === "number" && state === "uploaded") ids.set(name, id)
    if (assets.length < PAGE) break
  }
  return ids
}

/** Tags and branches have slashes, which stay. */
function escaped(path: string): string {
  return path.split("/").map(encodeURIComponent).join("/")
}

function parsed(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes))
  } catch {
    return undefined
  }
}

function membersOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? Object.fromEntries(Object.entries(value)) : {}
}

/** Names come from outside, and `constructor` is a name. */
function member<T>(record: Readonly<Record<string, T>> | undefined, name: string): T | undefined {
  return record !== undefined && Object.hasOwn(record, name) ? record[name] : undefined
}
