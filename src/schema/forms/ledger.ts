import { type TProperties, Type } from "typebox"
import { KEY_ALGORITHMS, REVOCATION_REASONS } from "../../domain/bundle.ts"
import type { BundleName } from "../../domain/names.ts"
import { MOVE_REASONS } from "../../domain/release.ts"
import { RELEASE_REASONS } from "../../domain/renewal/release-reasons.ts"
import { RELEASE_CLASSES } from "../../domain/versions/change.ts"
import { TEXTS } from "../texts.ts"
import { AuthorizedUpToForm } from "./authorization.ts"
import { GateResultsForm } from "./gates.ts"
import { CompatibilityForm, FileDigestForm, IssuedCertificateForm, PredecessorForm } from "./release.ts"
import { SelectorForm } from "./selector.ts"
import { closed, exactly, header, list, oneOf, text, variants, whole } from "./shared.ts"

export const RevocationForm = closed({
  reason: oneOf(REVOCATION_REASONS),
  incident: Type.Optional(text(TEXTS.line)),
})

export const InvalidationForm = closed({
  name: text(TEXTS.name),
  at: text(TEXTS.instant),
  select: SelectorForm,
  revocation: RevocationForm,
})

export const LedgerForm = closed({
  ...header("Ledger"),
  sequence: whole(0, Number.MAX_SAFE_INTEGER),
  epoch: whole(0, Number.MAX_SAFE_INTEGER),
  authorization: Type.Optional(AuthorizedUpToForm),
  invalidations: list(InvalidationForm),
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
  change: oneOf(RELEASE_CLASSES),
  reason: oneOf(RELEASE_REASONS),
  cause: text(TEXTS.prose),
  commit: text(TEXTS.commit),
  policyDigest: text(TEXTS.sha256),
  inputDigest: text(TEXTS.sha256),
  input: InputForm,
  certificate: IssuedCertificateForm,
  manifest: FileDigestForm,
  payload: FileDigestForm,
  skeletonSha256: text(TEXTS.sha256),
  generator: text(TEXTS.line),
  predecessor: PredecessorForm,
  gates: Type.Optional(GateResultsForm),
})

const schedule = closed({
  from: text(TEXTS.instant),
  limitedAt: text(TEXTS.instant),
  securityOnlyAt: text(TEXTS.instant),
  endOfLifeAt: text(TEXTS.instant),
  archivedAt: text(TEXTS.instant),
})

/** What a mark says, whether it is planned or has happened. */
function markingForms<P extends TProperties>(more: P) {
  return [
    closed({ ...more, kind: exactly("revoked"), revocation: RevocationForm }),
    closed({
      ...more,
      kind: exactly("deprecated"),
      reason: text(TEXTS.line),
      replacement: text(TEXTS.version),
      schedule,
    }),
    closed({ ...more, kind: exactly("limited") }),
    closed({ ...more, kind: exactly("security-only") }),
    closed({ ...more, kind: exactly("end-of-life") }),
    closed({ ...more, kind: exactly("archived") }),
    closed({ ...more, kind: exactly("extended"), until: text(TEXTS.instant), reason: text(TEXTS.line) }),
    closed({ ...more, kind: exactly("failed"), why: text(TEXTS.prose) }),
    closed({ ...more, kind: exactly("retried"), reason: text(TEXTS.line) }),
  ] as const
}

export const MarkingForm = variants("kind", markingForms({}))

export const BundleHistoryForm = closed({
  ...header("BundleHistory"),
  bundle: text<BundleName>(TEXTS.bundleName),
  releases: list(ReleaseForm),
  marks: list(variants("kind", markingForms({ version: text(TEXTS.version), at: text(TEXTS.instant) }))),
  moves: list(
    closed({
      channel: text(TEXTS.channel),
      version: Type.Optional(text(TEXTS.version)),
      percent: Type.Optional(whole(1, 99)),
      at: text(TEXTS.instant),
      reason: oneOf(MOVE_REASONS),
      cause: text(TEXTS.prose),
      gates: Type.Optional(GateResultsForm),
    }),
  ),
  attempts: list(
    closed({
      at: text(TEXTS.instant),
      version: text(TEXTS.version),
      reason: oneOf(RELEASE_REASONS),
      inputDigest: text(TEXTS.sha256),
      error: text(TEXTS.name),
    }),
  ),
})
