import { Type } from "typebox"
import { CHANNELS, KEY_ALGORITHMS, REVOCATION_REASONS } from "../../domain/bundle.ts"
import type { BundleName } from "../../domain/names.ts"
import { TEXTS } from "../texts.ts"
import { CompatibilityForm, FileDigestForm, IssuedCertificateForm, PredecessorForm } from "./release.ts"
import { closed, exactly, header, list, oneOf, text, variants, whole } from "./shared.ts"

export const LedgerForm = closed({
  ...header("Ledger"),
  sequence: whole(0, Number.MAX_SAFE_INTEGER),
  epoch: whole(0, Number.MAX_SAFE_INTEGER),
})

const InputForm = closed({
  layout: whole(1, 1),
  cluster: closed({
    name: text(TEXTS.name),
    environment: text(TEXTS.name),
    region: text(TEXTS.name),
    host: text(TEXTS.host),
    metadataPort: whole(1, 65_535),
    cqlPort: whole(1, 65_535),
    datacenter: text(TEXTS.word),
    authentication: oneOf(["mutual-tls", "password"]),
    trust: list(text(TEXTS.sha256)),
    issuer: list(text(TEXTS.sha256)),
  }),
  bundle: closed({
    name: text(TEXTS.name),
    application: text(TEXTS.name),
    owner: text(TEXTS.name),
    identity: text(TEXTS.identity),
    role: text(TEXTS.role),
    keyspace: Type.Optional(text(TEXTS.keyspace)),
    compatibility: CompatibilityForm,
    drivers: list(text(TEXTS.name)),
    key: variants("source", [
      closed({ source: exactly("generated"), algorithm: oneOf(KEY_ALGORITHMS) }),
      closed({ source: exactly("csr"), algorithm: oneOf(KEY_ALGORITHMS), spkiSha256: text(TEXTS.sha256) }),
    ]),
    lifetime: text(TEXTS.duration),
    recipients: list(text(TEXTS.fingerprint)),
  }),
})

const ReleaseForm = closed({
  version: text(TEXTS.version),
  publishedAt: text(TEXTS.instant),
  cause: text(TEXTS.prose),
  commit: text(TEXTS.commit),
  policyDigest: text(TEXTS.sha256),
  inputDigest: text(TEXTS.sha256),
  input: InputForm,
  certificate: IssuedCertificateForm,
  manifest: FileDigestForm,
  payload: FileDigestForm,
  predecessor: PredecessorForm,
})

export const BundleHistoryForm = closed({
  ...header("BundleHistory"),
  bundle: text<BundleName>(TEXTS.bundleName),
  releases: list(ReleaseForm),
  marks: list(
    closed({
      version: text(TEXTS.version),
      kind: exactly("revoked"),
      at: text(TEXTS.instant),
      revocation: closed({ reason: oneOf(REVOCATION_REASONS), incident: Type.Optional(text(TEXTS.line)) }),
    }),
  ),
  moves: list(closed({ channel: oneOf(CHANNELS), version: text(TEXTS.version), at: text(TEXTS.instant) })),
})
