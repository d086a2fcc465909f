import { Type } from "typebox"
import { KEY_ALGORITHMS } from "../../domain/bundle.ts"
import { TEXTS } from "../texts.ts"
import { closed, map, oneOf, text, whole } from "./shared.ts"

/** Pieces that the ledger, the manifest and the catalog share. */
export const FileDigestForm = closed({
  name: text(TEXTS.fileName),
  size: whole(0, Number.MAX_SAFE_INTEGER),
  sha256: text(TEXTS.sha256),
})

export const IssuedCertificateForm = closed({
  serial: text(TEXTS.serial),
  subject: text(TEXTS.line),
  identity: text(TEXTS.identity),
  keyAlgorithm: oneOf(KEY_ALGORITHMS),
  notBefore: text(TEXTS.instant),
  notAfter: text(TEXTS.instant),
  sha256: text(TEXTS.sha256),
  spkiSha256: text(TEXTS.sha256),
})

export const CompatibilityForm = map(TEXTS.name, text(TEXTS.range))

export const PredecessorForm = Type.Optional(text(TEXTS.version))
