import { createHash } from "node:crypto"
import { ScbError } from "../domain/errors.ts"
import { SUMS_NAME } from "../domain/manifest.ts"
import { type BundleName, parseBundleName } from "../domain/names.ts"
import type { FileDigest } from "../domain/release.ts"
import {
  type Assets,
  catalogShardPath,
  catalogSignaturePath,
  revocationListPath,
  type SignedCatalog,
} from "../ports.ts"

/** What every kind of releases agrees on: the names that may exist, and when a release is whole or equal to another. */

const VERSION = /^\d{1,10}\.\d{1,10}\.\d{1,10}(?:-[0-9A-Za-z][0-9A-Za-z.-]{0,63})?$/
const ASSET = /^[0-9A-Za-z][0-9A-Za-z._-]{0,199}$/
const CATALOG_FILE =
  /^catalog\/(?:index\.json(?:\.asc)?|places\/[a-z0-9-]{1,63}\.json|shards\/[0-9a-f]{64}\.json|revocation\/[0-9a-f]{64}\.crl|signatures\/[0-9a-f]{64}\.asc)$/

/** `<cluster>/<bundle>/<version>`: names that cannot leave their folder, on any file system. Throws `release-missing`. */
export function releasePath(bundle: BundleName, version: string): string {
  if (parseBundleName(bundle) === undefined)
    throw new ScbError("release-missing", `no bundle can be named ${JSON.stringify(bundle)}`)
  if (!VERSION.test(version))
    throw new ScbError("release-missing", `${bundle}: no version can be named ${JSON.stringify(version)}`)
  return `${bundle}/${version}`
}

export function isVersion(text: string): boolean {
  return VERSION.test(text)
}

export function isAssetName(text: string): boolean {
  return ASSET.test(text)
}

/** Throws `release-missing` for a name that is no plain file name. */
export function checkAssetName(asset: string): void {
  if (!isAssetName(asset)) throw new ScbError("release-missing", `no asset can be named ${JSON.stringify(asset)}`)
}

export function checkAssets(assets: Assets): void {
  if (!assets.has(SUMS_NAME)) throw new Error(`a release has a ${SUMS_NAME}`)
  for (const name of assets.keys()) checkAssetName(name)
}

/** What the index names by digest, with the paths where it goes. */
export function catalogFiles({ shards, revocationLists }: SignedCatalog): readonly (readonly [string, Uint8Array])[] {
  return [
    ...[...shards].map(([sha256, bytes]) => [catalogShardPath(sha256), bytes] as const),
    ...[...revocationLists].map(([sha256, bytes]) => [revocationListPath(sha256), bytes] as const),
  ]
}

export function checkCatalogFiles(catalog: SignedCatalog): void {
  for (const [path, bytes] of catalogFiles(catalog)) {
    if (!path.includes(sha256Of(bytes))) throw new Error(`${path} has another digest`)
  }
}

/** Throws `catalog-malformed` for a path that no catalog has: paths are put together from what an index says. */
export function checkCatalogPath(path: string): void {
  if (!CATALOG_FILE.test(path))
    throw new ScbError("catalog-malformed", `no catalog file can be named ${JSON.stringify(path)}`)
}

/** Throws `release-incomplete` when SHA256SUMS or a file that it names is missing. */
export function checkComplete(release: string, assets: Assets): void {
  const missing = missingFrom(assets)
  if (missing.length === 0) return
  throw new ScbError("release-incomplete", `release ${release} lacks ${missing.join(", ")}`, {
    hint: "publish the same build again, or restore the release from a mirror",
  })
}

/**
 * What publishing `wanted` where `present` is means: nothing, when all is there (`already`); giving back what an
 * incomplete release lacks (`missing`). Throws `release-exists` when something else holds the place.
 */
export function compareRelease(release: string, present: Assets, wanted: Assets): "already" | "missing" {
  const names = [...present.keys()]
  const changed = names.find(name => !isEqual(present.get(name), wanted.get(name)))
  const added = [...wanted.keys()].find(name => !present.has(name))
  if (changed === undefined && added === undefined) return "already"
  if (changed === undefined && missingFrom(present).length > 0) return "missing"
  throw new ScbError("release-exists", `release ${release} is already published with another ${changed ?? added}`, {
    hint: "a version's content never changes: release the next version",
  })
}

/** What a release must have to be whole: its list of files, and all that is on it. */
export function requiredNames(assets: Assets): readonly string[] {
  const lines = new TextDecoder().decode(assets.get(SUMS_NAME)).split("\n")
  return [SUMS_NAME, ...lines.flatMap(line => /^[0-9a-f]{64} [ *](.+)$/.exec(line)?.[1] ?? [])]
}

/** Without its list of files it cannot be known to be whole. */
function missingFrom(assets: Assets): readonly string[] {
  return requiredNames(assets).filter(name => !assets.has(name))
}

function isEqual(a: Uint8Array | undefined, b: Uint8Array | undefined): boolean {
  return a !== undefined && b !== undefined && Buffer.compare(a, b) === 0
}

/**
 * Throws `catalog-rollback` when the index to publish is older, by (version, issuedAt), than the one that is there, or
 * another of the same age: the signatures of revocation lists differ from run to run, and customers who see two
 * catalogs of one age believe neither.
 */
export function checkCatalogRises(published: Uint8Array | undefined, next: Uint8Array): void {
  const [old, fresh] = [catalogAge(published), catalogAge(next)]
  if (old === undefined || fresh === undefined || isEqual(published, next)) return
  const falls = fresh.version < old.version || (fresh.version === old.version && fresh.issuedAt <= old.issuedAt)
  if (!falls) return
  throw new ScbError(
    "catalog-rollback",
    `catalog ${fresh.version} of ${fresh.issuedAt} is not newer than the published ${old.version} of ${old.issuedAt}`,
    { hint: "someone has published since: run it again" },
  )
}

/**
 * Files of the new catalog and of the one before it, whose index a reader may hold still. Undefined when
 * nothing may be removed: an index cannot be read, or is published again after a crash and the one before is unknown.
 */
export function catalogPathsToKeep(
  before: Uint8Array | undefined,
  catalog: SignedCatalog,
): ReadonlySet<string> | undefined {
  if (isEqual(before, catalog.index)) return undefined
  const indexes = [catalog.index, before ?? catalog.index]
  const named = indexes.map(pathsIn)
  if (named.includes(undefined)) return undefined
  return new Set([
    ...catalogFiles(catalog).map(([path]) => path),
    ...named.flatMap(each => each ?? []),
    ...indexes.map(index => catalogSignaturePath(sha256Of(index))),
  ])
}

export function isOldCatalogFile(path: string, kept: ReadonlySet<string> | undefined): boolean {
  return kept !== undefined && /^catalog\/(?:shards|revocation|signatures)\//.test(path) && !kept.has(path)
}

export function digestsOf(assets: Assets): readonly FileDigest[] {
  return [...assets]
    .map(([name, bytes]) => ({ name, size: bytes.length, sha256: sha256Of(bytes) }))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
}

export function sha256Of(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex")
}

/** Paths of the shards and lists that an index refers to; undefined for what is no index. */
function pathsIn(index: Uint8Array): readonly string[] | undefined {
  const { shards, revocationLists = {} } = members(parsed(index)) ?? {}
  if (members(shards) === undefined) return undefined
  const lists = Object.values(members(revocationLists) ?? {}).flatMap(list => Object.values(members(list) ?? {}))
  return [...digestsIn(shards).map(catalogShardPath), ...digestsIn({ ...lists }).map(revocationListPath)]
}

/** The digests of the members of a record, where they have one. */
function digestsIn(record: unknown): readonly string[] {
  return Object.values(members(record) ?? {}).flatMap(each => {
    const sha256 = members(each)?.["sha256"]
    return typeof sha256 === "string" ? [sha256] : []
  })
}

function catalogAge(index: Uint8Array | undefined): { version: number; issuedAt: number | string } | undefined {
  const { version, issuedAt } = members(parsed(index)) ?? {}
  if (typeof version !== "number" || (typeof issuedAt !== "number" && typeof issuedAt !== "string")) return undefined
  return { version, issuedAt }
}

function parsed(bytes: Uint8Array | undefined): unknown {
  try {
    return bytes && JSON.parse(new TextDecoder().decode(bytes))
  } catch {
    return undefined
  }
}

function members(value: unknown): Readonly<Record<string, unknown>> | undefined {
  return typeof value === "object" && value !== null ? Object.fromEntries(Object.entries(value)) : undefined
}
