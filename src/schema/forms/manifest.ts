import { Type } from "typebox"
import type { BundleName } from "../../domain/names.ts"
import { TEXTS } from "../texts.ts"
import { CompatibilityForm, FileDigestForm, IssuedCertificateForm } from "./release.ts"
import { closed, header, list, oneOf, text, whole } from "./shared.ts"

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
  source: closed({ commit: text(TEXTS.commit), policyDigest: text(TEXTS.sha256), inputDigest: text(TEXTS.sha256) }),
  compatibility: CompatibilityForm,
  predecessor: Type.Union([Type.Null(), closed({ version: text(TEXTS.version), manifestSha256: text(TEXTS.sha256) })]),
  generator: text(TEXTS.line),
})
