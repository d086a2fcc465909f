import fc from "fast-check"
import compare from "semver/functions/compare.js"
import { describe, expect, it } from "vitest"
import { DEFAULT_CHANNELS, REVOCATION_REASONS, type VersionDecision } from "../../src/domain/bundle.ts"
import { catalogShards } from "../../src/domain/catalog.ts"
import { type Instant, later } from "../../src/domain/instant.ts"
import type { Desired } from "../../src/domain/plan/desired.ts"
import { perform } from "../../src/domain/plan/ledger-transitions.ts"
import { isEmpty, plan, releaseSteps, type UnrecordedRelease } from "../../src/domain/plan/plan.ts"
import { type BundleHistory, EMPTY_LEDGER, type LedgerState, type ReleaseRecord } from "../../src/domain/release.ts"
import { channelState } from "../../src/domain/rollout/channels.ts"
import { bundleOf, inputOf, NAME, NOW, recordOf } from "../support/planning.ts"
import { policies } from "../support/policies.ts"

const DAY = 86_400_000
const OTHER = "f".repeat(64)

/** What may happen to a bundle between two runs. */
type Happening =
  | { readonly kind: "change"; readonly keyspace: number }
  | { readonly kind: "revoke"; readonly index: number; readonly reason: (typeof REVOCATION_REASONS)[number] }
  | { readonly kind: "unrevoke" }
  | { readonly kind: "wait"; readonly days: number }
  | { readonly kind: "cut off"; readonly by: (typeof TAKEN_BY)[number] }

/** Whose the next number is already: that of our own run, which was cut off, or of something else. */
const TAKEN_BY = ["ourselves", "another predecessor", "another input", "a stranger"] as const

const happening: fc.Arbitrary<Happening> = fc.oneof(
  fc.record({ kind: fc.constant("change" as const), keyspace: fc.nat(3) }),
  fc.record({ kind: fc.constant("revoke" as const), index: fc.nat(5), reason: fc.constantFrom(...REVOCATION_REASONS) }),
  fc.record({ kind: fc.constant("unrevoke" as const) }),
  fc.record({ kind: fc.constant("wait" as const), days: fc.nat(40) }),
  fc.record({ kind: fc.constant("cut off" as const), by: fc.constantFrom(...TAKEN_BY) }),
)

interface Scene {
  readonly ledger: LedgerState
  readonly decisions: ReadonlyMap<string, VersionDecision>
  readonly keyspace: number
  readonly unrecorded: readonly UnrecordedRelease[]
  readonly now: Instant
}

describe("the laws of the plan", () => {
  it("hold whatever happens to a bundle, in whatever order", () => {
    fc.assert(
      fc.property(fc.array(happening, { maxLength: 25, size: "max" }), happenings => {
        let scene: Scene = { ledger: EMPTY_LEDGER, decisions: new Map(), keyspace: 0, unrecorded: [], now: NOW }
        for (const each of happenings) {
          const before = happen(scene, each)
          noNumberMeansTwoContents(before)
          scene = run(before)
          performingLeavesNothingToPlan(scene)
          nothingIsForgotten(before.ledger, scene.ledger)
          channelsPointAtGoodVersions(scene)
        }
      }),
      { numRuns: 400 },
    )
  })
})

function performingLeavesNothingToPlan(scene: Scene): void {
  expect(isEmpty(planOf(scene).plan)).toBe(true)
}

/** What is published stays what it is: only what is to be published anyway may be taken up. */
function noNumberMeansTwoContents(scene: Scene): void {
  const { plan: due } = planOf(scene)
  const predecessor = scene.ledger.bundles.get(NAME)?.releases.at(-1)?.version
  for (const { version } of releaseSteps(due)) {
    for (const found of scene.unrecorded.filter(each => each.version === version))
      expect(found).toEqual({ version, inputDigest: digestOf(scene.keyspace), predecessor })
  }
}

/** Releases and marks only ever come on top; version numbers, sequence and epoch only rise. */
function nothingIsForgotten(before: LedgerState, after: LedgerState): void {
  const [old, now] = [before, after].map(ledger => ledger.bundles.get(NAME))
  expect(now?.releases.slice(0, old?.releases.length ?? 0) ?? []).toEqual(old?.releases ?? [])
  expect(now?.marks.slice(0, old?.marks.length ?? 0) ?? []).toEqual(old?.marks ?? [])
  expect(after.sequence).toBeGreaterThanOrEqual(before.sequence)
  expect(after.epoch).toBe(now?.marks.filter(({ kind }) => kind === "revoked").length ?? 0)
  const numbers = (now?.releases ?? []).map(release => release.version)
  expect(numbers).toEqual([...new Set(numbers)].sort(compare))
}

function channelsPointAtGoodVersions({ ledger, now }: Scene): void {
  const history = ledger.bundles.get(NAME)
  if (history === undefined) return
  for (const channel of DEFAULT_CHANNELS) {
    const version = channelState(history, channel)?.version
    const published = catalogShards(ledger, now)[0]?.bundles["checkout"]?.channels[channel]?.version
    expect(published).toBe(version !== undefined && isRevoked(history, version) ? undefined : version)
    const good = history.releases.findLast(release => !isRevoked(history, release.version))
    if (good !== undefined) expect(version).toBe(good.version)
  }
}

/** The law written down a second time: once marked, for ever. */
const isRevoked = ({ marks }: BundleHistory, version: string): boolean =>
  marks.some(mark => mark.version === version && mark.kind === "revoked")

function happen(scene: Scene, happening: Happening): Scene {
  const releases = scene.ledger.bundles.get(NAME)?.releases ?? []
  switch (happening.kind) {
    case "change":
      return { ...scene, keyspace: happening.keyspace }
    case "revoke": {
      const release = releases[happening.index % Math.max(1, releases.length)]
      if (release === undefined) return scene
      const decision = { revoked: { reason: happening.reason } }
      return { ...scene, decisions: new Map([...scene.decisions, [release.version, decision]]) }
    }
    case "unrevoke":
      return { ...scene, decisions: new Map() }
    case "wait":
      return { ...scene, now: later(scene.now, happening.days * DAY) }
    case "cut off": {
      const due = releaseSteps(planOf(scene).plan)[0]
      if (due === undefined) return scene
      const { version, inputDigest } = due
      const predecessor = happening.by === "another predecessor" ? "0.0.1" : due.predecessor
      const found = happening.by === "a stranger" ? undefined : happening.by === "another input" ? OTHER : inputDigest
      return { ...scene, unrecorded: [...scene.unrecorded, { version, inputDigest: found, predecessor }] }
    }
  }
}

function run(scene: Scene): Scene {
  const { plan: due } = planOf(scene)
  const built = new Map(
    due.steps.flatMap(step => (step.kind === "release" ? [[NAME, paper(step.version, scene)] as const] : [])),
  )
  return { ...scene, ledger: perform(scene.ledger, due, built) }
}

function planOf(scene: Scene) {
  const recorded = new Set(scene.ledger.bundles.get(NAME)?.releases.map(release => release.version))
  return plan({
    commit: "0".repeat(40),
    policyDigest: "0".repeat(64),
    ledgerHead: null,
    policies: policies(),
    health: [],
    matrix: new Map(),
    desired: new Map([[NAME, desiredOf(scene)]]),
    ledger: scene.ledger,
    unrecorded: new Map([[NAME, scene.unrecorded.filter(each => !recorded.has(each.version))]]),
    catalog: {
      apiVersion: "scb/v1",
      kind: "CatalogIndex",
      version: scene.ledger.sequence,
      epoch: scene.ledger.epoch,
      issuedAt: scene.now,
      expiresAt: later(scene.now, DAY),
      shards: {},
      invalidations: [],
      revocationLists: {},
    },
    locate: file => ({ file, line: 1, column: 1 }),
    now: scene.now,
  })
}

function desiredOf({ decisions, keyspace }: Scene): Desired {
  return {
    bundle: bundleOf({ versions: decisions }),
    input: inputOf({ keyspace: `k${keyspace}` }),
    inputDigest: digestOf(keyspace),
  }
}

function digestOf(keyspace: number): string {
  return String(keyspace).repeat(64)
}

function paper(version: string, { keyspace, now }: Scene): ReleaseRecord {
  const input = inputOf({ keyspace: `k${keyspace}` })
  return recordOf({
    version,
    publishedAt: now,
    change: "minor",
    reason: "input-changed",
    inputDigest: digestOf(keyspace),
    input,
  })
}
