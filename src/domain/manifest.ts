import type { Compatibility } from "./clients.ts"
import type { Instant } from "./instant.ts"
import type { BundleName } from "./names.ts"
import type { FileDigest, IssuedCertificate } from "./release.ts"

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
  readonly source: { readonly commit: string; readonly policyDigest: string; readonly inputDigest: string }
  readonly compatibility: Compatibility
  readonly predecessor: { readonly version: string; readonly manifestSha256: string } | null
  readonly generator: string
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
