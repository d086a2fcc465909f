import { createPrivateKey, randomBytes, X509Certificate } from "node:crypto"
import { generateKeyPair } from "../../src/artifact/keys.ts"
import { encodePem } from "../../src/artifact/pem.ts"
import {
  buildCertificate,
  type CertificateProfile,
  type CertificateSigner,
  commonName,
  EXTENDED_KEY_USAGE,
  keyIdentifier,
} from "../../src/artifact/x509.ts"
import { readCertificate } from "../../src/artifact/x509-read.ts"
import type { KeyAlgorithm } from "../../src/domain/bundle.ts"
import { type Instant, instantFromMillis, later } from "../../src/domain/instant.ts"
import type { KeyPair } from "../../src/domain/issuing.ts"

const DAY = 86_400_000

export interface PkiOptions {
  /** Of every key that is not asked for otherwise. */
  readonly algorithm?: KeyAlgorithm
  /** DNS name of the server certificate, as CN and SAN. */
  readonly host?: string
  /** Everything is valid from a day before; roots for 10 years, intermediates for 5, leaves for 90 days. */
  readonly now?: Instant
  /** Distinguishes CAs of one process: the same options give the same, cached, CA. */
  readonly name?: string
}

/** A certificate with its key, in every form that a test may want. */
export interface Certified {
  readonly certificate: Uint8Array
  readonly certificatePem: string
  /** DER PKCS#8. */
  readonly privateKey: Uint8Array
  readonly keyPem: string
  /** DER SubjectPublicKeyInfo. */
  readonly publicKey: Uint8Array
  /** For signing with it. */
  readonly signer: CertificateSigner
}

/** A certificate with its key, and the intermediate that issued it. */
export interface CertifiedLeaf extends Certified {
  /** DER, leaf first, without the root. */
  readonly chain: readonly Uint8Array[]
  readonly chainPem: string
}

export interface Pki {
  /** Of clients' keys that are not asked for otherwise. */
  readonly algorithm: KeyAlgorithm
  readonly now: Instant
  readonly host: string
  readonly root: Certified
  /** Issues the server's and the clients' certificates. */
  readonly issuer: Certified
  readonly server: CertifiedLeaf
  /** A new client certificate; `profile` overrides any field of the good one, to make bad ones. */
  client(options?: ClientOptions): Promise<CertifiedLeaf>
}

export interface ClientOptions {
  readonly commonName?: string
  readonly identity?: string
  readonly algorithm?: KeyAlgorithm
  readonly key?: KeyPair
  readonly profile?: Partial<CertificateProfile>
  readonly signer?: CertificateSigner
}

const cache = new Map<string, Promise<Pki>>()

/** A working, throw-away CA: root, issuing intermediate, server certificate, clients on request. */
export function makePki(options: PkiOptions = {}): Promise<Pki> {
  const { algorithm = "P-256", host = "cass.example.com", now = Date.UTC(2026, 10, 22), name = "Test" } = options
  const key = `${algorithm} ${host} ${now} ${name}`
  const made = cache.get(key) ?? buildPki({ algorithm, host, now: instantFromMillis(now), name })
  cache.set(key, made)
  return made
}

async function buildPki({ algorithm, host, now, name }: Required<PkiOptions>): Promise<Pki> {
  const from = later(now, -DAY)
  const ca = { notBefore: from, keyUsage: ["keyCertSign", "cRLSign"] } as const
  const [rootKey, issuerKey, serverKey] = await Promise.all([
    generateKeyPair(algorithm),
    generateKeyPair(algorithm),
    generateKeyPair(algorithm),
  ])
  const root = certify(rootKey, {
    ...ca,
    subject: commonName(`${name} Root CA`),
    notAfter: later(now, 3650 * DAY),
    ca: {},
  })
  const issuer = certify(
    issuerKey,
    {
      ...ca,
      subject: commonName(`${name} Issuing CA`),
      notAfter: later(now, 1825 * DAY),
      ca: { pathLength: 0 },
    },
    root.signer,
  )
  const server = certify(
    serverKey,
    {
      ...leafProfile(now),
      subject: commonName(host),
      extendedKeyUsage: [EXTENDED_KEY_USAGE.serverAuth],
      alternativeNames: [{ kind: "dns", value: host }],
    },
    issuer.signer,
  )
  return assemble({ algorithm, now, host, root, issuer, server })
}

type PkiParts = Pick<Pki, "algorithm" | "now" | "host" | "root" | "issuer"> & { readonly server: Certified }

function assemble({ algorithm, now, host, root, issuer, server }: PkiParts): Pki {
  const leaf = leafProfile(now)
  const withChain = (certified: Certified): CertifiedLeaf => {
    const chain = [certified.certificate, issuer.certificate]
    return { ...certified, chain, chainPem: chain.map(der => encodePem("CERTIFICATE", der)).join("") }
  }
  const client = async (options: ClientOptions = {}): Promise<CertifiedLeaf> => {
    const key = options.key ?? (await generateKeyPair(options.algorithm ?? algorithm))
    const profile = {
      ...leaf,
      subject: commonName(options.commonName ?? "checkout"),
      extendedKeyUsage: [EXTENDED_KEY_USAGE.clientAuth],
      alternativeNames: [{ kind: "uri", value: options.identity ?? "spiffe://example.com/payments/checkout" }],
      ...options.profile,
    } as const
    return withChain(certify(key, profile, options.signer ?? issuer.signer))
  }
  return { algorithm, now, host, root, issuer, server: withChain(server), client }
}

function leafProfile(now: Instant): Pick<CertificateProfile, "notBefore" | "notAfter" | "keyUsage"> {
  return { notBefore: later(now, -DAY), notAfter: later(now, 90 * DAY), keyUsage: ["digitalSignature"] }
}

const PARTS = ["root", "issuer", "server"] as const

/** The CA with its keys as JSON, for another process of the same test run. */
export function exportPki(pki: Pki): string {
  const { algorithm, now, host } = pki
  const parts = PARTS.map(part => [part, { certificatePem: pki[part].certificatePem, keyPem: pki[part].keyPem }])
  return JSON.stringify({ algorithm, now, host, ...Object.fromEntries(parts) })
}

export function importPki(json: string): Pki {
  const { algorithm, now, host, root, issuer, server } = JSON.parse(json) as Pki
  return assemble({ algorithm, now, host, root: read(root), issuer: read(issuer), server: read(server) })
}

function read({ certificatePem, keyPem }: Pick<Certified, "certificatePem" | "keyPem">): Certified {
  const certificate = readCertificate(new Uint8Array(new X509Certificate(certificatePem).raw))
  const key = createPrivateKey(keyPem)
  return {
    certificate: certificate.der,
    certificatePem,
    privateKey: key.export({ format: "der", type: "pkcs8" }),
    keyPem,
    publicKey: certificate.publicKey,
    signer: { name: certificate.subject, subjectKeyId: keyIdentifier(certificate.publicKey), key },
  }
}

/** Signs a certificate for `key`, by `signer` or by itself. */
export function certify(
  key: KeyPair,
  profile: Omit<CertificateProfile, "publicKey" | "serial"> & Partial<Pick<CertificateProfile, "serial">>,
  signer?: CertificateSigner,
): Certified {
  const own: CertificateSigner = {
    name: profile.subject,
    subjectKeyId: keyIdentifier(key.publicKey),
    key: createPrivateKey({ key: Buffer.from(key.privateKey), format: "der", type: "pkcs8" }),
  }
  const certificate = buildCertificate({ serial: randomBytes(16), ...profile, publicKey: key.publicKey }, signer ?? own)
  return {
    certificate,
    certificatePem: encodePem("CERTIFICATE", certificate),
    privateKey: key.privateKey,
    keyPem: encodePem("PRIVATE KEY", key.privateKey),
    publicKey: key.publicKey,
    signer: own,
  }
}
