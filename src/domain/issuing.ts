import type { Instant } from "./instant.ts"

export interface KeyPair {
  /** DER PKCS#8 PrivateKeyInfo. */
  readonly privateKey: Uint8Array
  /** DER SubjectPublicKeyInfo. */
  readonly publicKey: Uint8Array
}

export interface CertificateRequest {
  /** DER SubjectPublicKeyInfo. */
  readonly publicKey: Uint8Array
  readonly commonName: string
  /** SPIFFE ID for the URI SAN. */
  readonly identity: string
  /** 16 random bytes. */
  readonly serial: Uint8Array
  readonly notBefore: Instant
  readonly notAfter: Instant
}

export interface IssuedChain {
  /** DER, leaf first, without the root. */
  readonly certificates: readonly Uint8Array[]
}
