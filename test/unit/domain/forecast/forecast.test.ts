import { describe, expect, it } from "vitest"
import type { CatalogIndex } from "../../../../src/domain/catalog.ts"
import type { Cluster } from "../../../../src/domain/cluster.ts"
import type { ForecastEvent, ForecastRequest } from "../../../../src/domain/forecast/event.ts"
import { forecast } from "../../../../src/domain/forecast/forecast.ts"
import { formatInstant, later } from "../../../../src/domain/instant.ts"
import type { BundleName } from "../../../../src/domain/names.ts"
import type { Desired } from "../../../../src/domain/plan/desired.ts"
import type { ReleaseStep } from "../../../../src/domain/plan/steps.ts"
import type { Policies } from "../../../../src/domain/policies.ts"
import { type BundleHistory, EMPTY_LEDGER } from "../../../../src/domain/release.ts"
import type { RepositoryFacts } from "../../../../src/domain/repository.ts"
import type { Campaign } from "../../../../src/domain/revocation/campaigns.ts"
import { bundleOf, historyOf, inputOf, NAME, NOW, recordOf } from "../../../support/planning.ts"
import { policies } from "../../../support/policies.ts"
import { certificateFacts, keyFacts } from "../../../support/repository-facts.ts"

const HOUR = 3_600_000
const DAY = 24 * HOUR
const day = (days: number) => later(NOW, days * DAY)

const CLUSTER: Cluster = {
  file: "bundles/payments-prod/cluster.yaml",
  name: "payments-prod",
  environment: "production",
  region: "eu-west-1",
  endpoint: { host: "cass.example.com", metadataPort: 29_080, cqlPort: 29_042 },
  datacenter: "dc1",
  nodes: [],
  trust: ["root.crt"],
  issuer: { kind: "local", certificate: "issuer.crt", key: "env:SCB_CA_KEY" },
  authentication: "mutual-tls",
}
const NO_FACTS: RepositoryFacts = { certificates: new Map(), openPgpKeys: new Map(), requests: new Map() }

/** No jitter, no backdating: every instant is a whole number. */
function exact(own: Partial<Policies> = {}): Policies {
  const house = policies(own)
  return { ...house, renewal: { ...house.renewal, jitterPercent: 0, ...own.renewal } }
}

interface World {
  readonly days?: number
  readonly policies?: Policies
  readonly facts?: Partial<RepositoryFacts>
  readonly bundles?: readonly Desired[]
  readonly histories?: readonly BundleHistory[]
  readonly planned?: readonly ReleaseStep[]
  readonly catalog?: CatalogIndex
  readonly limit?: number
}

function requestOf({
  days = 365,
  policies: house = exact(),
  histories = [],
  bundles = [],
  ...world
}: World): ForecastRequest {
  return {
    repository: { clusters: new Map([[CLUSTER.name, CLUSTER]]), policies: house },
    facts: { ...NO_FACTS, ...world.facts },
    desired: new Map(bundles.map(desired => [desired.bundle.fullName, desired])),
    ledger: { ...EMPTY_LEDGER, bundles: new Map(histories.map(history => [history.bundle, history])) },
    catalog: world.catalog,
    planned: new Map(world.planned?.map(step => [step.bundle, step])),
    from: NOW,
    until: day(days),
    limit: world.limit ?? 500,
  }
}

const desired = (own: Partial<Desired> = {}): Desired => ({
  bundle: bundleOf(),
  input: inputOf(),
  inputDigest: "1".repeat(64),
  ...own,
})
const released = (own: Partial<BundleHistory> = {}) => historyOf({ releases: [recordOf()], ...own })

/** `day kind subject`, days after the beginning. */
const line = ({ at, kind, subject, key }: ForecastEvent) =>
  `${Math.round(((at - NOW) / DAY) * 100) / 100} ${kind} ${subject} ${key}`.trimEnd()
const linesOf = (world: World) => forecast(requestOf(world)).events.map(line)

describe("the forecast of a bundle", () => {
  it("has its expiry, and renewals one after the other, each of the certificate that the one before made", () => {
    expect(linesOf({ days: 80, bundles: [desired()], histories: [released()] })).toEqual([
      `19.8 renewal ${NAME} 1.0.1`,
      `30 expiry ${NAME} 1.0.0`,
      `39.6 renewal ${NAME} 1.0.2`,
      `59.4 renewal ${NAME} 1.0.3`,
      `79.2 renewal ${NAME} 1.0.4`,
    ])
  })

  it("begins with what the plan releases", () => {
    const step: ReleaseStep = {
      kind: "release",
      bundle: NAME,
      version: "2.0.0",
      change: "major",
      reason: "endpoint-changed",
      cause: "changed: cluster.host",
      inputDigest: "2".repeat(64),
    }
    expect(linesOf({ days: 25, bundles: [desired()], histories: [released()], planned: [step] })).toEqual([
      `0 release ${NAME} 2.0.0`,
      `19.8 renewal ${NAME} 2.0.1`,
    ])
  })

  it("ends with its issuer: that is said once, and no renewal is foretold after it", () => {
    const bundles = [desired({ issuerEndsAt: day(40) })]
    expect(linesOf({ bundles, histories: [released()] })).toEqual([
      `19.8 renewal ${NAME} 1.0.1`,
      `30 expiry ${NAME} 1.0.0`,
      `40 expiry ${NAME} 1.0.1-last`,
    ])
  })

  it("foretells no renewal where policy leaves it to people", () => {
    const house = exact()
    const told = {
      ...house,
      renewal: { ...house.renewal, triggers: { ...house.renewal.triggers, expiry: "notice" } },
    } as const
    expect(linesOf({ policies: told, bundles: [desired()], histories: [released()] })).toEqual([
      `30 expiry ${NAME} 1.0.0`,
      `30 expiry ${NAME} 1.0.0-last`,
    ])
  })

  it("has the next attempt after a failure", () => {
    const failed = {
      at: NOW,
      version: "1.0.1",
      reason: "renewal-due",
      inputDigest: "1".repeat(64),
      error: "x",
    } as const
    const certificate = { ...recordOf().certificate, notBefore: day(-20), notAfter: day(10) }
    const releases = [recordOf({ publishedAt: day(-20), certificate })]
    expect(
      linesOf({ days: 11, bundles: [desired()], histories: [released({ releases, attempts: [failed] })] }),
    ).toEqual([`0.04 retry ${NAME} 1.0.1`, `10 expiry ${NAME} 1.0.0`])
  })

  it("says nothing of what is revoked, and goes on about what is no longer declared", () => {
    const revoked = { kind: "revoked", version: "1.0.0", at: NOW, revocation: { reason: "superseded" } } as const
    expect(linesOf({ histories: [released({ marks: [revoked] })] })).toEqual([])
    expect(linesOf({ histories: [released()] })).toEqual([`30 expiry ${NAME} 1.0.0`])
  })

  it("has the phases of versions on their way out that have not begun", () => {
    const schedule = {
      from: day(-1),
      limitedAt: day(1),
      securityOnlyAt: day(2),
      endOfLifeAt: day(3),
      archivedAt: day(4),
    }
    const marks = [
      { kind: "deprecated", version: "1.0.0", at: day(-1), reason: "old", replacement: "1.1.0", schedule },
      { kind: "limited", version: "1.0.0", at: NOW },
    ] as const
    expect(linesOf({ days: 10, histories: [released({ marks })] })).toEqual([
      `2 phase ${NAME} 1.0.0-security-only`,
      `3 phase ${NAME} 1.0.0-end-of-life`,
      `4 phase ${NAME} 1.0.0-archived`,
    ])
    const revoked = { kind: "revoked", version: "1.0.0", at: NOW, revocation: { reason: "superseded" } } as const
    expect(linesOf({ days: 10, histories: [released({ marks: [...marks, revoked] })] })).toEqual([])
  })

  it("says nothing of holds, overrides and freezes that are over", () => {
    const pin = { version: "1.0.0", reason: "INC-7", until: day(-2) }
    const bundle = bundleOf({
      channels: new Map([["stable", { follow: "latest", after: 0, rollout: { kind: "at-once" }, pin }]]),
      overrides: [{ gate: "freeze", reason: "INC-8", until: day(-1) }],
    })
    const freezes = [
      { name: "last-year", from: day(-9), until: day(-8), reason: "holidays" },
      { name: "now", from: day(-1), until: day(1), reason: "holidays" },
    ]
    const house = exact({ rollout: { ...policies().rollout, freezes } })
    expect(linesOf({ days: 10, policies: house, bundles: [desired({ bundle })], histories: [released()] })).toEqual([
      "1 freeze-end now",
    ])
  })

  it("has rollouts that advance, holds and overrides that end", () => {
    const stages = [{ percent: 10, for: 2 * HOUR }, { percent: 50, for: 4 * HOUR }, { percent: 100 }] as const
    const bundle = bundleOf({
      channels: new Map([
        ["candidate", { follow: "latest", after: 0, rollout: { kind: "stages", stages } }],
        [
          "stable",
          {
            follow: "candidate",
            after: 0,
            rollout: { kind: "at-once" },
            pin: { version: "1.0.0", reason: "INC-7", until: day(2) },
          },
        ],
      ]),
      overrides: [{ gate: "freeze", reason: "INC-8", until: day(3) }],
    })
    const moves = [
      { channel: "candidate", version: "1.0.0", at: day(-1), reason: "first", cause: "" },
      { channel: "candidate", version: "1.1.0", percent: 10, at: NOW, reason: "stage", cause: "" },
    ] as const
    expect(linesOf({ days: 10, bundles: [desired({ bundle })], histories: [released({ moves })] })).toEqual([
      `0.08 stage ${NAME} candidate-1.1.0-50`,
      `0.25 stage ${NAME} candidate-1.1.0-100`,
      `2 hold-end ${NAME} stable`,
      `3 override-end ${NAME} freeze`,
    ])
  })
})

describe("the forecast of the house", () => {
  it("has the ends of issuers, roots, keys and signers, and advises to act before", () => {
    const house = exact({
      people: {
        file: "policies/people.yaml",
        principals: new Map([
          ["alice", { name: "alice", kind: "person", openpgp: { fingerprint: "A".repeat(40), file: "alice.asc" } }],
        ]),
        groups: new Map(),
      },
    })
    const signer = { name: "release", fingerprint: "C".repeat(40), file: "release.asc", validUntil: day(50) }
    const { events, advice } = forecast(
      requestOf({
        policies: { ...house, distribution: { ...house.distribution, signers: [signer] } },
        facts: {
          certificates: new Map([
            ["issuer.crt", { ok: true, value: [certificateFacts({ serial: "02", notAfter: day(10) })] }],
            ["root.crt", { ok: true, value: [certificateFacts({ serial: "03", notAfter: day(20) })] }],
          ]),
          openPgpKeys: new Map([
            ["alice.asc", { ok: true, value: keyFacts("A".repeat(40), { expiresAt: day(30) }) }],
            ["release.asc", { ok: true, value: keyFacts("C".repeat(40), { expiresAt: day(40) }) }],
          ]),
        },
      }),
    )
    expect(events.map(line)).toEqual([
      "10 issuer-end payments-prod 02",
      "20 root-end payments-prod 03",
      `30 key-end alice ${"A".repeat(40)}`,
      `40 signer-end release ${"C".repeat(40)}`,
      `50 signer-end release ${"C".repeat(40)}-policy`,
    ])
    expect(advice).toHaveLength(4)
  })

  it("has freezes, and waves of campaigns that have not begun", () => {
    const house = exact()
    const freeze = { name: "christmas", from: day(20), until: day(40), reason: "holidays" }
    const campaign: Campaign = {
      file: "policies/campaigns/drill.yaml",
      name: "drill",
      select: { clusters: ["payments-prod"] },
      before: day(1),
      reason: "drill",
      waves: { size: 1, every: DAY },
    }
    const other: BundleName = "payments-prod/other"
    const world: World = {
      days: 41,
      policies: {
        ...house,
        rollout: { ...house.rollout, freezes: [freeze] },
        campaigns: new Map([["drill", campaign]]),
      },
      histories: [released(), { ...released(), bundle: other }],
    }
    expect(linesOf(world).filter(text => !text.includes("expiry"))).toEqual([
      "1 wave drill 1",
      "2 wave drill 2",
      "20 freeze-begin christmas",
      "40 freeze-end christmas",
    ])
  })

  it("has the deadline of the catalog, and that it is written again at half of each life", () => {
    const catalog: CatalogIndex = {
      apiVersion: "scb/v1",
      kind: "CatalogIndex",
      version: 3,
      epoch: 0,
      issuedAt: NOW,
      expiresAt: day(7),
      shards: {},
      invalidations: [],
      revocationLists: {},
    }
    expect(linesOf({ days: 12, catalog })).toEqual([
      "3.5 catalog catalog 1",
      "7 catalog-end catalog 3",
      "7 catalog catalog 2",
      "10.5 catalog catalog 3",
    ])
  })

  it("names hours in which more is due than the forge takes, and what to do about them", () => {
    const names = Array.from({ length: 150 }, (_, index): BundleName => `payments-prod/b${index}`)
    const bundles = names.map(fullName => desired({ bundle: bundleOf({ fullName }) }))
    const histories = names.map(bundle => ({ ...released(), bundle }))
    const { peaks, busiest, advice } = forecast(requestOf({ days: 25, bundles, histories }))
    expect(peaks).toEqual([busiest])
    expect(busiest).toMatchObject({ writes: 2 + 5 * 150, kinds: { renewal: 150 } })
    expect(formatInstant(busiest?.from ?? NOW)).toBe("2026-12-12T05:00:00Z")
    expect(advice).toEqual([expect.stringContaining("jitterPercent")])
    const jittered = forecast(requestOf({ days: 25, bundles, histories, policies: policies() }))
    expect(jittered.peaks).toEqual([])
  })

  it("is the same for the same facts, in whatever order they come", () => {
    const names = ["a/b", "b/c", "c/d"] as const
    const bundles = names.map(fullName => desired({ bundle: bundleOf({ fullName }) }))
    const histories = names.map(bundle => ({ ...released(), bundle }))
    const backwards = { bundles: [...bundles].reverse(), histories: [...histories].reverse() }
    expect(forecast(requestOf({ bundles, histories }))).toEqual(forecast(requestOf(backwards)))
  })
})
