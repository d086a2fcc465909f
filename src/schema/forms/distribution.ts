import { Type } from "typebox"
import { TEXTS } from "../texts.ts"
import { closed, exactly, header, list, text, variants } from "./shared.ts"

/** policies/distribution.yaml */
export const DistributionForm = closed(
  {
    ...header("Distribution"),
    releases: variants(
      "kind",
      [
        closed({
          kind: exactly("directory", "a directory of this machine or a mounted one"),
          path: text(TEXTS.place, "absolute, or relative to the repository's root; outside the repository"),
        }),
      ],
      "where releases and the catalog are published",
    ),
    signers: list(
      closed({
        name: text(TEXTS.name),
        fingerprint: text(TEXTS.fingerprint, "full fingerprint of the key, 40 upper-case hexadecimal digits"),
        key: text(TEXTS.path, "file with the armored public key; relative to this folder"),
        validFrom: Type.Optional(text(TEXTS.instantOrDay, "signatures count from this instant on")),
        validUntil: Type.Optional(text(TEXTS.instantOrDay, "signatures count until this instant")),
      }),
      "keys whose signatures on releases, catalog and ledger count",
    ),
    catalogLifetime: text(
      TEXTS.duration,
      "how long a published catalog may be believed; renewed when half of it is over",
    ),
  },
  "Where bundles are published and whose signature makes them genuine.",
)
