import { readdir, readFile, rename, rm } from "node:fs/promises"
import { join } from "node:path"
import { CATALOG_INDEX, catalogSignaturePath, type SignedCatalog } from "../ports.ts"
import { ignoring, makeDirectory, syncDirectory, writeNewFile } from "./atomic-files.ts"
import { takeLock } from "./file-lock.ts"
import { readRegular } from "./read-regular.ts"
import {
  catalogFiles,
  catalogPathsToKeep,
  checkCatalogFiles,
  checkCatalogPath,
  checkCatalogRises,
  isOldCatalogFile,
  sha256Of,
} from "./release-rules.ts"
import { inStaging, STAGING } from "./staging.ts"

const FOLDERS = ["catalog/shards", "catalog/revocation", "catalog/signatures"]

export async function readCatalogFile(
  root: string,
  path: string,
  maximumBytes: number,
): Promise<Uint8Array | undefined> {
  checkCatalogPath(path)
  return readRegular(join(root, path), maximumBytes).catch(ignoring("ENOENT", undefined))
}

/**
 * Shards, lists and signature, then the index over them, then what neither this index nor the one before it needs is removed.
 * `catalog/index.json.asc` is a copy for plain gpg; our own clients find the signature by the index's digest.
 */
export async function publishCatalog(root: string, catalog: SignedCatalog): Promise<void> {
  checkCatalogFiles(catalog)
  for (const folder of FOLDERS) await makeDirectory(join(root, folder), 0o755)
  const name = join(root, STAGING, "catalog")
  const lock = await takeLock({ lock: `${name}.lock`, owners: `${name}.owners` }, new Uint8Array())
  try {
    const before = await readFile(join(root, CATALOG_INDEX)).catch(ignoring("ENOENT", undefined))
    checkCatalogRises(before, catalog.index)
    await inStaging(root, staging => writeCatalog(root, catalog, staging))
    await removeOldFiles(root, catalogPathsToKeep(before, catalog))
  } finally {
    await lock.release()
  }
}

async function writeCatalog(root: string, catalog: SignedCatalog, staging: string): Promise<void> {
  const put = async (path: string, bytes: Uint8Array): Promise<void> => {
    const present = await readFile(join(root, path)).catch(ignoring("ENOENT", undefined))
    if (present?.equals(bytes)) return
    const staged = join(staging, sha256Of(bytes))
    await writeNewFile(staged, bytes, 0o644)
    await rename(staged, join(root, path))
  }
  for (const [path, bytes] of catalogFiles(catalog)) await put(path, bytes)
  await put(catalogSignaturePath(sha256Of(catalog.index)), catalog.signature)
  for (const folder of FOLDERS) await syncDirectory(join(root, folder))
  await put(CATALOG_INDEX, catalog.index)
  await put(`${CATALOG_INDEX}.asc`, catalog.signature)
  await syncDirectory(join(root, "catalog"))
}

async function removeOldFiles(root: string, kept: ReadonlySet<string> | undefined): Promise<void> {
  for (const folder of FOLDERS) {
    const paths = (await readdir(join(root, folder))).map(name => `${folder}/${name}`)
    for (const path of paths) if (isOldCatalogFile(path, kept)) await rm(join(root, path), { force: true })
  }
}
