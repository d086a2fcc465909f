import type { Compatibility } from "./clients.ts"
import type { Instant } from "./instant.ts"
import type { BundleName } from "./names.ts"
import type { FileDigest, IssuedCertificate } from "./release.ts"
import type { ReleaseReason } from "./renewal/release-reasons.ts"
import type { Selectable } from "./revocation/selector.ts"
import type { ReleaseClass } from "./versions/change.ts"
import type { Change } from "./versions/changes.ts"
import type { UpgradePath } from "./versions/upgrade-path.ts"

/**
 * What the release's signature stands for. It names the thing (bundle, version, cluster, recipients) and not only its
 * bytes, so a genuine file cannot be passed off as another.
 */
export interface Manifest {
  readonly apiVersion: "scb/v1"
  readonly kind: "Manifest"
  readonly bundle: BundleName
  readonly version: string
  readonly cluster: {
    readonly name: string
    readonly environment: string
    readonly host: string
    readonly metadataPort: number
    readonly cqlPort: number
    readonly datacenter: string
  }
  readonly application: string
  readonly owner: string
  readonly createdAt: Instant
  /** The certificate's `notAfter`: the bundle is of no use from then on. */
  readonly expiresAt: Instant
  /** Revocation epoch at the time of building. */
  readonly epoch: number
  /** OpenPGP fingerprints of those who can open the payload, sorted. */
  readonly recipients: readonly string[]
  /** `generated`: the eight entries are complete. `csr`: the owner's key completes them. */
  readonly keySource: "generated" | "csr"
  /** The encrypted file as published. */
  readonly payload: FileDigest
  /** The ZIP inside it. */
  readonly plaintext: FileDigest
  /** Every entry of the ZIP, in its order. */
  readonly files: readonly FileDigest[]
  readonly certificate: IssuedCertificate
  /** SHA-256 of the certificate that issued it. */
  readonly issuerSha256: string
  readonly source: { readonly commit: string; readonly policyDigest: string; readonly inputDigest: string }
  readonly compatibility: Compatibility
  readonly predecessor: { readonly version: string; readonly manifestSha256: string } | null
  /** What is other than in the predecessor, and who has to do what about it. */
  readonly change: {
    readonly class: ReleaseClass
    readonly reason: ReleaseReason
    /** In plain words. */
    readonly cause: string
    readonly changes: readonly Change[]
  }
  /** From the versions that were in use when it was made. */
  readonly upgrades: readonly Omit<UpgradePath, "to">[]
  readonly support: {
    /** The certificate's end, at the latest. */
    readonly until: Instant
    /** What follows once it is deprecated, e.g. `90d` each: limited, security-only, end of life, archive. */
    readonly afterDeprecation: {
      readonly limited: string
      readonly securityOnly: string
      readonly endOfLife: string
      readonly archived: string
    }
  }
  /** Of the bundle without what every renewal has anew: a renewal has its predecessor's. */
  readonly skeletonSha256: string
  readonly generator: string
}

/** What a selector can see of the version that a manifest is about; `publishedAt` is for the catalog to say. */
export function selectableOfManifest(manifest: Manifest, publishedAt: Instant): Selectable {
  const { bundle, version, cluster, owner, issuerSha256, certificate, compatibility } = manifest
  return {
    bundle,
    version,
    publishedAt,
    cluster: cluster.name,
    environment: cluster.environment,
    owner,
    issuerSha256,
    serial: certificate.serial,
    spkiSha256: certificate.spkiSha256,
    keyAlgorithm: certificate.keyAlgorithm,
    compatibility,
  }
}

export const MANIFEST_NAME = "manifest.json"
export const SIGNATURE_NAME = "manifest.json.asc"
export const SUMS_NAME = "SHA256SUMS"

/** `secure-connect-<bundle>-<cluster>.zip`, after Astra's `secure-connect-<db>.zip`. */
export function plaintextName(cluster: string, bundle: string): string {
  return `secure-connect-${bundle}-${cluster}.zip`
}

export function payloadName(cluster: string, bundle: string): string {
  return `${plaintextName(cluster, bundle)}.gpg`
}
