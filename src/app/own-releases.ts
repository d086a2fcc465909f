import { sha256 } from "../artifact/digest.ts"
import type { CatalogIndex } from "../domain/catalog.ts"
import { ScbError } from "../domain/errors.ts"
import { MANIFEST_NAME, type Manifest, SIGNATURE_NAME, selectableOfManifest } from "../domain/manifest.ts"
import type { BundleName } from "../domain/names.ts"
import { type Plan, releaseSteps, type UnrecordedRelease } from "../domain/plan/plan.ts"
import { type Invalidation, invalidates, type LedgerState } from "../domain/release.ts"
import { decodeUtf8 } from "../domain/utf8.ts"
import { CATALOG_INDEX, catalogSignaturePath, type Releases } from "../ports.ts"
import { parseCatalogIndex, parseManifest } from "../schema/documents.ts"
import type { PublishedSource } from "./fetch.ts"
import { LIMITS, verifySignature } from "./trust.ts"

/** The publisher's own view. */
interface OwnSource extends PublishedSource {
  readonly releases: Releases
}

export interface OwnManifest {
  readonly manifest: Manifest
  readonly bytes: Uint8Array
}

/** Of a release that is complete, signed by one of our signers and speaks of itself; undefined for anything else. */
export function readOwnManifest(
  { releases, anchors, now }: OwnSource,
  bundle: BundleName,
  version: string,
): Promise<OwnManifest | undefined> {
  return unlessRefused(async () => {
    if ((await releases.find(bundle, version)) === undefined) return undefined
    const data = await releases.readAsset(bundle, version, MANIFEST_NAME, LIMITS.manifest)
    const signature = decodeUtf8(await releases.readAsset(bundle, version, SIGNATURE_NAME, LIMITS.signature))
    await verifySignature({ data, signature, anchors, now, subject: `${bundle} ${version}` })
    const manifest = parseManifest(data)
    return manifest.bundle === bundle && manifest.version === version ? { manifest, bytes: data } : undefined
  })
}

/** The catalog in force, if it is ours: one that does not verify counts as missing and is written again. */
export async function readOwnCatalog({ releases, anchors, now }: OwnSource): Promise<CatalogIndex | undefined> {
  const data = await releases.readCatalogFile(CATALOG_INDEX, LIMITS.index)
  if (data === undefined) return undefined
  const signature = await releases.readCatalogFile(catalogSignaturePath(sha256(data)), LIMITS.signature)
  if (signature === undefined) return undefined
  return unlessRefused(async () => {
    await verifySignature({ data, signature: decodeUtf8(signature), anchors, now, subject: "the catalog" })
    return parseCatalogIndex(data)
  })
}

/** Looks, for the bundles that are about to be released, whether a run that was cut off has already published something. */
export async function findUnrecorded(
  draft: Plan,
  ledger: LedgerState,
  source: OwnSource,
): Promise<ReadonlyMap<BundleName, readonly UnrecordedRelease[]>> {
  const found = new Map<BundleName, readonly UnrecordedRelease[]>()
  const due = draft.invalidations.map(each => ({ ...each, at: draft.now }))
  const invalidations = [...ledger.invalidations, ...due]
  for (const step of releaseSteps(draft)) {
    const recorded = new Set(ledger.bundles.get(step.bundle)?.releases.map(release => release.version))
    const versions = (await source.releases.versions(step.bundle)).filter(version => !recorded.has(version))
    if (versions.length === 0) continue
    const unrecorded = versions.map(version => unrecordedRelease(source, step.bundle, version, invalidations))
    found.set(step.bundle, await Promise.all(unrecorded))
  }
  return found
}

async function unrecordedRelease(
  source: OwnSource,
  bundle: BundleName,
  version: string,
  invalidations: readonly Invalidation[],
): Promise<UnrecordedRelease> {
  const own = await readOwnManifest(source, bundle, version)
  const usable = own !== undefined && source.now < own.manifest.expiresAt && !isInvalidated(own.manifest, invalidations)
  return {
    version,
    inputDigest: usable ? own.manifest.source.inputDigest : undefined,
    predecessor: own?.manifest.predecessor?.version,
  }
}

/** Taken up again, it would count as published now, and escape what has revoked all that was made when it was. */
function isInvalidated(manifest: Manifest, invalidations: readonly Invalidation[]): boolean {
  const selectable = selectableOfManifest(manifest, manifest.createdAt)
  return invalidations.some(each => invalidates(each, selectable))
}

/** What is damaged, foreign or unsigned is none of ours. Our own bugs still come through. */
async function unlessRefused<T>(read: () => Promise<T>): Promise<T | undefined> {
  try {
    return await read()
  } catch (error) {
    if (error instanceof ScbError) return undefined
    throw error
  }
}
