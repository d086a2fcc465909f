import { buildRevocationList } from "../../src/artifact/crl.ts"
import { encodePem } from "../../src/artifact/pem.ts"
import { readCertificate } from "../../src/artifact/x509-read.ts"
import { type Instant, later } from "../../src/domain/instant.ts"
import type { Certified } from "./pki.ts"

/** A certificate revocation list in PEM, by an `issuer`; valid an hour before and after `now`. */
export function revocationList(
  issuer: Pick<Certified, "signer">,
  now: Instant,
  revoked: readonly Pick<Certified, "certificate">[],
): string {
  const list = {
    thisUpdate: later(now, -3_600_000),
    nextUpdate: later(now, 3_600_000),
    number: "01",
    revoked: revoked.map(({ certificate }) => {
      const { serial } = readCertificate(certificate).facts
      return { serial, revokedAt: now, reason: "keyCompromise" } as const
    }),
  }
  return encodePem("X509 CRL", buildRevocationList(list, issuer.signer))
}
