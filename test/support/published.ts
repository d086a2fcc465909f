/** A small publisher and its customers, wholly in memory: real signatures, real encryption, a real certificate. */
import { type MemoryReleases, memoryReleases } from "../../src/adapters/releases-memory.ts"
import { openPgpSigner } from "../../src/adapters/signer-openpgp.ts"
import { buildCatalog } from "../../src/app/catalog.ts"
import { type FetchedBundle, type FetchRequest, fetchBundle } from "../../src/app/fetch.ts"
import { fileDigest } from "../../src/artifact/digest.ts"
import type { GeneratedOpenPgpKey } from "../../src/artifact/openpgp.ts"
import { formatSums } from "../../src/artifact/sums.ts"
import { readCertificate } from "../../src/artifact/x509-read.ts"
import { readZip } from "../../src/artifact/zip-read.ts"
import { writeZip } from "../../src/artifact/zip-write.ts"
import { ScbError } from "../../src/domain/errors.ts"
import { type Instant, later } from "../../src/domain/instant.ts"
import { type Manifest, payloadName, plaintextName } from "../../src/domain/manifest.ts"
import { type BundleName, bundleName, parseBundleName } from "../../src/domain/names.ts"
import {
  type BundleHistory,
  EMPTY_LEDGER,
  emptyHistory,
  LAYOUT,
  type LedgerState,
  type Mark,
  type ReleaseRecord,
} from "../../src/domain/release.ts"
import type { Selector } from "../../src/domain/revocation/selector.ts"
import type { SeenCatalog } from "../../src/domain/seen-catalog.ts"
import type { Assets, ClientState, Releases, Signer } from "../../src/ports.ts"
import { formatManifest } from "../../src/schema/documents.ts"
import { bytes, DAY, eccKey, NOW, trusted } from "./pgp.ts"
import { type CertifiedLeaf, makePki } from "./pki.ts"

export const BUNDLE = bundleName("payments-prod", "checkout")
/** Of the issuer of all that it publishes, as its manifests say. */
export const ISSUER_SHA256 = "e".repeat(64)
const IDENTITY = "spiffe://example.com/payments/checkout"

/** Each part can be replaced by another one, to publish what no honest publisher would. */
export interface ReleaseParts {
  readonly bundle?: BundleName
  readonly version?: string
  readonly at?: Instant
  readonly epoch?: number
  readonly recipients?: readonly GeneratedOpenPgpKey[]
  /** Signs manifest and payload. */
  readonly signer?: Signer
  readonly leaf?: CertifiedLeaf
  readonly zip?: (zip: Uint8Array) => Uint8Array
  readonly payload?: (zip: Uint8Array, fileName: string) => Promise<Uint8Array>
  readonly manifest?: (manifest: Manifest) => Manifest
  readonly assets?: (assets: Assets) => Assets
}

export interface Publisher<R extends Releases = MemoryReleases> {
  readonly releases: R
  readonly signerKey: GeneratedOpenPgpKey
  readonly signer: Signer
  readonly alice: GeneratedOpenPgpKey
  /** Builds, publishes and records one release. */
  release(parts?: ReleaseParts): Promise<ReleaseRecord>
  revoke(version: string): void
  /** Revokes by selector what was published before `at`. */
  invalidate(select: Selector, at: Instant): void
  /** Publishes the catalog of all that has been released. */
  catalog(options?: { readonly at?: Instant; readonly signer?: Signer; readonly lifetime?: number }): Promise<void>
}

export function makePublisher(): Promise<Publisher> {
  return makePublisherTo(memoryReleases())
}

export async function makePublisherTo<R extends Releases>(releases: R): Promise<Publisher<R>> {
  const [signerKey, alice] = await Promise.all([eccKey("release"), eccKey("alice")])
  const signer = await openPgpSigner(signerKey)
  let ledger: LedgerState = EMPTY_LEDGER
  const leaf = await (await makePki({ now: NOW })).client({ identity: IDENTITY })

  function change(bundle: BundleName, edit: (history: BundleHistory) => BundleHistory): void {
    const history = ledger.bundles.get(bundle) ?? emptyHistory(bundle)
    ledger = {
      ...ledger,
      sequence: ledger.sequence + 1,
      bundles: new Map([...ledger.bundles, [bundle, edit(history)]]),
    }
  }

  return {
    releases,
    signerKey,
    signer,
    alice,
    async release(parts = {}) {
      const { bundle = BUNDLE, version = "1.0.0", at = NOW } = parts
      const { record, assets } = await buildRelease({ leaf, signer, recipients: [alice], ...parts })
      await releases.publish(bundle, version, assets)
      change(bundle, history => ({
        ...history,
        releases: [...history.releases, record],
        moves: [...history.moves, { channel: "stable", version, at, reason: "follow", cause: "newest" }],
      }))
      return record
    },
    revoke(version) {
      const mark: Mark = { version, kind: "revoked", at: NOW, revocation: { reason: "keyCompromise" } }
      change(BUNDLE, history => ({ ...history, marks: [...history.marks, mark] }))
      ledger = { ...ledger, epoch: ledger.epoch + 1 }
    },
    invalidate(select, at) {
      const invalidation = { name: "leak", at, select, revocation: { reason: "keyCompromise" } } as const
      ledger = {
        ...ledger,
        sequence: ledger.sequence + 1,
        epoch: ledger.epoch + 1,
        invalidations: [...ledger.invalidations, invalidation],
      }
    },
    async catalog({ at = NOW, signer: by = signer, lifetime = 7 * DAY } = {}) {
      await releases.publishCatalog(await buildCatalog(ledger, at, lifetime, by))
    },
  }
}

type Build = ReleaseParts & Required<Pick<ReleaseParts, "leaf" | "signer" | "recipients">>

async function buildRelease(parts: Build): Promise<{ readonly record: ReleaseRecord; readonly assets: Assets }> {
  const { bundle = BUNDLE, version = "1.0.0", at = NOW, epoch = 0, recipients, signer, leaf } = parts
  const names = parseBundleName(bundle)
  if (names === undefined) throw new Error(`${bundle} is no bundle`)
  const entries = [
    { name: "config.json", data: bytes("{}\n"), mode: 0o600 },
    { name: "cert", data: bytes(leaf.chainPem), mode: 0o644 },
    { name: "key", data: bytes(leaf.keyPem), mode: 0o600 },
  ]
  const zip = (parts.zip ?? (each => each))(writeZip(entries, at))
  const plaintext = fileDigest(plaintextName(names.cluster, names.bundle), zip)
  const seal =
    parts.payload ??
    ((data, name) =>
      signer.signAndEncrypt(
        data,
        recipients.map(key => key.publicKeyArmored),
        name,
        at,
      ))
  const payload = await seal(zip, plaintext.name)
  const { subject, serial, notBefore, notAfter, sha256, spkiSha256 } = readCertificate(leaf.certificate).facts
  const certificate = {
    subject,
    serial,
    notBefore,
    notAfter,
    sha256,
    spkiSha256,
    identity: IDENTITY,
    keyAlgorithm: "P-256",
  } as const
  const honest: Manifest = {
    apiVersion: "scb/v1",
    kind: "Manifest",
    bundle,
    version,
    cluster: {
      name: names.cluster,
      environment: "production",
      host: "cass.example.com",
      metadataPort: 29080,
      cqlPort: 29042,
      datacenter: "dc1",
    },
    application: "checkout",
    owner: "payments-team",
    createdAt: at,
    expiresAt: notAfter,
    epoch,
    recipients: recipients.map(key => key.fingerprint).sort(),
    keySource: "generated",
    payload: fileDigest(payloadName(names.cluster, names.bundle), payload),
    plaintext,
    files: readZip(zip).entries.map(({ name, data }) => fileDigest(name, data ?? new Uint8Array())),
    certificate,
    issuerSha256: ISSUER_SHA256,
    source: { commit: "0".repeat(40), policyDigest: "0".repeat(64), inputDigest: "0".repeat(64) },
    compatibility: { nodejs: ">=4.6.0" },
    predecessor: null,
    change: { class: "major", reason: "first-release", cause: "first release", changes: [] },
    upgrades: [],
    support: {
      until: notAfter,
      afterDeprecation: { limited: "90d", securityOnly: "60d", endOfLife: "30d", archived: "365d" },
    },
    skeletonSha256: "5".repeat(64),
    generator: "scb 0.0.0",
  }
  const manifest = (parts.manifest ?? (each => each))(honest)
  const manifestBytes = formatManifest(manifest)
  const signature = bytes(await signer.sign(manifestBytes, at))
  const files = [
    fileDigest("manifest.json", manifestBytes),
    fileDigest("manifest.json.asc", signature),
    fileDigest(honest.payload.name, payload),
  ]
  const assets: Assets = new Map([
    [honest.payload.name, payload],
    ["manifest.json", manifestBytes],
    ["manifest.json.asc", signature],
    ["SHA256SUMS", bytes(formatSums(files))],
  ])
  return {
    assets: (parts.assets ?? (each => each))(assets),
    record: recordOf({ ...manifest, version }, fileDigest("manifest.json", manifestBytes), at),
  }
}

function recordOf(manifest: Manifest, digest: ReleaseRecord["manifest"], at: Instant): ReleaseRecord {
  const { version, source, certificate, payload, cluster } = manifest
  return {
    version,
    publishedAt: at,
    change: "major",
    reason: "first-release",
    cause: "first release",
    skeletonSha256: manifest.skeletonSha256,
    generator: manifest.generator,
    ...source,
    input: {
      layout: LAYOUT,
      cluster: {
        ...cluster,
        region: "eu-west-1",
        authentication: "mutual-tls",
        trust: [],
        issuer: [manifest.issuerSha256],
      },
      bundle: {
        name: "checkout",
        application: "checkout",
        owner: "payments-team",
        identity: IDENTITY,
        role: "checkout_rw",
        compatibility: manifest.compatibility,
        drivers: ["nodejs"],
        key: { source: "generated", algorithm: "P-256" },
        lifetime: "90d",
        recipients: manifest.recipients,
      },
    },
    certificate,
    manifest: digest,
    payload,
  }
}

export interface Customer {
  readonly seen: Map<string, SeenCatalog>
  fetch(options?: Partial<FetchRequest>): Promise<FetchedBundle>
}

/** Somebody who trusts the publisher's signer, holds `key` (alice's unless told) and remembers what was seen. */
export function customerOf(publisher: Publisher<Releases>, key: GeneratedOpenPgpKey = publisher.alice): Customer {
  const seen = new Map<string, SeenCatalog>()
  const state: ClientState = {
    read: async source => seen.get(source),
    remember: async (source, catalog) => void seen.set(source, catalog),
  }
  return {
    seen,
    fetch: options =>
      fetchBundle({
        bundle: BUNDLE,
        selector: { channel: "stable" },
        source: "memory:",
        releases: publisher.releases,
        anchors: [trusted(publisher.signerKey)],
        state,
        identity: { privateKeyArmored: key.privateKeyArmored },
        now: later(NOW, 60_000),
        ...options,
      }),
  }
}

/** The code of the ScbError that `promise` rejects with, or `"accepted"`; any other error is thrown on. */
export async function verdict(promise: Promise<unknown>): Promise<string> {
  try {
    await promise
    return "accepted"
  } catch (error) {
    if (error instanceof ScbError) return error.code
    throw error
  }
}

/** Like `verdict`, of the error itself: to look at what it says. */
export async function refusalOf(promise: Promise<unknown>): Promise<ScbError> {
  const error = await promise.then(
    () => undefined,
    cause => cause,
  )
  if (error instanceof ScbError) return error
  throw new Error("expected a refusal", { cause: error })
}
