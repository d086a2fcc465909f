import type { Instant } from "./instant.ts"
import type { CertificateFacts, PublicKeyAlgorithm } from "./repository.ts"

/** What a bundle holds, for people. No private key, password or login is in it; text from the bundle is printable ASCII. */
export interface BundleInspection {
  /** Of the ZIP, in bytes. */
  readonly size: number
  /** Lower-case hex. */
  readonly sha256: string
  /** As listed by the ZIP, in its order. */
  readonly entries: readonly InspectedEntry[]
  /** Why something is not shown, e.g. "identity.jks: keystore: its password is another one". */
  readonly problems: readonly string[]
  readonly config?: InspectedConfig
  /** The first of `cert`. */
  readonly certificate?: InspectedCertificate
  /** The others of `cert`. */
  readonly chain: readonly InspectedCertificate[]
  /** `ca.crt`. */
  readonly trusted: readonly InspectedCertificate[]
  /** SPIFFE ID that Cassandra reads from the certificate. */
  readonly identity?: string
  readonly key?: InspectedKey
  readonly keyStore?: InspectedStore
  readonly trustStore?: InspectedStore
  readonly pfx?: InspectedPfx
  /** `metadata.json`, where the bundle is of our own making. */
  readonly metadata?: InspectedMetadata
}

export interface InspectedEntry {
  readonly name: string
  readonly size: number
  readonly compressedSize: number
  readonly modifiedAt: Instant
}

export interface InspectedConfig {
  readonly host?: string
  readonly port?: number
  readonly cqlPort?: number
  readonly keyspace?: string
  readonly datacenter?: string
  /** Characters of each password that is present. */
  readonly passwords: readonly { readonly name: string; readonly length: number }[]
  /** `username` or `password` is present. */
  readonly hasLogin: boolean
}

export interface InspectedCertificate extends CertificateFacts {
  /** e.g. `URI:spiffe://example.com/payments/checkout`. */
  readonly alternativeNames: readonly string[]
  /** Empty when the certificate does not say. */
  readonly keyUsage: readonly string[]
  /** Names where we know them, dotted OIDs otherwise. Empty when the certificate does not say. */
  readonly extendedKeyUsage: readonly string[]
  /** `unknown` where we cannot verify it. */
  readonly signatureHash: string
}

export interface InspectedKey {
  readonly encoding: "PKCS#8" | "PKCS#1" | "SEC1"
  readonly algorithm: PublicKeyAlgorithm
}

export interface InspectedStore {
  readonly format: "JKS" | "PKCS#12"
  readonly keys: number
  readonly certificates: number
  /** JKS only. */
  readonly aliases: readonly string[]
}

export interface InspectedPfx {
  readonly keys: number
  readonly certificates: number
  /** e.g. `PBES2 aes-256-cbc`. */
  readonly encryptions: readonly string[]
  readonly macHash?: string
}

export interface InspectedMetadata {
  readonly bundle?: string
  readonly version?: string
  readonly createdAt?: string
  readonly application?: string
  readonly owner?: string
  readonly role?: string
  readonly environment?: string
  readonly keySource?: string
}
