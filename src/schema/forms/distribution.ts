import { Type } from "typebox"
import { TEXTS } from "../texts.ts"
import { closed, exactly, header, list, oneOf, text, variants, whole } from "./shared.ts"

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
        closed({
          kind: exactly("github", "releases of a GitHub repository; the catalog on a branch of it"),
          repository: text(TEXTS.githubRepository, "owner and name"),
          repositoryId: whole(1, Number.MAX_SAFE_INTEGER, "its numeric id: a name can be taken over by another"),
          server: Type.Optional(text(TEXTS.httpsOrigin, "GitHub Enterprise Server; github.com unless said otherwise")),
          layout: Type.Optional(
            oneOf(
              ["per-version", "wave", "automatic"],
              "a release a version, shards of many versions, or shards for many at once; automatic unless said otherwise",
            ),
          ),
          waveAbove: Type.Optional(whole(1, 10_000, "more versions than this at once go into shards; 20 unless said")),
          catalogBranch: Type.Optional(text(TEXTS.word, "branch of the catalog; catalog unless said otherwise")),
        }),
      ],
      "where releases and the catalog are published",
    ),
    mirrors: Type.Optional(
      list(text(TEXTS.place), "where clients look as well: https addresses, or directories, of copies of the releases"),
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
