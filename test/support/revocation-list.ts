import { sign, X509Certificate } from "node:crypto"
import { bitString, integer, oid, sequence, time } from "../../src/artifact/der.ts"
import { encodePem } from "../../src/artifact/pem.ts"
import { type Instant, later } from "../../src/domain/instant.ts"
import type { Certified } from "./pki.ts"

/** A certificate revocation list (RFC 5280 §5.1) in PEM, by an `issuer` with a P-256 key; valid an hour before and after `now`. */
export function revocationList(
  issuer: Certified,
  now: Instant,
  revoked: readonly Pick<Certified, "certificate">[],
): string {
  const ecdsaWithSha256 = sequence(oid("1.2.840.10045.4.3.2"))
  const entries = revoked.map(({ certificate }) => {
    const serial = Buffer.from(new X509Certificate(certificate).serialNumber, "hex")
    return sequence(integer(serial), time(now))
  })
  const list = sequence(
    integer(1),
    ecdsaWithSha256,
    issuer.signer.name,
    time(later(now, -3_600_000)),
    time(later(now, 3_600_000)),
    ...(entries.length === 0 ? [] : [sequence(...entries)]),
  )
  return encodePem("X509 CRL", sequence(list, ecdsaWithSha256, bitString(sign("sha256", list, issuer.signer.key))))
}
