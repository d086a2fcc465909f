import type { Static } from "typebox"
import type { CryptographyPolicy } from "../domain/policies.ts"
import { durationFrom } from "./durations.ts"
import type { CryptographyForm } from "./forms/cryptography.ts"
import type { Written } from "./written.ts"

export type WrittenCryptography = Static<typeof CryptographyForm>

export function cryptographyFrom({ document, value }: Written<WrittenCryptography>): CryptographyPolicy {
  return {
    file: document.file,
    keyAlgorithms: value.keyAlgorithms,
    maximumLifetime: durationFrom(value.maximumLifetime),
    backdate: durationFrom(value.backdate),
    minimumOpenPgpRsaBits: value.openpgp.minimumRsaBits,
  }
}
