import { type Bundle, type ChannelRule, DEFAULT_CHANNELS } from "../../src/domain/bundle.ts"
import { GENERATOR } from "../../src/domain/generator.ts"
import { type Instant, later, parseInstant } from "../../src/domain/instant.ts"
import type { Desired } from "../../src/domain/plan/desired.ts"
import { momentAt } from "../../src/domain/plan/moment.ts"
import type { BundlePlanning } from "../../src/domain/plan/planning.ts"
import {
  type BundleHistory,
  EMPTY_LEDGER,
  emptyHistory,
  LAYOUT,
  type ReleaseInput,
  type ReleaseRecord,
} from "../../src/domain/release.ts"
import { policies } from "./policies.ts"

/** One bundle in the middle of being planned, for the rules that decide about it. */
export const NAME = "payments-prod/checkout"
export const NOW = parseInstant("2026-11-22T10:00:00Z") as Instant
const DAY = 86_400_000

export function inputOf(
  own: Partial<ReleaseInput["bundle"]> = {},
  cluster: Partial<ReleaseInput["cluster"]> = {},
): ReleaseInput {
  return {
    layout: LAYOUT,
    cluster: {
      name: "payments-prod",
      environment: "production",
      region: "eu-west-1",
      host: "cass.example.com",
      metadataPort: 29_080,
      cqlPort: 29_042,
      datacenter: "dc1",
      authentication: "mutual-tls",
      trust: ["a".repeat(64)],
      issuer: ["b".repeat(64)],
      ...cluster,
    },
    bundle: {
      name: "checkout",
      application: "checkout",
      owner: "payments-team",
      identity: "spiffe://example.com/payments/checkout",
      role: "checkout_rw",
      keyspace: "payments",
      compatibility: { java: ">=4.17.0" },
      drivers: ["java"],
      key: { source: "generated", algorithm: "P-256" },
      lifetime: "30d",
      recipients: ["A".repeat(40)],
      ...own,
    },
  }
}

export function bundleOf(own: Partial<Bundle> = {}): Bundle {
  return {
    file: "bundles/payments-prod/checkout.yaml",
    fullName: NAME,
    cluster: "payments-prod",
    name: "checkout",
    application: "checkout",
    owner: "payments-team",
    identity: "spiffe://example.com/payments/checkout",
    role: "checkout_rw",
    keyspace: "payments",
    drivers: ["java"],
    key: { kind: "generated", algorithm: "P-256" },
    lifetime: 30 * DAY,
    recipients: ["oncall"],
    versions: new Map(),
    channels: new Map(DEFAULT_CHANNELS.map(name => [name, followed(name)])),
    overrides: [],
    ...own,
  }
}

function followed(name: string): ChannelRule {
  return { follow: name === "candidate" ? "latest" : "candidate", after: 0, rollout: { kind: "at-once" } }
}

export function recordOf(own: Partial<ReleaseRecord> = {}): ReleaseRecord {
  const input = own.input ?? inputOf()
  const publishedAt = own.publishedAt ?? NOW
  return {
    version: "1.0.0",
    publishedAt,
    change: "major",
    reason: "first-release",
    cause: "first release",
    commit: "0".repeat(40),
    policyDigest: "0".repeat(64),
    inputDigest: "1".repeat(64),
    input,
    certificate: {
      serial: "01",
      subject: "CN=checkout",
      identity: input.bundle.identity,
      keyAlgorithm: input.bundle.key.algorithm,
      notBefore: publishedAt,
      notAfter: later(publishedAt, 30 * DAY),
      sha256: "d".repeat(64),
      spkiSha256: "e".repeat(64),
    },
    manifest: { name: "manifest.json", size: 1, sha256: "c".repeat(64) },
    payload: { name: "secure-connect-checkout-payments-prod.zip.gpg", size: 1, sha256: "c".repeat(64) },
    skeletonSha256: "5".repeat(64),
    generator: GENERATOR,
    ...own,
  }
}

export function historyOf(own: Partial<BundleHistory> = {}): BundleHistory {
  return { ...emptyHistory(NAME), ...own }
}

/** Released once, a moment ago, and nothing wrong with it, where a test says nothing else. */
export function planningOf(own: Partial<BundlePlanning> = {}): BundlePlanning {
  const subject: Desired = own.subject ?? { bundle: bundleOf(), input: inputOf(), inputDigest: "1".repeat(64) }
  const history = own.history ?? historyOf({ releases: [recordOf()] })
  return {
    policies: policies(),
    desired: new Map([[NAME, subject]]),
    applications: new Map([[subject.bundle.application, [subject]]]),
    ledger: { ...EMPTY_LEDGER, bundles: new Map([[NAME, history]]) },
    invalidations: [],
    turns: new Map(),
    live: new Map(),
    health: new Map(),
    matrix: new Map(),
    locate: file => ({ file, line: 1, column: 1 }),
    moment: momentAt(NOW),
    subject,
    history,
    good: history.releases.at(-1),
    ...own,
  }
}
