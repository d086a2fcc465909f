import { buildRevocationList } from "../artifact/crl.ts"
import { type PrivateKey, readPrivateKey } from "../artifact/keys.ts"
import { decodeCertificates } from "../artifact/pem.ts"
import { signingScheme } from "../artifact/signature.ts"
import { buildClientCertificate, keyIdentifier } from "../artifact/x509.ts"
import { buildChain } from "../artifact/x509-chain.ts"
import { type Certificate, readCertificate } from "../artifact/x509-read.ts"
import { ScbError } from "../domain/errors.ts"
import { formatInstant, type Instant } from "../domain/instant.ts"
import type { Authority } from "../ports.ts"

export interface LocalAuthorityOptions {
  /** The issuing certificate first, then any further intermediates; a root may be among them. */
  readonly certificatePem: string
  readonly keyPem: string
  readonly passphrase?: string
  readonly now: Instant
}

/**
 * An authority whose key is in this process. Throws `key-unreadable`, `key-wrong-passphrase`, `key-mismatch` when the key
 * is not the certificate's, and `issuer-unusable` for an issuer that may not issue or is not valid at `now`.
 */
export function localAuthority({ certificatePem, keyPem, passphrase, now }: LocalAuthorityOptions): Authority {
  const [issuer, ...others] = decodeCertificates(certificatePem).map(readCertificate)
  if (issuer === undefined) throw new Error("a PEM file without certificates was read")
  const key = readPrivateKey(keyPem, passphrase)
  requireIssuer(issuer, key, now)
  const chain = sentChain(issuer, others)
  const signer = { name: issuer.subject, subjectKeyId: subjectKeyIdOf(issuer), key: key.key }
  return {
    async issue(request) {
      requireToOutlive(chain, request.notAfter)
      return { certificates: [buildClientCertificate(request, signer), ...chain.map(each => each.der)] }
    },
    async signRevocationList(list) {
      if (issuer.keyUsage !== undefined && !issuer.keyUsage.has("cRLSign")) {
        throw unusable(issuer.facts.subject, "expected key usage cRLSign, got none")
      }
      return buildRevocationList(list, signer)
    },
  }
}

function requireIssuer(issuer: Certificate, key: PrivateKey, now: Instant): void {
  const { subject, notBefore, notAfter } = issuer.facts
  if (Buffer.compare(key.publicKey, issuer.publicKey) !== 0) {
    throw new ScbError("key-mismatch", `issuer ${subject}: the private key is not the one of its certificate`)
  }
  if (signingScheme(key.key) === undefined) {
    throw unusable(subject, "expected a P-256, P-384, P-521 or RSA key, got another kind")
  }
  if (!issuer.facts.isCa) throw unusable(subject, "expected a CA certificate, got CA:FALSE")
  if (issuer.keyUsage !== undefined && !issuer.keyUsage.has("keyCertSign")) {
    throw unusable(subject, "expected key usage keyCertSign, got none")
  }
  if (now > notAfter) throw unusable(subject, `expired at ${formatInstant(notAfter)}, it is ${formatInstant(now)}`)
  if (now < notBefore) {
    throw unusable(subject, `not valid before ${formatInstant(notBefore)}, it is ${formatInstant(now)}`)
  }
}

/** A certificate is worth nothing once one above it has ended, and verifiers then blame the leaf. */
function requireToOutlive(chain: readonly Certificate[], notAfter: Instant): void {
  for (const { facts } of chain) {
    if (facts.notAfter >= notAfter) continue
    throw unusable(
      facts.subject,
      `ends at ${formatInstant(facts.notAfter)}, before the certificate that it should issue, which ends at ${formatInstant(notAfter)}`,
      "shorten the bundle's lifetime, or renew the issuer",
    )
  }
}

/** The issuer and those above it, without the root: whoever does not have the root already must not trust it from here. */
function sentChain(issuer: Certificate, others: readonly Certificate[]): readonly Certificate[] {
  const roots = others.filter(each => each.facts.selfSigned)
  const path = buildChain(issuer, others, roots)
  return path.filter(each => !each.facts.selfSigned)
}

/** What the issuer's certificate calls its key; verifiers match it with ours to find the issuer (RFC 5280 §4.2.1.1). */
function subjectKeyIdOf(issuer: Certificate): Uint8Array {
  return issuer.subjectKeyId === undefined
    ? keyIdentifier(issuer.publicKey)
    : new Uint8Array(Buffer.from(issuer.subjectKeyId, "hex"))
}

function unusable(subject: string, why: string, hint?: string): ScbError {
  return new ScbError("issuer-unusable", `issuer ${subject}: ${why}`, hint === undefined ? {} : { hint })
}
