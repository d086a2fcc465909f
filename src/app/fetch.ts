import { checkBundle } from "../artifact/checks/check-bundle.ts"
import { completeBundle } from "../artifact/complete.ts"
import { fileDigest, sha256 } from "../artifact/digest.ts"
import type { ChannelName } from "../domain/bundle.ts"
import { ScbError } from "../domain/errors.ts"
import type { Finding } from "../domain/findings.ts"
import { formatInstant, type Instant } from "../domain/instant.ts"
import { MANIFEST_NAME, type Manifest, SIGNATURE_NAME, SUMS_NAME } from "../domain/manifest.ts"
import type { BundleName } from "../domain/names.ts"
import {
  CATALOG_INDEX,
  type ClientState,
  catalogShardPath,
  catalogSignaturePath,
  type Entropy,
  type Releases,
} from "../ports.ts"
import {
  believeCatalog,
  believeManifest,
  believeShard,
  type Identity,
  LIMITS,
  namesOf,
  openPayload,
  requireArchive,
  requireCertificate,
  requireSums,
  type SelectedVersion,
  type Selector,
  selectVersion,
  shardOf,
  type TrustAnchors,
} from "./trust.ts"

export interface FetchRequest {
  readonly bundle: BundleName
  readonly selector: Selector
  /** Names the place in the client's memory: the same for the same catalog, however often it moves house. */
  readonly source: string
  readonly releases: Releases
  readonly anchors: TrustAnchors
  readonly state: ClientState
  readonly identity: Identity
  /** The owner's key of a `csr` bundle, PEM: completes it here, and leaves this machine never. */
  readonly ownerKey?: { readonly pem: string; readonly passphrase?: string }
  readonly entropy: Pick<Entropy, "bytes">
  readonly now: Instant
}

export interface FetchedBundle {
  readonly bundle: BundleName
  readonly version: string
  readonly channel?: ChannelName
  /** Suggested name of the file. */
  readonly fileName: string
  readonly zip: Uint8Array
  /** False for a `csr` bundle without its owner's key: no driver opens it yet. */
  readonly complete: boolean
  readonly manifest: Manifest
  /** Fingerprint of the trusted signer of the manifest. */
  readonly signer: string
  readonly findings: readonly Finding[]
  readonly warnings: readonly string[]
}

/** Less left than this is worth a warning. */
const SOON = 7 * 86_400_000

/**
 * Fetches one version of one bundle and believes nothing that is not proved, in the order of `CHECKS` in trust.ts.
 * Throws what the checks there throw, and `release-incomplete` when a published version lacks a file.
 */
export async function fetchBundle(request: FetchRequest): Promise<FetchedBundle> {
  const { bundle, releases, anchors, identity, now } = request
  const { selected, firstVisit } = await selectFromCatalog(request)
  const { version, channel } = selected
  const read = (asset: string, maximumBytes: number) => readAsset(releases, selected, asset, maximumBytes)

  const manifestBytes = await read(MANIFEST_NAME, LIMITS.manifest)
  const signature = await read(SIGNATURE_NAME, LIMITS.signature)
  const { manifest, signer } = await believeManifest({ selected, manifest: manifestBytes, signature, anchors, now })

  const payload = await read(manifest.payload.name, LIMITS.payload)
  requireSums(await read(SUMS_NAME, LIMITS.sums), [
    fileDigest(MANIFEST_NAME, manifestBytes),
    fileDigest(SIGNATURE_NAME, signature),
    fileDigest(manifest.payload.name, payload),
  ])
  const published = await openPayload({ manifest, payload, identity, anchors, now })
  requireArchive(published, manifest)
  requireCertificate(published, manifest, now)

  const zip = await completed(published, manifest, request)
  const fetched = { bundle, version, fileName: manifest.plaintext.name, manifest, signer }
  const warnings = warningsAbout(manifest, { firstVisit, complete: zip !== undefined }, now)
  return {
    ...fetched,
    ...(channel !== undefined && { channel }),
    ...(zip === undefined
      ? { zip: published, complete: false, findings: [] }
      : { zip, complete: true, findings: checkBundle(zip, now) }),
    warnings,
  }
}

/** Everything that is read is remembered only when it is believed, and remembered before anything else is read. */
async function selectFromCatalog(
  request: FetchRequest,
): Promise<{ readonly selected: SelectedVersion; readonly firstVisit: boolean }> {
  const { bundle, selector, source, releases, anchors, state, now } = request
  const { cluster } = namesOf(bundle)
  const before = await state.read(source)
  const indexBytes = await releases.readCatalogFile(CATALOG_INDEX, LIMITS.index)
  if (indexBytes === undefined) throw new ScbError("release-missing", `there is no catalog at ${source}`)
  const signature = await releases.readCatalogFile(catalogSignaturePath(sha256(indexBytes)), LIMITS.signature)
  const { index, seen } = await believeCatalog({ index: indexBytes, signature, anchors, seen: before, now })
  await state.remember(source, seen)
  const shardPath = catalogShardPath(shardOf(index, cluster).sha256)
  const shardBytes = await releases.readCatalogFile(shardPath, LIMITS.shard)
  if (shardBytes === undefined) throw new ScbError("release-incomplete", `${source} lacks ${shardPath}`)
  const shard = believeShard(index, cluster, shardBytes)
  return { selected: selectVersion(index, shard, bundle, selector), firstVisit: before === undefined }
}

async function readAsset(
  releases: Releases,
  { bundle, version }: SelectedVersion,
  asset: string,
  maximumBytes: number,
): Promise<Uint8Array> {
  try {
    return await releases.readAsset(bundle, version, asset, maximumBytes)
  } catch (cause) {
    if (!(cause instanceof ScbError) || cause.code !== "release-missing") throw cause
    throw new ScbError("release-incomplete", `${bundle} ${version} is in the catalog, but lacks ${asset}`, {
      hint: "the publisher has to publish it again, or the mirror is not complete",
      cause,
    })
  }
}

/** What a driver opens: the ZIP itself or, of a `csr` bundle, the ZIP with its owner's key. Undefined without that key. */
async function completed(zip: Uint8Array, manifest: Manifest, request: FetchRequest): Promise<Uint8Array | undefined> {
  const { ownerKey, entropy } = request
  if (manifest.keySource === "generated") return zip
  if (ownerKey === undefined) return undefined
  return completeBundle(zip, ownerKey.pem, ownerKey.passphrase, length => entropy.bytes(length))
}

function warningsAbout(
  { keySource, expiresAt }: Manifest,
  { firstVisit, complete }: { readonly firstVisit: boolean; readonly complete: boolean },
  now: Instant,
): readonly string[] {
  return [
    ...(firstVisit ? ["first fetch from this source: whether its catalog is the newest cannot be told yet"] : []),
    ...(complete ? [] : [`key source is ${keySource}: add the owner's key before a driver can use it`]),
    ...(expiresAt - now < SOON ? [`the certificate ends soon, at ${formatInstant(expiresAt)}`] : []),
  ]
}
