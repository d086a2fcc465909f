import { createPrivateKey, randomBytes } from "node:crypto"
import { type Instant, later } from "../domain/instant.ts"
import type { KeyPair } from "../domain/issuing.ts"
import { buildRevocationList } from "./crl.ts"
import { generateKeyPair } from "./keys.ts"
import { encodePem } from "./pem.ts"
import {
  buildCertificate,
  type CertificateProfile,
  type CertificateSigner,
  commonName,
  EXTENDED_KEY_USAGE,
  keyIdentifier,
} from "./x509.ts"

const DAY = 86_400_000

/** A certificate authority for demonstrations: enough for an issuer, a gateway and its nodes, and nothing that one should keep. */
export interface ThrowawayAuthority {
  /** PEM, self-signed: what drivers and the gateway trust. */
  readonly root: string
  /** PEM, empty, for as long as the root lasts: who checks revocation wants a list of every CA. */
  readonly rootRevocationList: string
  /** PEM, issuing certificate first and the root after it. */
  readonly issuerChain: string
  /** PEM of the encrypted issuer key. */
  readonly issuerKey: string
  /** PEM of the server certificate with its chain. */
  readonly serverChain: string
  readonly serverKey: string
}

export interface ThrowawayRequest {
  readonly name: string
  /** DNS names of everything that terminates TLS. */
  readonly hosts: readonly string[]
  /** Opens the issuer key and the server key. */
  readonly passphrase: string
  readonly now: Instant
  /** How long the issuer lasts, in days; the root lasts twice as long. */
  readonly days: number
}

export async function makeThrowawayAuthority(request: ThrowawayRequest): Promise<ThrowawayAuthority> {
  const { name, hosts, passphrase, now, days } = request
  const [rootKey, issuerKey, serverKey] = await Promise.all([
    generateKeyPair("P-256"),
    generateKeyPair("P-256"),
    generateKeyPair("P-256"),
  ])
  const validity = { notBefore: later(now, -DAY), notAfter: later(now, days * DAY) }
  const ca = { ...validity, keyUsage: ["keyCertSign", "cRLSign"] } as const
  const rootName = commonName(`${name} throw-away root`)
  const issuerName = commonName(`${name} throw-away issuer`)
  const rootSigner = signerOf(rootName, rootKey)
  const rootValidity = { notAfter: later(now, 2 * days * DAY) }
  const root = certificate(rootKey, { ...ca, ...rootValidity, subject: rootName, ca: {} }, rootSigner)
  const issuer = certificate(issuerKey, { ...ca, subject: issuerName, ca: { pathLength: 0 } }, rootSigner)
  const server = certificate(
    serverKey,
    {
      ...validity,
      subject: commonName(hosts[0] ?? name),
      keyUsage: ["digitalSignature"],
      extendedKeyUsage: [EXTENDED_KEY_USAGE.serverAuth],
      alternativeNames: hosts.map(host => ({ kind: "dns", value: host })),
    },
    signerOf(issuerName, issuerKey),
  )
  const rootList = { thisUpdate: validity.notBefore, nextUpdate: rootValidity.notAfter, number: "01", revoked: [] }
  return {
    root,
    rootRevocationList: encodePem("X509 CRL", buildRevocationList(rootList, rootSigner)),
    issuerChain: issuer + root,
    issuerKey: encryptedPem(issuerKey, passphrase),
    serverChain: server + issuer,
    serverKey: encryptedPem(serverKey, passphrase),
  }
}

/** PEM of a PKCS#8 key encrypted with AES-256 (PBES2, RFC 8018). */
export function encryptedPem(key: KeyPair, passphrase: string): string {
  const native = createPrivateKey({ key: Buffer.from(key.privateKey), format: "der", type: "pkcs8" })
  return native.export({ format: "pem", type: "pkcs8", cipher: "aes-256-cbc", passphrase }).toString()
}

function certificate(
  key: KeyPair,
  profile: Omit<CertificateProfile, "publicKey" | "serial">,
  signer: CertificateSigner,
): string {
  const serial = new Uint8Array(randomBytes(16))
  return encodePem("CERTIFICATE", buildCertificate({ ...profile, publicKey: key.publicKey, serial }, signer))
}

function signerOf(name: Uint8Array, key: KeyPair): CertificateSigner {
  return {
    name,
    subjectKeyId: keyIdentifier(key.publicKey),
    key: createPrivateKey({ key: Buffer.from(key.privateKey), format: "der", type: "pkcs8" }),
  }
}
