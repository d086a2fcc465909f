import { Type } from "typebox"
import { TEXTS } from "../texts.ts"
import { FileDigestForm } from "./release.ts"
import { closed, header, map, oneOf, text, whole } from "./shared.ts"

export const CatalogIndexForm = closed({
  ...header("CatalogIndex"),
  version: whole(0, Number.MAX_SAFE_INTEGER),
  epoch: whole(0, Number.MAX_SAFE_INTEGER),
  issuedAt: text(TEXTS.instant),
  expiresAt: text(TEXTS.instant),
  shards: map(TEXTS.name, closed({ size: whole(0, Number.MAX_SAFE_INTEGER), sha256: text(TEXTS.sha256) })),
})

const CatalogVersionForm = closed({
  state: oneOf(["active", "revoked"]),
  publishedAt: text(TEXTS.instant),
  notAfter: text(TEXTS.instant),
  manifest: FileDigestForm,
  payload: FileDigestForm,
})

export const CatalogShardForm = closed({
  ...header("CatalogShard"),
  cluster: text(TEXTS.name),
  bundles: map(
    TEXTS.name,
    closed({
      channels: closed({ candidate: Type.Optional(text(TEXTS.version)), stable: Type.Optional(text(TEXTS.version)) }),
      versions: map(TEXTS.version, CatalogVersionForm),
    }),
  ),
})
