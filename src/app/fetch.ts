import { checkBundle } from "../artifact/checks/check-bundle.ts"
import { completeBundle } from "../artifact/complete.ts"
import { fileDigest, sha256 } from "../artifact/digest.ts"
import { fingerprintOf, readKeyBlock } from "../artifact/openpgp-library.ts"
import type { ChannelName } from "../domain/bundle.ts"
import type { CatalogIndex, CatalogShard } from "../domain/catalog.ts"
import { ScbError } from "../domain/errors.ts"
import type { Finding } from "../domain/findings.ts"
import { earliest, formatInstant, type Instant } from "../domain/instant.ts"
import { MANIFEST_NAME, type Manifest, SIGNATURE_NAME, SUMS_NAME } from "../domain/manifest.ts"
import type { BundleName } from "../domain/names.ts"
import type { FileDigest } from "../domain/release.ts"
import type { RolloutShare } from "../domain/rollout/cohort.ts"
import type { SeenCatalog } from "../domain/seen-catalog.ts"
import { newestSeen } from "../domain/sources.ts"
import {
  CATALOG_INDEX,
  type ClientState,
  catalogShardPath,
  catalogSignaturePath,
  type PublishedFiles,
} from "../ports.ts"
import { fromAny, newestCatalog, type PublishedPlaces, placesOf } from "./sources.ts"
import {
  type BelievedCatalog,
  believeCatalog,
  believeManifest,
  believeShard,
  expired,
  type Identity,
  LIMITS,
  namesOf,
  openPayload,
  requireArchive,
  requireCertificate,
  requireDigest,
  requireSums,
  type SelectedVersion,
  type Selector,
  selectVersion,
  shardOf,
  type TrustAnchors,
} from "./trust.ts"

/** What to fetch, from where, and whom to believe. */
export interface ReleaseRequest extends VisitedSource {
  readonly bundle: BundleName
  readonly selector: Selector
}

export interface FetchRequest extends ReleaseRequest {
  readonly identity: Identity
  /** The owner's key of a `csr` bundle, PEM: completes it here, and leaves this machine never. */
  readonly ownerKey?: { readonly pem: string; readonly passphrase?: string }
}

export interface FetchedRelease {
  readonly bundle: BundleName
  readonly version: string
  readonly channel?: ChannelName
  /** Of the channel, while not all get the same. */
  readonly rollout?: RolloutShare
  /** Suggested name of the file. */
  readonly fileName: string
  readonly manifest: Manifest
  readonly manifestSha256: string
  /** Of the catalog that named it: rises with every ledger transaction. */
  readonly catalogVersion: number
  /** Fingerprint of the trusted signer of the manifest. */
  readonly signer: string
  readonly warnings: readonly string[]
}

export interface FetchedBundle extends FetchedRelease {
  readonly zip: Uint8Array
  /** False for a `csr` bundle without its owner's key: no driver opens it yet. */
  readonly complete: boolean
  readonly findings: readonly Finding[]
}

export interface SealedBundle extends FetchedRelease {
  /** OpenPGP message, encrypted to the manifest's recipients. */
  readonly payload: Uint8Array
}

/** Less left than this is worth a warning. */
const SOON = 7 * 86_400_000

/**
 * Fetches one version of one bundle and believes nothing that is not proved, in the order of `CHECKS` in trust.ts.
 * Throws what the checks there throw, and `release-incomplete` when a published version lacks a file.
 */
export async function fetchBundle(request: FetchRequest): Promise<FetchedBundle> {
  const { identity, anchors, now } = request
  const { payload, ...release } = await fetchRelease({ ...request, selector: await asConsumer(request) })
  const { manifest } = release
  const published = await openPayload({ manifest, payload, identity, anchors, now })
  requireArchive(published, manifest)
  requireCertificate(published, manifest, now)

  const zip = completed(published, manifest, request)
  const complete = zip !== undefined
  return {
    ...release,
    fileName: manifest.plaintext.name,
    zip: zip ?? published,
    complete,
    findings: complete ? checkBundle(zip, now).filter(isNews) : [],
    warnings: [...release.warnings, ...(complete ? [] : [withoutKey(manifest)])],
  }
}

/** Whoever does not say who they are is known by their OpenPGP key. */
export async function asConsumer({
  selector,
  identity,
}: Pick<FetchRequest, "selector" | "identity">): Promise<Selector> {
  if ("version" in selector || selector.consumer !== undefined) return selector
  const [key] = (await readKeyBlock(identity.privateKeyArmored)) ?? []
  return key === undefined ? selector : { ...selector, consumer: fingerprintOf(key) }
}

/** K6 doubts an issuer that the bundle does not bring along; the signed manifest has just vouched for it. */
function isNews({ code }: Finding): boolean {
  return code !== "K6"
}

/**
 * As {@link fetchBundle} up to decryption, for who keeps the OpenPGP key in an agent or on a card: whoever opens it has
 * yet to compare the signature inside and the digest of the ZIP. Throws the same, and `bundle-invalid` once its time is over.
 */
export async function fetchSealed(request: ReleaseRequest): Promise<SealedBundle> {
  const release = await fetchRelease(request)
  const { manifest } = release
  if (request.now >= manifest.expiresAt)
    throw expired(`the certificate in ${manifest.plaintext.name}`, manifest.expiresAt)
  const warnings = [...release.warnings, ...(manifest.keySource === "generated" ? [] : [withoutKey(manifest)])]
  return { ...release, fileName: manifest.payload.name, warnings }
}

/** freshness to manifest: all that can be proved without a secret key. */
async function fetchRelease(request: ReleaseRequest): Promise<Omit<SealedBundle, "fileName">> {
  const { bundle, selector, now } = request
  const failed = new Set<string>()
  const source = { ...request, warn: (warning: string) => void failed.add(warning) }
  const { index, seen, firstVisit } = await visitCatalog(source)
  const shard = await readShard(source, index, namesOf(bundle).cluster)
  const selected = selectVersion(index, shard, bundle, selector)
  const { manifest, signer, payload } = await readRelease(source, selected)
  return {
    bundle,
    version: selected.version,
    ...(selected.channel !== undefined && { channel: selected.channel }),
    ...(selected.rollout !== undefined && { rollout: selected.rollout }),
    manifest,
    manifestSha256: selected.entry.manifest.sha256,
    catalogVersion: seen.version,
    signer,
    payload,
    warnings: [
      ...failed,
      ...leaving(selected),
      ...unknownConsumer(selected),
      ...warningsAbout(manifest, firstVisit, now),
    ],
  }
}

/** What every reader of published files brings along. */
export interface PublishedSource extends PublishedPlaces {
  readonly anchors: TrustAnchors
  readonly now: Instant
}

/** freshness → signature → version, of the catalog that is published now. `before` is the newest one believed so far. */
export async function readCatalog(source: PublishedSource, before: SeenCatalog | undefined): Promise<BelievedCatalog> {
  return newestCatalog(source, before, releases => readCatalogOf(releases, source, before))
}

async function readCatalogOf(
  releases: PublishedFiles,
  { anchors, now }: PublishedSource,
  before: SeenCatalog | undefined,
): Promise<BelievedCatalog> {
  const index = await releases.readCatalogFile(CATALOG_INDEX, LIMITS.index)
  if (index === undefined) {
    throw new ScbError("release-missing", "there is no catalog: nothing has been published here yet", {
      hint: `expected ${CATALOG_INDEX} there: is it the right place? GitHub shows a private repository only to a token for its server`,
    })
  }
  const signature = await releases.readCatalogFile(catalogSignaturePath(sha256(index)), LIMITS.signature)
  return believeCatalog({ index, signature, anchors, seen: before, now })
}

/** What is read as a customer reads it, and what is remembered of it. */
export interface VisitedSource extends PublishedSource {
  /** Names the place in the client's memory: the same for the same catalog, however often it moves house. */
  readonly source: string
  readonly state: ClientState
}

/** As {@link readCatalog}, against the memory of earlier visits to any of the places, which it joins before anything else is read. */
export async function visitCatalog(source: VisitedSource): Promise<BelievedCatalog & { readonly firstVisit: boolean }> {
  const names = placesOf(source).map(place => place.source)
  const before = newestSeen(await Promise.all(names.map(name => source.state.read(name))))
  const believed = await readCatalog(source, before)
  for (const name of names) await source.state.remember(name, believed.seen)
  return { ...believed, firstVisit: before === undefined }
}

/** What a believed index says of one cluster. */
export async function readShard(source: PublishedPlaces, index: CatalogIndex, cluster: string): Promise<CatalogShard> {
  const path = catalogShardPath(shardOf(index, cluster).sha256)
  return fromAny(source, async releases => {
    const bytes = await releases.readCatalogFile(path, LIMITS.shard)
    if (bytes === undefined) throw new ScbError("release-incomplete", `the catalog lacks ${path}`)
    return believeShard(index, cluster, bytes)
  })
}

export interface BelievedManifest {
  readonly manifest: Manifest
  /** Fingerprint of the trusted signer of the manifest. */
  readonly signer: string
  /** The manifest itself and its signature. */
  readonly files: readonly FileDigest[]
}

export interface BelievedRelease extends Omit<BelievedManifest, "files"> {
  /** Encrypted, with the digest that the manifest gives. */
  readonly payload: Uint8Array
}

/** digest → manifest, and nothing else of the release: what it is, for who does not want to have it. */
export async function readManifest(source: PublishedSource, selected: SelectedVersion): Promise<BelievedManifest> {
  const { anchors, now } = source
  return fromAny(source, async releases => {
    const manifest = await readAsset(releases, selected, MANIFEST_NAME, LIMITS.manifest)
    const signature = await readAsset(releases, selected, SIGNATURE_NAME, LIMITS.signature)
    const believed = await believeManifest({ selected, manifest, signature, anchors, now })
    return { ...believed, files: [fileDigest(MANIFEST_NAME, manifest), fileDigest(SIGNATURE_NAME, signature)] }
  })
}

/** digest → manifest, and all files of the release are there and agree: as far as one gets without a recipient's key. */
export async function readRelease(source: PublishedSource, selected: SelectedVersion): Promise<BelievedRelease> {
  const { files, ...believed } = await readManifest(source, selected)
  const { payload: expected } = believed.manifest
  return fromAny(source, async releases => {
    const payload = await readAsset(releases, selected, expected.name, LIMITS.payload)
    const digest = fileDigest(expected.name, payload)
    requireDigest(digest, expected)
    requireSums(await readAsset(releases, selected, SUMS_NAME, LIMITS.sums), [...files, digest])
    return { ...believed, payload }
  })
}

async function readAsset(
  releases: PublishedFiles,
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
function completed(zip: Uint8Array, manifest: Manifest, request: FetchRequest): Uint8Array | undefined {
  const { ownerKey } = request
  if (manifest.keySource === "generated") return zip
  if (ownerKey === undefined) return undefined
  return completeBundle(zip, ownerKey.pem, ownerKey.passphrase)
}

function withoutKey({ keySource }: Manifest): string {
  return `key source is ${keySource}: add the owner's key before a driver can use it`
}

/** That it is on its way out: who is warned in time need not hurry. */
function leaving({ version, entry }: SelectedVersion): readonly string[] {
  const { deprecation, state, notAfter } = entry
  if (deprecation === undefined) return []
  const end = formatInstant(earliest(deprecation.endOfLifeAt, notAfter))
  return [`${version} is on its way out (${state}): go to ${deprecation.replacement} before ${end}`]
}

function unknownConsumer({ rollout }: SelectedVersion): readonly string[] {
  if (rollout === undefined || rollout.consumer !== undefined) return []
  return [`${rollout.version} goes to ${rollout.percent} percent first: whether to you, --consumer tells`]
}

function warningsAbout({ expiresAt }: Manifest, firstVisit: boolean, now: Instant): readonly string[] {
  return [
    ...(firstVisit ? ["first fetch from this source: whether its catalog is the newest cannot be told yet"] : []),
    ...(expiresAt - now < SOON ? [`the certificate ends soon, at ${formatInstant(expiresAt)}`] : []),
  ]
}
