/** Arbitrary records of all that machines write, for properties. */
import fc from "fast-check"
import { DEFAULT_CHANNELS, KEY_ALGORITHMS, REVOCATION_REASONS } from "../../src/domain/bundle.ts"
import type {
  CatalogBundle,
  CatalogIndex,
  CatalogRevocationList,
  CatalogShard,
  CatalogVersion,
} from "../../src/domain/catalog.ts"
import { type Instant, instantFromMillis } from "../../src/domain/instant.ts"
import type { Manifest } from "../../src/domain/manifest.ts"
import type { BundleName } from "../../src/domain/names.ts"
import type { Step } from "../../src/domain/plan/steps.ts"
import {
  type BundleHistory,
  type FailedAttempt,
  type FileDigest,
  type Invalidation,
  type IssuedCertificate,
  type LedgerState,
  type Mark,
  type Marking,
  MOVE_REASONS,
  PHASES,
  type PointerMove,
  type ReleaseInput,
  type ReleaseRecord,
} from "../../src/domain/release.ts"
import { RELEASE_REASONS } from "../../src/domain/renewal/release-reasons.ts"
import type { Selector } from "../../src/domain/revocation/selector.ts"
import type { GateResult } from "../../src/domain/rollout/gates.ts"
import { RELEASE_CLASSES } from "../../src/domain/versions/change.ts"
import { ACTORS, CHANGE_CLASSES, type Change } from "../../src/domain/versions/changes.ts"
import type { BuildDocument } from "../../src/schema/documents.ts"

const hex = (length: number): fc.Arbitrary<string> =>
  fc.string({ unit: fc.constantFrom(..."0123456789abcdef"), minLength: length, maxLength: length })
const sha256 = hex(64)
const fingerprint = hex(40).map(text => text.toUpperCase())
const count = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER })
const port = fc.integer({ min: 1, max: 65_535 })

/** Words that YAML could take for something else are names too. */
export const name: fc.Arbitrary<string> = fc.oneof(
  fc.stringMatching(/^[a-z0-9][a-z0-9-]{0,8}[a-z0-9]$/),
  fc.constantFrom("no", "on", "null", "true", "1e3", "017", "0x1f", "12", "2026-11-22"),
)
export const bundleName: fc.Arbitrary<BundleName> = fc
  .tuple(name, name)
  .map(([cluster, bundle]) => `${cluster}/${bundle}` as const)
const version = fc.tuple(fc.nat(20), fc.nat(20), fc.nat(20)).map(parts => parts.join("."))

/** Any visible line: colons, hashes, quotes and non-ASCII letters included. */
const line = fc.oneof(
  fc.constantFrom(
    "changed: cluster.host, bundle.recipients",
    "# no comment",
    "- item",
    'it\'s "so"',
    "é😀",
    "NO",
    "12:30",
    "{a: 1}",
  ),
  fc.stringMatching(/^[!-~]{1,20}$/),
)

/** Years 2000 to 2200. */
export const instant: fc.Arbitrary<Instant> = fc
  .integer({ min: 946_684_800, max: 7_258_118_400 })
  .map(seconds => instantFromMillis(seconds * 1000))

const fileDigest: fc.Arbitrary<FileDigest> = fc.record({
  name: fc.stringMatching(/^[A-Za-z0-9_-]{1,20}(\/[a-z]{1,8}\.[a-z]{1,4})?$/),
  size: count,
  sha256,
})
const identity = fc.tuple(name, name).map(([domain, path]) => `spiffe://${domain}/${path}`)

const certificate: fc.Arbitrary<IssuedCertificate> = fc.record({
  serial: hex(32),
  subject: line,
  identity,
  keyAlgorithm: fc.constantFrom(...KEY_ALGORITHMS),
  notBefore: instant,
  notAfter: instant,
  sha256,
  spkiSha256: sha256,
})

const compatibility = fc.dictionary(name, fc.constantFrom(">=4.17.0", "*", "^3.25.0 || ^4"), { noNullPrototype: true })

const input: fc.Arbitrary<ReleaseInput> = fc.record({
  layout: fc.constant(1 as const),
  cluster: fc.record({
    name,
    environment: name,
    region: name,
    host: fc.constantFrom("cass.example.com", "no.example.com", "1e3.example.com"),
    metadataPort: port,
    cqlPort: port,
    datacenter: fc.constantFrom("dc1", "DC_East-1", "on", "017", "1.10"),
    authentication: fc.constantFrom("mutual-tls", "password"),
    trust: fc.array(sha256, { maxLength: 3 }),
    issuer: fc.array(sha256, { maxLength: 3 }),
  }),
  bundle: fc.record(
    {
      name,
      application: name,
      owner: name,
      identity,
      role: fc.constantFrom("checkout_rw", "no", "0x1f", "a.b@c"),
      keyspace: fc.constantFrom("payments", "on", "null"),
      compatibility,
      drivers: fc.array(name, { maxLength: 4 }),
      key: fc.oneof(
        fc.record({ source: fc.constant("generated" as const), algorithm: fc.constantFrom(...KEY_ALGORITHMS) }),
        fc.record({
          source: fc.constant("csr" as const),
          algorithm: fc.constantFrom(...KEY_ALGORITHMS),
          spkiSha256: sha256,
        }),
      ),
      lifetime: fc.constantFrom("90d", "36h", "5m"),
      recipients: fc.array(fingerprint, { maxLength: 3 }),
    },
    {
      requiredKeys: [
        "name",
        "application",
        "owner",
        "identity",
        "role",
        "compatibility",
        "drivers",
        "key",
        "lifetime",
        "recipients",
      ],
    },
  ),
})

const gate: fc.Arbitrary<GateResult> = fc.record(
  {
    check: name.filter(text => /^[a-z]/.test(text)),
    answer: fc.constantFrom("pass", "fail", "inconclusive"),
    evidence: line,
    overridden: line,
  },
  { requiredKeys: ["check", "answer", "evidence"] },
)

const release: fc.Arbitrary<ReleaseRecord> = fc.record(
  {
    version,
    publishedAt: instant,
    change: fc.constantFrom(...RELEASE_CLASSES),
    reason: fc.constantFrom(...RELEASE_REASONS),
    cause: line,
    commit: hex(40),
    policyDigest: sha256,
    inputDigest: sha256,
    input,
    certificate,
    manifest: fileDigest,
    payload: fileDigest,
    skeletonSha256: sha256,
    generator: line,
    predecessor: version,
    gates: fc.array(gate, { maxLength: 2 }),
  },
  {
    requiredKeys: [
      "version",
      "publishedAt",
      "change",
      "reason",
      "cause",
      "commit",
      "policyDigest",
      "inputDigest",
      "input",
      "certificate",
      "manifest",
      "payload",
      "skeletonSha256",
      "generator",
    ],
  },
)

export const revocation = fc.record(
  { reason: fc.constantFrom(...REVOCATION_REASONS), incident: line },
  { requiredKeys: ["reason"] },
)
const schedule = fc.record({
  from: instant,
  limitedAt: instant,
  securityOnlyAt: instant,
  endOfLifeAt: instant,
  archivedAt: instant,
})

const marking: fc.Arbitrary<Marking> = fc.oneof(
  fc.record({ kind: fc.constant("revoked" as const), revocation }),
  fc.record({ kind: fc.constant("deprecated" as const), reason: line, replacement: version, schedule }),
  fc.record({ kind: fc.constantFrom(...PHASES) }),
  fc.record({ kind: fc.constant("extended" as const), until: instant, reason: line }),
  fc.record({ kind: fc.constant("failed" as const), why: line }),
  fc.record({ kind: fc.constant("retried" as const), reason: line }),
)

export const mark: fc.Arbitrary<Mark> = fc
  .record({ version, at: instant, marking })
  .map(({ version, at, marking }) => ({ version, at, ...marking }))

const selector: fc.Arbitrary<Selector> = fc.record(
  {
    clusters: fc.uniqueArray(name, { maxLength: 2 }),
    bundles: fc.uniqueArray(fc.constantFrom("payments-*/checkout", "*/*", "a/b"), { maxLength: 2 }),
    environments: fc.uniqueArray(name, { maxLength: 2 }),
    owners: fc.uniqueArray(name, { maxLength: 2 }),
    versions: fc.constantFrom("<1.4.0", "*"),
    issuers: fc.uniqueArray(sha256, { maxLength: 2 }),
    issuedFrom: instant,
    issuedBefore: instant,
    serials: fc.uniqueArray(hex(32), { maxLength: 2 }),
    keys: fc.uniqueArray(sha256, { maxLength: 2 }),
    algorithms: fc.uniqueArray(fc.constantFrom(...KEY_ALGORITHMS), { maxLength: 2 }),
    drivers: fc.uniqueArray(name, { maxLength: 2 }),
  },
  { requiredKeys: [] },
)

const invalidation: fc.Arbitrary<Invalidation> = fc.record({ name, at: instant, select: selector, revocation })

const channel = fc.constantFrom(...DEFAULT_CHANNELS, "canary")

const move: fc.Arbitrary<PointerMove> = fc.record(
  {
    channel,
    version,
    percent: fc.integer({ min: 1, max: 99 }),
    at: instant,
    reason: fc.constantFrom(...MOVE_REASONS),
    cause: line,
    gates: fc.array(gate, { maxLength: 2 }),
  },
  { requiredKeys: ["channel", "at", "reason", "cause"] },
)

const attempt: fc.Arbitrary<FailedAttempt> = fc.record({
  at: instant,
  version,
  reason: fc.constantFrom(...RELEASE_REASONS),
  inputDigest: sha256,
  error: fc.constantFrom("issuer-unusable", "network"),
})

export const history: fc.Arbitrary<BundleHistory> = fc.record({
  bundle: bundleName,
  releases: fc.array(release, { maxLength: 3 }),
  marks: fc.array(mark, { maxLength: 2 }),
  moves: fc.array(move, { maxLength: 3 }),
  attempts: fc.array(attempt, { maxLength: 2 }),
})

export const ledgerState: fc.Arbitrary<LedgerState> = fc
  .record({
    sequence: count,
    epoch: count,
    invalidations: fc.array(invalidation, { maxLength: 2 }),
    histories: fc.uniqueArray(history, { selector: each => each.bundle, maxLength: 3 }),
  })
  .map(({ sequence, epoch, invalidations, histories }) => ({
    sequence,
    epoch,
    invalidations,
    bundles: new Map(histories.map(each => [each.bundle, each])),
  }))

const length = fc.constantFrom("90d", "36h", "5m")

const change: fc.Arbitrary<Change> = fc.record(
  {
    member: fc.constantFrom("cluster.host", "bundle.compatibility.java"),
    class: fc.constantFrom(...CHANGE_CLASSES),
    before: line,
    after: line,
    why: line,
    actions: fc.array(fc.record({ who: fc.constantFrom(...ACTORS), what: line }), { maxLength: 2 }),
  },
  { requiredKeys: ["member", "class", "why", "actions"] },
)

export const manifest: fc.Arbitrary<Manifest> = fc.record({
  apiVersion: fc.constant("scb/v1" as const),
  kind: fc.constant("Manifest" as const),
  bundle: bundleName,
  version,
  cluster: fc.record({
    name,
    environment: name,
    host: fc.constant("cass.example.com"),
    metadataPort: port,
    cqlPort: port,
    datacenter: fc.constant("dc1"),
  }),
  application: name,
  owner: name,
  createdAt: instant,
  expiresAt: instant,
  epoch: count,
  recipients: fc.array(fingerprint, { maxLength: 3 }),
  keySource: fc.constantFrom("generated", "csr"),
  payload: fileDigest,
  plaintext: fileDigest,
  files: fc.array(fileDigest, { maxLength: 4 }),
  certificate,
  issuerSha256: sha256,
  source: fc.record({ commit: hex(40), policyDigest: sha256, inputDigest: sha256 }),
  compatibility,
  predecessor: fc.option(fc.record({ version, manifestSha256: sha256 })),
  change: fc.record({
    class: fc.constantFrom(...RELEASE_CLASSES),
    reason: fc.constantFrom(...RELEASE_REASONS),
    cause: line,
    changes: fc.array(change, { maxLength: 2 }),
  }),
  upgrades: fc.array(
    fc.record({
      from: version,
      through: fc.array(version, { maxLength: 2 }),
      obstacles: fc.array(fc.record({ member: name, why: line }), { maxLength: 2 }),
    }),
    { maxLength: 2 },
  ),
  support: fc.record({
    until: instant,
    afterDeprecation: fc.record({ limited: length, securityOnly: length, endOfLife: length, archived: length }),
  }),
  skeletonSha256: sha256,
  generator: fc.constant("scb 0.1.0"),
})

const blob = fc.record({ size: count, sha256 })
const revocationList: fc.Arbitrary<CatalogRevocationList> = fc.record(
  {
    clusters: fc.array(name, { maxLength: 2 }),
    number: hex(14),
    thisUpdate: instant,
    nextUpdate: instant,
    complete: blob,
    delta: blob,
  },
  { requiredKeys: ["clusters", "number", "thisUpdate", "nextUpdate", "complete"] },
)

export const catalogIndex: fc.Arbitrary<CatalogIndex> = fc.record({
  apiVersion: fc.constant("scb/v1" as const),
  kind: fc.constant("CatalogIndex" as const),
  version: count,
  epoch: count,
  issuedAt: instant,
  expiresAt: instant,
  shards: fc.dictionary(name, fc.record({ size: count, sha256 }), { noNullPrototype: true }),
  invalidations: fc.array(invalidation, { maxLength: 2 }),
  revocationLists: fc.dictionary(sha256, revocationList, { noNullPrototype: true, maxKeys: 2 }),
})

const catalogVersion: fc.Arbitrary<CatalogVersion> = fc.record(
  {
    state: fc.constantFrom("active", "deprecated", ...PHASES, "revoked"),
    publishedAt: instant,
    notAfter: instant,
    manifest: fileDigest,
    payload: fileDigest,
    deprecation: fc.record({ from: instant, endOfLifeAt: instant, replacement: version }),
  },
  { requiredKeys: ["state", "publishedAt", "notAfter", "manifest", "payload"] },
)

const catalogBundle: fc.Arbitrary<CatalogBundle> = fc.record({
  channels: fc.dictionary(
    name,
    fc.record(
      { version, ahead: fc.record({ version, percent: fc.integer({ min: 1, max: 99 }), dealt: version }) },
      { requiredKeys: ["version"] },
    ),
    { noNullPrototype: true, maxKeys: 3 },
  ),
  versions: fc.dictionary(version, catalogVersion, { noNullPrototype: true, maxKeys: 3 }),
})

export const catalogShard: fc.Arbitrary<CatalogShard> = fc.record({
  apiVersion: fc.constant("scb/v1" as const),
  kind: fc.constant("CatalogShard" as const),
  cluster: name,
  bundles: fc.dictionary(name, catalogBundle, { noNullPrototype: true, maxKeys: 3 }),
})

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record(
    {
      kind: fc.constant("release" as const),
      bundle: bundleName,
      version,
      change: fc.constantFrom(...RELEASE_CLASSES),
      reason: fc.constantFrom(...RELEASE_REASONS),
      cause: line,
      inputDigest: sha256,
      predecessor: version,
      gates: fc.array(gate, { maxLength: 2 }),
    },
    { requiredKeys: ["kind", "bundle", "version", "change", "reason", "cause", "inputDigest"] },
  ),
  fc.record({ kind: fc.constant("mark" as const), bundle: bundleName, version, mark: marking }),
  fc.record(
    {
      kind: fc.constant("point" as const),
      bundle: bundleName,
      channel,
      from: version,
      to: version,
      percent: fc.integer({ min: 1, max: 99 }),
      reason: fc.constantFrom(...MOVE_REASONS),
      cause: line,
      gates: fc.array(gate, { maxLength: 2 }),
    },
    { requiredKeys: ["kind", "bundle", "channel", "reason", "cause"] },
  ),
)

export const buildDocument: fc.Arbitrary<BuildDocument> = fc.record(
  {
    plan: fc.record(
      {
        format: fc.constant(1 as const),
        commit: hex(40),
        policyDigest: sha256,
        ledgerHead: fc.option(hex(40)),
        now: instant,
        nextAt: instant,
        invalidations: fc.array(
          invalidation.map(({ at: _, ...rest }) => rest),
          { maxLength: 2 },
        ),
        steps: fc.array(step, { maxLength: 5 }),
        catalog: fc.constantFrom("missing", "ledger is ahead", "half of its life is over"),
      },
      { requiredKeys: ["format", "commit", "policyDigest", "ledgerHead", "now", "invalidations", "steps"] },
    ),
    transaction: fc.record({
      parent: fc.option(hex(40)),
      payload: fc.string({ unit: "grapheme" }),
      signature: fc.string(),
      files: fc
        .uniqueArray(fc.tuple(bundleName, fc.string({ unit: "grapheme" })), {
          selector: ([path]) => path,
          maxLength: 3,
        })
        .map(files => new Map(files.map(([path, text]) => [`bundles/${path}.yaml`, text]))),
    }),
  },
  { requiredKeys: ["plan"] },
)
