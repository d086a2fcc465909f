import { decodeCertificates } from "../pem.ts"
import { type Certificate, readCertificate } from "../x509-read.ts"
import { attempt } from "./attempt.ts"

/** More than any chain or set of roots has; a hostile file shall not buy time. */
export const CERTIFICATES_MAXIMUM = 64

/** The certificates of a PEM file, at least one, or what is wrong with it in words that follow its name. */
export function readCertificateFile(bytes: Uint8Array): readonly [Certificate, ...Certificate[]] | string {
  const ders = attempt(() => decodeCertificates(Buffer.from(bytes).toString("latin1")))
  if (!ders.ok) return unreadable(ders.problem)
  const { length } = ders.value
  if (length > CERTIFICATES_MAXIMUM) return `has ${length} certificates: expected at most ${CERTIFICATES_MAXIMUM}`
  const read = attempt(() => ders.value.map(readCertificate))
  if (!read.ok) return unreadable(read.problem)
  const [first, ...others] = read.value
  return first === undefined ? unreadable("it is empty") : [first, ...others]
}

function unreadable(problem: string): string {
  return `cannot be read: expected certificates in PEM, ${problem}`
}
