import { chmod, constants, copyFile, link, mkdir, open, readdir, readFile, rename } from "node:fs/promises"
import { dirname, join, resolve } from "node:path"
import { ScbError } from "../domain/errors.ts"
import type { Assets, Releases } from "../ports.ts"
import { errno, ignoring, makeDirectory, syncDirectory, worldError, writeNewFile } from "./atomic-files.ts"
import { publishCatalog, readCatalogFile } from "./catalog-directory.ts"
import { readRegular } from "./read-regular.ts"
import {
  checkAssetName,
  checkAssets,
  checkComplete,
  compareRelease,
  digestsOf,
  isAssetName,
  isVersion,
  releasePath,
  sha256Of,
} from "./release-rules.ts"
import { inStaging } from "./staging.ts"

/**
 * Releases in a directory that any static web server can serve:
 *
 *     releases/<cluster>/<bundle>/<version>/<asset>   what people and drivers fetch
 *     objects/sha256/<ab>/<digest>                    the same files by digest (hard links)
 *     catalog/                                        see catalog-directory.ts
 *     .staging/                                       what is being written; not to be served
 *
 * A release appears by one rename of a directory whose every byte is on disk: readers and crashes see all or nothing.
 */
export function directoryReleases(directory: string): Releases {
  const root = resolve(directory)
  const placeOf = (release: string): string => join(root, "releases", release)
  return {
    async find(bundle, version) {
      const release = releasePath(bundle, version)
      return reporting(`cannot read release ${release} in ${root}`, async () => {
        const assets = await readRelease(placeOf(release))
        if (assets === undefined) return undefined
        checkComplete(release, assets)
        return digestsOf(assets)
      })
    },

    async versions(bundle) {
      const folder = dirname(placeOf(releasePath(bundle, "0.0.0")))
      return reporting(`cannot list ${folder}`, async () =>
        (await readdir(folder).catch(ignoring("ENOENT", []))).filter(isVersion),
      )
    },

    async readAsset(bundle, version, asset, maximumBytes) {
      const release = releasePath(bundle, version)
      checkAssetName(asset)
      return reporting(`cannot read ${asset} of release ${release} in ${root}`, async () => {
        const reading = readRegular(join(placeOf(release), asset), maximumBytes)
        const bytes = await reading.catch(ignoring("ENOENT", undefined))
        if (bytes === undefined) throw new ScbError("release-missing", `release ${release} has no ${asset}`)
        return bytes
      })
    },

    async publish(bundle, version, assets) {
      const release = releasePath(bundle, version)
      checkAssets(assets)
      return reporting(`cannot publish release ${release} in ${root}`, () => publish(root, release, assets))
    },

    describe: (bundle, version) => placeOf(releasePath(bundle, version)),

    readCatalogFile: (path, maximumBytes) =>
      reporting(`cannot read ${path} in ${root}`, () => readCatalogFile(root, path, maximumBytes)),

    publishCatalog: catalog => reporting(`cannot publish the catalog in ${root}`, () => publishCatalog(root, catalog)),
  }
}

async function readRelease(place: string): Promise<Assets | undefined> {
  const names = await readdir(place).catch(ignoring("ENOENT", undefined))
  if (names === undefined) return undefined
  const assets = new Map<string, Uint8Array>()
  for (const name of names.filter(isAssetName)) assets.set(name, await readRegular(join(place, name)))
  return assets
}

async function publish(root: string, release: string, assets: Assets): Promise<"published" | "already"> {
  const place = join(root, "releases", release)
  const present = (await readRelease(place)) ?? new Map()
  const isNew = present.size === 0
  if (!isNew && compareRelease(release, present, assets) === "already") return "already"
  try {
    await inStaging(root, staging => (isNew ? putRelease : mendRelease)(root, place, assets, staging))
    return "published"
  } catch (cause) {
    const isOvertaken = ["ENOTEMPTY", "EEXIST"].includes(errno(cause) ?? "")
    if (!isOvertaken) throw cause
    return publish(root, release, assets)
  }
}

async function putRelease(root: string, place: string, assets: Assets, staging: string): Promise<void> {
  const staged = join(staging, "release")
  await mkdir(staged)
  for (const [name, bytes] of assets) await store(root, bytes, join(staged, name), staging)
  await chmod(staged, 0o755)
  await syncDirectory(staged)
  await makeDirectory(dirname(place), 0o755)
  await rename(staged, place)
  await syncDirectory(dirname(place))
}

/** Adds what an incomplete copy of a release lacks; what it has stays. */
async function mendRelease(root: string, place: string, assets: Assets, staging: string): Promise<void> {
  const present = new Set(await readdir(place))
  for (const [name, bytes] of assets) {
    if (present.has(name)) continue
    const staged = join(staging, name)
    await store(root, bytes, staged, staging)
    await link(staged, join(place, name)).catch(cause => {
      if (isLinkable(cause)) throw cause
      return rename(staged, join(place, name))
    })
  }
  await syncDirectory(place)
}

/** Puts bytes at `path` and, by rename, under their digest: an object that is damaged gives way to a whole one. */
async function store(root: string, bytes: Uint8Array, path: string, staging: string): Promise<void> {
  const sha256 = sha256Of(bytes)
  const object = join(root, "objects", "sha256", sha256.slice(0, 2), sha256)
  const stored = await readFile(object).catch(ignoring("ENOENT", undefined))
  if (stored !== undefined && sha256Of(stored) === sha256) return linkOrCopy(object, path)
  await writeNewFile(path, bytes, 0o644)
  await makeDirectory(dirname(object), 0o755)
  await linkOrCopy(path, join(staging, sha256))
  await rename(join(staging, sha256), object)
  await syncDirectory(dirname(object))
}

async function linkOrCopy(from: string, to: string): Promise<void> {
  await link(from, to).catch(async cause => {
    if (isLinkable(cause)) throw cause
    await copyFile(from, to, constants.COPYFILE_EXCL)
    const copy = await open(to, "r+")
    await copy.sync().finally(() => copy.close())
  })
}

/** False when the file system has no (more) hard links, which is no reason to fail. */
function isLinkable(cause: unknown): boolean {
  return !["EPERM", "EXDEV", "EMLINK", "ENOTSUP", "ENOSYS"].includes(errno(cause) ?? "")
}

async function reporting<T>(doing: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (cause) {
    throw worldError(cause, doing)
  }
}
