import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { ScbError } from "../../domain/errors.ts"
import type { SeenRelease } from "../../domain/forge/publication.ts"
import { parseAttempt, parseReleaseTag, releaseTag } from "../../domain/forge/release-tags.ts"
import { isWaveLayout, planWaves, type WaveLimits } from "../../domain/forge/waves.ts"
import { groupBy } from "../../domain/group-by.ts"
import { SUMS_NAME } from "../../domain/manifest.ts"
import type { BundleName } from "../../domain/names.ts"
import type { FileDigest } from "../../domain/release.ts"
import type { Assets, NewRelease, PublishedVersion, Releases } from "../../ports.ts"
import {
  checkAssetName,
  checkAssets,
  checkComplete,
  digestsOf,
  releasePath,
  requiredNames,
  sha256Of,
} from "../release-rules.ts"
import { directoryReleases } from "../releases-directory.ts"
import { alreadyPublished, carryOut, contentDigest, type Publication } from "./carry-out.ts"
import type { CatalogBranch } from "./catalog-branch.ts"
import type { GithubClient } from "./client.ts"
import { type GithubTarget, type ReleaseForge, releaseForge } from "./release-forge.ts"
import { oncePer } from "./remembered.ts"
import { changed, versionKey, wavePublication } from "./wave-assets.ts"
import { type InWave, isIntact, waveReader } from "./wave-reader.ts"

export interface GithubReleasesOptions {
  readonly client: () => Promise<GithubClient>
  /** Without one releases can be read, if the repository is public. */
  readonly hasToken: boolean
  readonly target: GithubTarget
  readonly branch: CatalogBranch
  readonly waveLimits?: WaveLimits
}

export type GithubReleases = Releases & Required<Pick<Releases, "publishAll" | "stage">>

const EMPTY = new Uint8Array()
const SUMS_MAXIMUM = 1 << 20

/**
 * Releases of a GitHub repository, in one of two layouts (docs/github-releases.md): a release a version, under the tag
 * `<cluster>/<bundle>/v<version>`, or in waves. Reading looks at both. Nothing that GitHub says of a place is believed
 * further than that: who uses the files compares digests with the signed catalog.
 */
export function githubReleases({
  client,
  hasToken,
  target,
  branch,
  waveLimits,
}: GithubReleasesOptions): GithubReleases {
  const forge = releaseForge(client, target)
  const waves = waveReader(forge, branch)
  const list = releaseList(forge)
  const places = new Map<string, string>()

  async function find(bundle: BundleName, version: string): Promise<readonly FileDigest[] | undefined> {
    const path = releasePath(bundle, version)
    const all = await list.known()
    let gap: ScbError | undefined
    for (const { id } of attemptsOf(releaseTag(bundle, version), all)) {
      const release = await forge.look(id)
      if (release === undefined) continue
      gap = await gapIn(forge, path, release)
      if (gap === undefined) return filesOf(release)
    }
    for await (const { release, place } of waves.find(bundle, version, all)) {
      const now = await forge.look(release.id)
      if (now !== undefined && isIntact({ release: now, place })) return digestsIn({ release: now, place })
      gap ??= incomplete(path, `${place.shard} of ${release.tag}`)
    }
    if (gap !== undefined) throw gap
    return undefined
  }

  async function readAsset(bundle: BundleName, version: string, asset: string, maximumBytes: number) {
    const path = releasePath(bundle, version)
    checkAssetName(asset)
    for (const releases of [list.known, list.anew]) {
      const bytes = await readFrom(await releases(), bundle, version, asset, maximumBytes)
      if (bytes !== undefined) return bytes
    }
    throw new ScbError("release-missing", `release ${path} has no ${asset}`)
  }

  async function readFrom(
    all: readonly SeenRelease[],
    bundle: BundleName,
    version: string,
    name: string,
    maximumBytes: number,
  ): Promise<Uint8Array | undefined> {
    for (const { assets } of attemptsOf(releaseTag(bundle, version), all)) {
      const asset = assets.find(each => each.whole && each.name === name)
      if (asset === undefined) continue
      if (asset.size > maximumBytes)
        throw new ScbError("too-large", `${name} has ${asset.size} bytes, at most ${maximumBytes} are read`)
      const bytes = await forge.download(asset, maximumBytes)
      if (bytes !== undefined && sha256Of(bytes) === asset.sha256) return bytes
    }
    for await (const wave of waves.find(bundle, version, all)) {
      const bytes = await waves.read(wave, name, maximumBytes)
      const placed = wave.place.files.find(file => file.name === name)
      if (bytes !== undefined && sha256Of(bytes) === placed?.sha256) return bytes
    }
    return undefined
  }

  /** Throws `token-missing`. */
  function requireToken(): void {
    if (hasToken) return
    throw new ScbError("token-missing", `nothing can be published in ${target.repository} without a token`, {
      hint: "give it by GITHUB_TOKEN or SCB_GITHUB_TOKEN, with the permission contents: write",
    })
  }

  async function publishAll(
    releases: readonly NewRelease[],
    progress: (done: number) => void = () => {},
  ): Promise<readonly PublishedVersion[]> {
    requireToken()
    for (const { bundle, version, files } of releases) {
      releasePath(bundle, version)
      for (const { name } of files) checkAssetName(name)
    }
    const all = await list.anew()
    const inWaves = isWaveLayout(target, releases.length)
    const outcomes = new Map<NewRelease, PublishedVersion>()
    const rest: NewRelease[] = []
    for (const release of releases) {
      const { bundle, version } = release
      const isAlone = attemptsOf(releaseTag(bundle, version), all).length > 0
      const known = isAlone ? undefined : await inAnyWave(release, all)
      if (known !== undefined) outcomes.set(release, known)
      else if (isAlone || !inWaves) outcomes.set(release, await publishAlone(release, all))
      else rest.push(release)
      progress(outcomes.size)
    }
    for (const [release, outcome] of await publishWaves(rest, all)) outcomes.set(release, outcome)
    progress(outcomes.size)
    return releases.flatMap(release => outcomes.get(release) ?? [])
  }

  async function publishAlone(release: NewRelease, all: readonly SeenRelease[]): Promise<PublishedVersion> {
    const publication = await versionPublication(release)
    const { release: now, outcome } = await carryOut(forge, publication, releasesOf(publication.wanted.tag, all))
    if (outcome === "published") list.note(now)
    places.set(versionKey(release.bundle, release.version), now.tag)
    return { outcome, files: filesOf(now) }
  }

  /** Throws `release-exists` when a wave has it with other files. */
  async function inAnyWave(
    { bundle, version, files }: NewRelease,
    all: readonly SeenRelease[],
  ): Promise<PublishedVersion | undefined> {
    for await (const wave of waves.find(bundle, version, all)) {
      if (!isIntact(wave)) continue
      const there = digestsIn(wave)
      const other = differing(there, files)
      if (other !== undefined) throw alreadyPublished(releasePath(bundle, version), other)
      places.set(versionKey(bundle, version), wave.release.tag)
      return { outcome: "already", files: there }
    }
    return undefined
  }

  async function publishWaves(
    releases: readonly NewRelease[],
    all: readonly SeenRelease[],
  ): Promise<ReadonlyMap<NewRelease, PublishedVersion>> {
    const outcomes = new Map<NewRelease, PublishedVersion>()
    const byKey = new Map(releases.map(release => [versionKey(release.bundle, release.version), release]))
    for (const wave of planWaves(releases, waveLimits)) {
      const publication = await wavePublication(wave, byKey)
      const { release: now, outcome } = await carryOut(forge, publication, releasesOf(publication.wanted.tag, all))
      list.note(now)
      for (const { bundle, version, files } of wave.shards.flatMap(({ versions }) => versions)) {
        const release = byKey.get(versionKey(bundle, version))
        if (release === undefined) throw new Error(`${bundle} ${version} was planned, but not asked for`)
        places.set(versionKey(bundle, version), now.tag)
        outcomes.set(release, { outcome, files: files.map(fileDigest) })
      }
    }
    if (releases.length > 0) await requireOurs(releases)
    return outcomes
  }

  /** Two publishers may have made waves of the same versions at once: the first to be published has them. */
  async function requireOurs(releases: readonly NewRelease[]): Promise<void> {
    const all = await list.anew()
    for (const release of releases) await inAnyWave(release, all)
  }

  return {
    find,
    async versions(bundle) {
      releasePath(bundle, "0.0.0")
      const all = await list.known()
      const alone =
        versionsByBundle(all)
          .get(bundle)
          ?.map(({ version }) => version) ?? []
      return [...new Set([...alone, ...(await waves.versions(bundle, all))])]
    },
    readAsset,
    publishAll,
    async publish(bundle, version, assets) {
      releasePath(bundle, version)
      checkAssets(assets)
      const [published] = await publishAll([unannounced(bundle, version, assets)])
      return published?.outcome ?? "already"
    },
    async stage() {
      const folder = await mkdtemp(join(tmpdir(), "scb-stage-"))
      return {
        releases: directoryReleases(folder),
        remove: () => rm(folder, { recursive: true, force: true }),
      }
    },
    describe(bundle, version) {
      releasePath(bundle, version)
      return forge.page(places.get(versionKey(bundle, version)) ?? releaseTag(bundle, version))
    },
    readCatalogFile: (path, maximumBytes) => branch.readCatalogFile(path, maximumBytes),
    async publishCatalog(catalog) {
      requireToken()
      const all = await list.known()
      await branch.publishCatalog(catalog, read => waves.newPlaces(all, read))
    },
  }
}

interface ReleaseList {
  /** As last read, with what was published from here since: enough to say what is not there, and where to look. */
  readonly known: () => Promise<readonly SeenRelease[]>
  readonly anew: () => Promise<readonly SeenRelease[]>
  readonly note: (release: SeenRelease) => void
}

function releaseList(forge: ReleaseForge): ReleaseList {
  let listed: Promise<readonly SeenRelease[]> | undefined
  const anew = (): Promise<readonly SeenRelease[]> => {
    const reading = forge.list().catch(error => {
      if (listed === reading) listed = undefined
      throw error
    })
    listed = reading
    return reading
  }
  return {
    known: () => listed ?? anew(),
    anew,
    note(release) {
      listed = listed?.then(all => [...all.filter(({ id }) => id !== release.id), release])
    },
  }
}

/** Published, first attempt first. */
function attemptsOf(tag: string, all: readonly SeenRelease[]): readonly SeenRelease[] {
  return releasesOf(tag, all)
    .filter(({ draft }) => !draft)
    .sort((a, b) => parseAttempt(a.tag).attempt - parseAttempt(b.tag).attempt)
}

/** Drafts too. */
function releasesOf(tag: string, all: readonly SeenRelease[]): readonly SeenRelease[] {
  return byFirstTag(all).get(tag) ?? []
}

/** One list is asked about ten thousand tags. */
const byFirstTag = oncePer((all: readonly SeenRelease[]) => groupBy(all, ({ tag }) => parseAttempt(tag).base))

const versionsByBundle = oncePer((all: readonly SeenRelease[]) =>
  groupBy(
    all.filter(({ draft }) => !draft).flatMap(({ tag }) => parseReleaseTag(tag) ?? []),
    ({ bundle }) => bundle,
  ),
)

/** A version as a release of its own. Throws `digest-mismatch`. */
async function versionPublication(release: NewRelease): Promise<Publication> {
  const { bundle, version, files, commit } = release
  const assets = await release.read()
  checkAssets(assets)
  for (const { name, sha256 } of files) {
    const bytes = assets.get(name)
    if (bytes === undefined || sha256Of(bytes) !== sha256) throw changed(bundle, version, name)
  }
  return {
    wanted: {
      tag: releaseTag(bundle, version),
      content: contentDigest(files),
      files,
      required: requiredNames(assets),
    },
    announcement: release.announce(assets),
    ...(commit === undefined ? {} : { commit }),
    async bytesOf(name) {
      const bytes = assets.get(name)
      if (bytes === undefined) throw new Error(`${bundle} ${version} has no ${name}`)
      return bytes
    },
  }
}

function unannounced(bundle: BundleName, version: string, assets: Assets): NewRelease {
  return {
    bundle,
    version,
    files: digestsOf(assets),
    read: async () => assets,
    announce: () => ({ title: `${bundle} ${version}`, notes: "" }),
  }
}

/** `release-incomplete`, or undefined when all that its list names is there. */
async function gapIn(forge: ReleaseForge, path: string, { assets }: SeenRelease): Promise<ScbError | undefined> {
  const whole = assets.filter(asset => asset.whole)
  const list = whole.find(({ name }) => name === SUMS_NAME)
  const sums = list && (await forge.download(list, SUMS_MAXIMUM))
  const shown = new Map<string, Uint8Array>(whole.map(({ name }) => [name, EMPTY]))
  if (sums === undefined) shown.delete(SUMS_NAME)
  else shown.set(SUMS_NAME, sums)
  try {
    checkComplete(path, shown)
    return undefined
  } catch (error) {
    if (error instanceof ScbError) return error
    throw error
  }
}

function filesOf({ assets }: SeenRelease): readonly FileDigest[] {
  return byName(assets.filter(({ whole }) => whole).map(fileDigest))
}

function digestsIn({ place }: InWave): readonly FileDigest[] {
  return byName(place.files.map(fileDigest))
}

function fileDigest({ name, size, sha256 }: FileDigest): FileDigest {
  return { name, size, sha256 }
}

function byName(files: readonly FileDigest[]): readonly FileDigest[] {
  return [...files].sort((a, b) => (a.name < b.name ? -1 : 1))
}

/** A file that one has and the other has not, or has otherwise. */
function differing(a: readonly FileDigest[], b: readonly FileDigest[]): string | undefined {
  const isIn = (files: readonly FileDigest[], { name, sha256 }: FileDigest) =>
    files.some(file => file.name === name && file.sha256 === sha256)
  return (a.find(file => !isIn(b, file)) ?? b.find(file => !isIn(a, file)))?.name
}

function incomplete(path: string, lost: string): ScbError {
  return new ScbError("release-incomplete", `release ${path} lacks ${lost}`, {
    hint: "publish the same build again, or restore the release from a mirror",
  })
}
