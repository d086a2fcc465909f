import type { Static } from "typebox"
import { formatInstant } from "../domain/instant.ts"
import type { IssuedCertificate } from "../domain/release.ts"
import type { IssuedCertificateForm } from "./forms/release.ts"
import { instantFromWire } from "./instants.ts"

type WrittenCertificate = Static<typeof IssuedCertificateForm>

export function certificateFromWire(written: WrittenCertificate): IssuedCertificate {
  return { ...written, notBefore: instantFromWire(written.notBefore), notAfter: instantFromWire(written.notAfter) }
}

export function certificateToWire(certificate: IssuedCertificate): WrittenCertificate {
  return {
    ...certificate,
    notBefore: formatInstant(certificate.notBefore),
    notAfter: formatInstant(certificate.notAfter),
  }
}
