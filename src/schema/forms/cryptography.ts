import { KEY_ALGORITHMS } from "../../domain/bundle.ts"
import { TEXTS } from "../texts.ts"
import { closed, header, oneOf, set, text, whole } from "./shared.ts"

/** policies/cryptography.yaml */
export const CryptographyForm = closed(
  {
    ...header("Cryptography"),
    keyAlgorithms: set(oneOf(KEY_ALGORITHMS), "client keys that may be certified"),
    maximumLifetime: text(TEXTS.duration, "no certificate lives longer"),
    backdate: text(TEXTS.duration, "how far notBefore lies in the past, for clocks that run late"),
    openpgp: closed(
      { minimumRsaBits: whole(2048, 16_384, "smallest RSA key of a recipient or signer") },
      "demands on OpenPGP keys",
    ),
  },
  "Algorithms, sizes and lifetimes.",
)
