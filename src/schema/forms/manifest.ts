import { Type } from "typebox"
import type { BundleName } from "../../domain/names.ts"
import { RELEASE_REASONS } from "../../domain/renewal/release-reasons.ts"
import { RELEASE_CLASSES } from "../../domain/versions/change.ts"
import { ACTORS, CHANGE_CLASSES } from "../../domain/versions/changes.ts"
import { TEXTS } from "../texts.ts"
import { CompatibilityForm, FileDigestForm, IssuedCertificateForm } from "./release.ts"
import { closed, header, list, oneOf, text, whole } from "./shared.ts"

const ChangeForm = closed({
  member: text(TEXTS.line),
  class: oneOf(CHANGE_CLASSES),
  before: Type.Optional(text(TEXTS.prose)),
  after: Type.Optional(text(TEXTS.prose)),
  why: text(TEXTS.prose),
  actions: list(closed({ who: oneOf(ACTORS), what: text(TEXTS.prose) })),
})

export const ManifestForm = closed({
  ...header("Manifest"),
  bundle: text<BundleName>(TEXTS.bundleName),
  version: text(TEXTS.version),
  cluster: closed({
    name: text(TEXTS.name),
    environment: text(TEXTS.name),
    host: text(TEXTS.host),
    metadataPort: whole(1, 65_535),
    cqlPort: whole(1, 65_535),
    datacenter: text(TEXTS.word),
  }),
  application: text(TEXTS.name),
  owner: text(TEXTS.name),
  createdAt: text(TEXTS.instant),
  expiresAt: text(TEXTS.instant),
  epoch: whole(0, Number.MAX_SAFE_INTEGER),
  recipients: list(text(TEXTS.fingerprint)),
  keySource: oneOf(["generated", "csr"]),
  payload: FileDigestForm,
  plaintext: FileDigestForm,
  files: list(FileDigestForm),
  certificate: IssuedCertificateForm,
  issuerSha256: text(TEXTS.sha256),
  source: closed({ commit: text(TEXTS.commit), policyDigest: text(TEXTS.sha256), inputDigest: text(TEXTS.sha256) }),
  compatibility: CompatibilityForm,
  predecessor: Type.Union([Type.Null(), closed({ version: text(TEXTS.version), manifestSha256: text(TEXTS.sha256) })]),
  change: closed({
    class: oneOf(RELEASE_CLASSES),
    reason: oneOf(RELEASE_REASONS),
    cause: text(TEXTS.prose),
    changes: list(ChangeForm),
  }),
  upgrades: list(
    closed({
      from: text(TEXTS.version),
      through: list(text(TEXTS.version)),
      obstacles: list(closed({ member: text(TEXTS.line), why: text(TEXTS.prose) })),
    }),
  ),
  support: closed({
    until: text(TEXTS.instant),
    afterDeprecation: closed({
      limited: text(TEXTS.duration),
      securityOnly: text(TEXTS.duration),
      endOfLife: text(TEXTS.duration),
      archived: text(TEXTS.duration),
    }),
  }),
  skeletonSha256: text(TEXTS.sha256),
  generator: text(TEXTS.line),
})
