import { Type } from "typebox"
import { PHASES } from "../../domain/release.ts"
import { TEXTS } from "../texts.ts"
import { InvalidationForm } from "./ledger.ts"
import { FileDigestForm } from "./release.ts"
import { closed, header, list, map, oneOf, text, whole } from "./shared.ts"

/** A file that is named by its digest. */
const BlobForm = closed({ size: whole(0, Number.MAX_SAFE_INTEGER), sha256: text(TEXTS.sha256) })

export const CatalogIndexForm = closed({
  ...header("CatalogIndex"),
  version: whole(0, Number.MAX_SAFE_INTEGER),
  epoch: whole(0, Number.MAX_SAFE_INTEGER),
  issuedAt: text(TEXTS.instant),
  expiresAt: text(TEXTS.instant),
  shards: map(TEXTS.name, BlobForm),
  invalidations: list(InvalidationForm),
  revocationLists: map(
    TEXTS.sha256,
    closed({
      clusters: list(text(TEXTS.name)),
      number: text(TEXTS.serial),
      thisUpdate: text(TEXTS.instant),
      nextUpdate: text(TEXTS.instant),
      complete: BlobForm,
      delta: Type.Optional(BlobForm),
    }),
  ),
})

const CatalogVersionForm = closed({
  state: oneOf(["active", "deprecated", ...PHASES, "revoked"]),
  publishedAt: text(TEXTS.instant),
  notAfter: text(TEXTS.instant),
  manifest: FileDigestForm,
  payload: FileDigestForm,
  deprecation: Type.Optional(
    closed({ from: text(TEXTS.instant), endOfLifeAt: text(TEXTS.instant), replacement: text(TEXTS.version) }),
  ),
})

export const CatalogShardForm = closed({
  ...header("CatalogShard"),
  cluster: text(TEXTS.name),
  bundles: map(
    TEXTS.name,
    closed({
      channels: map(
        TEXTS.channel,
        closed({
          version: text(TEXTS.version),
          ahead: Type.Optional(
            closed({ version: text(TEXTS.version), percent: whole(1, 99), dealt: text(TEXTS.version) }),
          ),
        }),
      ),
      versions: map(TEXTS.version, CatalogVersionForm),
    }),
  ),
})
