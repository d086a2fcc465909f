import { fileDigest, sha256 } from "../artifact/digest.ts"
import {
  decryptAndVerify,
  type OpenedMessage,
  type TrustedKey,
  type VerifiedSignature,
  verifyDetached,
} from "../artifact/openpgp.ts"
import { decodeCertificates } from "../artifact/pem.ts"
import { parseSums } from "../artifact/sums.ts"
import { type Certificate, readCertificate } from "../artifact/x509-read.ts"
import { readZip } from "../artifact/zip-read.ts"
import type { ChannelName } from "../domain/bundle.ts"
import type { CatalogBundle, CatalogIndex, CatalogShard, CatalogVersion } from "../domain/catalog.ts"
import { ScbError } from "../domain/errors.ts"
import { formatInstant, type Instant, later } from "../domain/instant.ts"
import { type Manifest, payloadName, plaintextName, selectableOfManifest } from "../domain/manifest.ts"
import { type BundleName, parseBundleName } from "../domain/names.ts"
import { type FileDigest, type Invalidation, invalidates } from "../domain/release.ts"
import { type RolloutShare, rolloutShare } from "../domain/rollout/cohort.ts"
import { catalogSuccession, type SeenCatalog } from "../domain/seen-catalog.ts"
import { decodeUtf8 } from "../domain/utf8.ts"
import { parseCatalogIndex, parseCatalogShard, parseManifest } from "../schema/documents.ts"

/**
 * What a customer verifies, in this order: each check may rely on those before it and on nothing else. All take bytes
 * and an instant; none reads, waits or remembers. docs/verification.md tells what each of them defeats.
 */
export const CHECKS = [
  "freshness",
  "signature",
  "version",
  "revocation",
  "digest",
  "manifest",
  "invalidation",
  "decryption",
  "archive",
  "certificate",
] as const

/** Bytes that are read at most, whatever the other side sends. */
export const LIMITS = {
  index: 4 << 20,
  shard: 16 << 20,
  revocationList: 16 << 20,
  signature: 16 << 10,
  manifest: 256 << 10,
  sums: 64 << 10,
  payload: 8 << 20,
} as const

/** A release signer with its key: where all trust begins. */
export type TrustAnchor = TrustedKey
export type TrustAnchors = readonly TrustAnchor[]

/** How far the clocks of publisher and client may differ. */
const CLOCK_SKEW = 5 * 60_000

export interface SignatureClaim {
  readonly data: Uint8Array
  /** Armored, detached. */
  readonly signature: string
  readonly anchors: TrustAnchors
  readonly now: Instant
  /** What it is, for messages. */
  readonly subject: string
  /** For a statement about now: a signer that has expired since does not count. */
  readonly fresh?: boolean
}

/** Throws what {@link verifyDetached} does. */
export function verifySignature(claim: SignatureClaim): Promise<VerifiedSignature> {
  const { anchors, signature, now, ...rest } = claim
  return verifyDetached({ ...rest, signatureArmored: signature, keys: anchors, at: now })
}

export interface CatalogClaim {
  readonly index: Uint8Array
  /** Undefined when there is none. */
  readonly signature: Uint8Array | undefined
  readonly anchors: TrustAnchors
  /** The newest catalog believed before, from the same source. */
  readonly seen: SeenCatalog | undefined
  readonly now: Instant
}

export interface BelievedCatalog {
  readonly index: CatalogIndex
  /** To be remembered before anything else is fetched. */
  readonly seen: SeenCatalog
  readonly signer: string
}

/**
 * freshness → signature → version. Throws `catalog-malformed`, `catalog-expired`, `clock-behind`, what
 * {@link verifySignature} throws, `catalog-rollback` or `catalog-equivocation`.
 */
export async function believeCatalog(claim: CatalogClaim): Promise<BelievedCatalog> {
  const { now, anchors } = claim
  const index = parseCatalogIndex(claim.index)
  requireFresh(index, now)
  const signature = decodeUtf8(claim.signature)
  const { fingerprint } = await verifySignature({
    data: claim.index,
    signature,
    anchors,
    now,
    subject: "the catalog",
    fresh: true,
  })
  const { version, epoch, issuedAt } = index
  const seen = { version, epoch, issuedAt, indexSha256: sha256(claim.index) }
  requireSuccession(claim.seen, seen)
  return { index, seen, signer: fingerprint }
}

function requireFresh({ issuedAt, expiresAt }: CatalogIndex, now: Instant): void {
  if (now >= expiresAt) {
    throw new ScbError(
      "catalog-expired",
      `the catalog expired at ${formatInstant(expiresAt)}, now ${formatInstant(now)}`,
      {
        hint: "somebody may be holding back newer ones; if not, the publisher has to run scb apply",
      },
    )
  }
  if (issuedAt > later(now, CLOCK_SKEW)) {
    const times = `it was issued at ${formatInstant(issuedAt)}, now ${formatInstant(now)}`
    throw new ScbError("clock-behind", `the catalog is from the future: ${times}`, {
      hint: "check this machine's clock",
    })
  }
}

function requireSuccession(seen: SeenCatalog | undefined, next: SeenCatalog): void {
  switch (catalogSuccession(seen, next)) {
    case "first":
    case "same":
    case "newer":
      return
    case "rollback":
      throw new ScbError(
        "catalog-rollback",
        `the catalog goes back to ${age(next)}; seen before: ${seen && age(seen)}`,
        {
          hint: "somebody replays old files, or the source was restored from a backup; do not use it",
        },
      )
    case "equivocation":
      throw new ScbError("catalog-equivocation", `there are two different catalogs of ${age(next)}`, {
        hint: "different people are shown different catalogs: tell whoever publishes them",
      })
  }
}

/** More names than this are no hint. */
const NAMES_SHOWN = 12

/** The catalog is signed: what it lists may be shown. */
function missing(message: string, published: Readonly<Record<string, unknown>>): ScbError {
  const names = Object.keys(published)
  const more = names.length > NAMES_SHOWN ? ", …" : ""
  const hint = `published are: ${names.slice(0, NAMES_SHOWN).join(", ") || "none"}${more}`
  return new ScbError("release-missing", message, { hint })
}

/** What the index says of a cluster's shard. Throws `release-missing`. */
export function shardOf({ shards }: CatalogIndex, cluster: string): CatalogIndex["shards"][string] {
  const shard = member(shards, cluster)
  if (shard === undefined) throw missing(`the catalog knows no cluster ${cluster}`, shards)
  return shard
}

/** The shard that the index names for a cluster. Throws `release-missing`, `digest-mismatch` or `catalog-malformed`. */
export function believeShard(index: CatalogIndex, cluster: string, bytes: Uint8Array): CatalogShard {
  requireDigest(fileDigest(`the catalog shard of ${cluster}`, bytes), shardOf(index, cluster))
  const shard = parseCatalogShard(bytes)
  if (shard.cluster === cluster) return shard
  throw new ScbError("catalog-malformed", `the catalog shard of ${cluster} speaks of ${shard.cluster}`)
}

/** `consumer`: who asks, where a channel gives a new version to some first. */
export type Selector = { readonly channel: ChannelName; readonly consumer?: string } | { readonly version: string }

export interface SelectedVersion {
  readonly bundle: BundleName
  readonly version: string
  readonly channel?: ChannelName
  /** Of the channel, while not all get the same. */
  readonly rollout?: RolloutShare
  readonly entry: CatalogVersion
  /** Of the catalog that it was selected from. */
  readonly epoch: number
  readonly invalidations: readonly Invalidation[]
}

/** revocation. Throws `release-missing`, `version-revoked` or `version-ended`. */
export function selectVersion(
  { epoch, invalidations }: CatalogIndex,
  shard: CatalogShard,
  bundle: BundleName,
  selector: Selector,
): SelectedVersion {
  const listed = listedBundle(shard, bundle)
  const { version, ...lead } = leadOf(listed, bundle, selector)
  const entry = member(listed.versions, version)
  if (entry === undefined) throw missing(`${bundle} has no version ${version}`, listed.versions)
  requireGivenOut(bundle, version, entry, selector)
  return { bundle, version, entry, epoch, invalidations, ...lead }
}

/** Throws `release-missing`. */
export function listedBundle(shard: CatalogShard, bundle: BundleName): CatalogBundle {
  const listed = member(shard.bundles, namesOf(bundle).bundle)
  if (listed === undefined) throw missing(`nothing is published of ${bundle}`, shard.bundles)
  return listed
}

/** The version that a consumer is led to, and by what. */
function leadOf(
  { channels }: CatalogBundle,
  bundle: BundleName,
  selector: Selector,
): Pick<SelectedVersion, "version" | "channel" | "rollout"> {
  if ("version" in selector) return selector
  const channel = member(channels, selector.channel)
  if (channel === undefined) throw emptyChannel(bundle)
  const rollout = rolloutShare(channel, bundle, selector.consumer)
  return {
    version: rollout?.isAhead === true ? rollout.version : channel.version,
    channel: selector.channel,
    ...(rollout === undefined ? {} : { rollout }),
  }
}

/** From `limited` on, a version is only for those who name it; after its end of life, for nobody. */
function requireGivenOut(bundle: BundleName, version: string, entry: CatalogVersion, selector: Selector): void {
  switch (entry.state) {
    case "active":
    case "deprecated":
      return
    case "limited":
    case "security-only":
      if ("channel" in selector) throw emptyChannel(bundle)
      return
    case "end-of-life":
    case "archived":
      throw new ScbError("version-ended", `${bundle} ${version} has come to its end of life`, {
        hint: `go to ${entry.deprecation?.replacement ?? "the version that its channel points at now"}`,
      })
    case "revoked":
      throw revoked(`${bundle} ${version} is revoked`)
  }
}

function emptyChannel(bundle: BundleName): ScbError {
  return new ScbError("release-missing", `${bundle} has no usable version in that channel`, {
    hint: "name a version, or ask its owner what became of the channel",
  })
}

export interface ManifestClaim {
  readonly selected: SelectedVersion
  readonly manifest: Uint8Array
  readonly signature: Uint8Array
  readonly anchors: TrustAnchors
  readonly now: Instant
}

/**
 * digest → manifest → invalidation: the bytes that the catalog means, signed on their own, about this bundle and this
 * version, which no invalidation of the catalog selects. Throws `digest-mismatch`, what {@link verifySignature} throws,
 * `manifest-malformed`, `manifest-mismatch` or `version-revoked`.
 */
export async function believeManifest(
  claim: ManifestClaim,
): Promise<{ readonly manifest: Manifest; readonly signer: string }> {
  const { selected, anchors, now } = claim
  const subject = `the manifest of ${selected.bundle} ${selected.version}`
  requireDigest(fileDigest(subject, claim.manifest), selected.entry.manifest)
  const signature = decodeUtf8(claim.signature)
  const { fingerprint } = await verifySignature({ data: claim.manifest, signature, anchors, now, subject })
  const manifest = parseManifest(claim.manifest)
  requireSubject(manifest, selected)
  requireValid(manifest, selected)
  return { manifest, signer: fingerprint }
}

/** A genuine manifest of something else is no manifest of this (THREATS: wrong artefact, mix-and-match). */
function requireSubject(manifest: Manifest, { bundle, version, entry, epoch }: SelectedVersion): void {
  const names = namesOf(bundle)
  const subject = `the manifest of ${bundle} ${version}`
  requireEqual(subject, {
    bundle: [bundle, manifest.bundle],
    version: [version, manifest.version],
    cluster: [names.cluster, manifest.cluster.name],
    "payload name": [payloadName(names.cluster, names.bundle), manifest.payload.name],
    "payload digest": [entry.payload.sha256, manifest.payload.sha256],
    "payload size": [entry.payload.size, manifest.payload.size],
    "name of the ZIP": [plaintextName(names.cluster, names.bundle), manifest.plaintext.name],
    "end of the certificate": [formatInstant(entry.notAfter), formatInstant(manifest.certificate.notAfter)],
    expiresAt: [formatInstant(entry.notAfter), formatInstant(manifest.expiresAt)],
  })
  if (manifest.epoch <= epoch) return
  throw mismatch(subject, "epoch", `at most ${epoch}`, manifest.epoch)
}

/** Shards need not know what the index has revoked by selector: only the manifest shows all that a selector can ask. */
function requireValid(manifest: Manifest, { bundle, version, entry, invalidations }: SelectedVersion): void {
  const selectable = selectableOfManifest(manifest, entry.publishedAt)
  const by = invalidations.find(each => invalidates(each, selectable))
  if (by !== undefined) throw revoked(`${bundle} ${version} is revoked, with all that ${by.name} selects`)
}

function revoked(message: string): ScbError {
  return new ScbError("version-revoked", message, {
    hint: "stop using it, and fetch the version that its channel points at now",
  })
}

/** SHA256SUMS is what people check by hand: it must say the same. Throws `release-incomplete` or `digest-mismatch`. */
export function requireSums(sums: Uint8Array, files: readonly FileDigest[]): void {
  const listed = new Map(parseSums(decodeUtf8(sums))?.map(sum => [sum.name, sum.sha256]))
  for (const file of files) {
    const expected = listed.get(file.name)
    if (expected === undefined) throw new ScbError("release-incomplete", `SHA256SUMS does not list ${file.name}`)
    if (expected !== file.sha256) throw digestMismatch(file.name, expected, file.sha256)
  }
}

/** An OpenPGP key that is among the recipients. */
export interface Identity {
  readonly privateKeyArmored: string
  readonly passphrase?: string
}

export interface PayloadClaim {
  readonly manifest: Manifest
  readonly payload: Uint8Array
  readonly identity: Identity
  readonly anchors: TrustAnchors
  readonly now: Instant
}

/**
 * decryption: the payload that the manifest means, opened by one of the recipients that it names, signed inside too,
 * and what comes out is what the manifest says. Throws `digest-mismatch`, `not-a-recipient`, what
 * {@link decryptAndVerify} throws, and `manifest-mismatch`.
 */
export async function openPayload(claim: PayloadClaim): Promise<Uint8Array> {
  const { manifest, payload, identity, anchors, now } = claim
  requireDigest(fileDigest(manifest.payload.name, payload), manifest.payload)
  const opened = await decryptAndVerify({
    message: payload,
    identityKeyArmored: identity.privateKeyArmored,
    ...(identity.passphrase !== undefined && { passphrase: identity.passphrase }),
    signers: anchors,
    maximumBytes: LIMITS.payload,
    at: now,
    subject: manifest.payload.name,
  })
  requireReader(opened, manifest)
  requireEqual(manifest.payload.name, { "file name": [manifest.plaintext.name, opened.fileName] })
  requireDigest(fileDigest(manifest.plaintext.name, opened.data), manifest.plaintext)
  return opened.data
}

/** A recipient can encrypt the signed content on to somebody else; the signed list of recipients shows it. */
function requireReader({ reader }: OpenedMessage, { payload, recipients }: Manifest): void {
  if (recipients.includes(reader)) return
  throw new ScbError(
    "not-a-recipient",
    `${payload.name} opens with ${reader}, which its manifest does not name as recipient`,
    {
      hint: "somebody else has passed it on: ask its owner for access of your own",
    },
  )
}

/** archive: a ZIP that all readers see alike, with the manifest's entries. Throws `archive-hostile` or `digest-mismatch`. */
export function requireArchive(zip: Uint8Array, { plaintext, files }: Manifest): void {
  const { entries, problems } = readZip(zip)
  const [problem] = problems
  if (problem !== undefined) {
    throw new ScbError("archive-hostile", `${plaintext.name} is not a ZIP that all readers see alike: ${problem.kind}`)
  }
  requireEqual(plaintext.name, { "number of entries": [files.length, entries.length] })
  for (const [index, file] of files.entries()) {
    const entry = entries[index]
    if (entry?.name !== file.name)
      throw mismatch(plaintext.name, `entry ${index + 1}`, file.name, entry?.name ?? "none")
    requireDigest(fileDigest(`${file.name} in ${plaintext.name}`, entry.data ?? new Uint8Array()), file)
  }
}

/** certificate: the one that the manifest describes, in its time. Throws `bundle-invalid`, `manifest-mismatch` or `clock-behind`. */
export function requireCertificate(zip: Uint8Array, { plaintext, certificate }: Manifest, now: Instant): void {
  const subject = `the certificate in ${plaintext.name}`
  const { facts, alternativeNames } = leafOf(zip, subject)
  requireEqual(subject, {
    digest: [certificate.sha256, facts.sha256],
    "serial number": [certificate.serial, facts.serial],
    subject: [certificate.subject, facts.subject],
    identity: [certificate.identity, alternativeNames.find(name => name.kind === "uri")?.value ?? "none"],
    "public key": [certificate.spkiSha256, facts.spkiSha256],
    "key algorithm": [certificate.keyAlgorithm, facts.keyAlgorithm],
    start: [formatInstant(certificate.notBefore), formatInstant(facts.notBefore)],
    end: [formatInstant(certificate.notAfter), formatInstant(facts.notAfter)],
  })
  if (now >= facts.notAfter) throw expired(subject, facts.notAfter)
  if (later(now, CLOCK_SKEW) < facts.notBefore) {
    throw new ScbError("clock-behind", `${subject} is valid from ${formatInstant(facts.notBefore)} only`, {
      hint: "check this machine's clock",
    })
  }
}

export function expired(subject: string, notAfter: Instant): ScbError {
  return new ScbError("bundle-invalid", `${subject} expired at ${formatInstant(notAfter)}`, {
    hint: "fetch the version that its channel points at now",
  })
}

function leafOf(zip: Uint8Array, subject: string): Certificate {
  const pem = readZip(zip).entries.find(entry => entry.name === "cert")?.data
  const [leaf] = pem === undefined ? [] : decodeCertificates(decodeUtf8(pem))
  if (leaf === undefined) throw new ScbError("bundle-invalid", `${subject} is missing`)
  return readCertificate(leaf)
}

/** Throws `digest-mismatch`. */
export function requireDigest(found: FileDigest, expected: Pick<FileDigest, "size" | "sha256">): void {
  if (found.size !== expected.size) throw digestMismatch(found.name, `${expected.size} bytes`, `${found.size}`)
  if (found.sha256 !== expected.sha256) throw digestMismatch(found.name, expected.sha256, found.sha256)
}

function digestMismatch(name: string, expected: string, got: string): ScbError {
  return new ScbError("digest-mismatch", `${name} is not what was published: expected ${expected}, got ${got}`, {
    hint: "fetch it again; if it stays so, tell whoever publishes it",
  })
}

type Facts = Readonly<Record<string, readonly [expected: string | number, got: string | number]>>

function requireEqual(subject: string, facts: Facts): void {
  for (const [name, [expected, got]] of Object.entries(facts)) {
    if (expected !== got) throw mismatch(subject, name, expected, got)
  }
}

function mismatch(subject: string, name: string, expected: string | number, got: string | number): ScbError {
  return new ScbError("manifest-mismatch", `${subject}: expected ${name} ${expected}, got ${got}`, {
    hint: "it belongs to something else: do not use it",
  })
}

export function namesOf(bundle: BundleName): { readonly cluster: string; readonly bundle: string } {
  const names = parseBundleName(bundle)
  if (names !== undefined) return names
  throw new ScbError("release-missing", `no bundle can be named ${JSON.stringify(bundle)}`)
}

/** Names come from outside, and `constructor` is a name. */
function member<T>(record: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(record, name) ? record[name] : undefined
}

function age({ version, issuedAt, epoch }: SeenCatalog): string {
  return `version ${version} of ${formatInstant(issuedAt)}, epoch ${epoch}`
}
