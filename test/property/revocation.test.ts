import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { buildCatalog } from "../../src/app/catalog.ts"
import { type Bundle, DEFAULT_CHANNELS } from "../../src/domain/bundle.ts"
import { catalogIndex } from "../../src/domain/catalog.ts"
import { type Instant, later } from "../../src/domain/instant.ts"
import type { BundleName } from "../../src/domain/names.ts"
import { perform } from "../../src/domain/plan/ledger-transitions.ts"
import { momentAt } from "../../src/domain/plan/moment.ts"
import { type Plan, plan } from "../../src/domain/plan/plan.ts"
import { decidedStanding } from "../../src/domain/plan/standing.ts"
import {
  EMPTY_LEDGER,
  type LedgerState,
  type Mark,
  type ReleaseRecord,
  revocationOf,
} from "../../src/domain/release.ts"
import type { Campaign } from "../../src/domain/revocation/campaigns.ts"
import type { Selector } from "../../src/domain/revocation/selector.ts"
import { channelState } from "../../src/domain/rollout/channels.ts"
import { formatLedger, parseLedger } from "../../src/schema/ledger.ts"
import { bundleOf, inputOf, NOW, recordOf } from "../support/planning.ts"
import { policies } from "../support/policies.ts"
import { history, mark, revocation } from "../support/records.ts"

const HOUR = 3_600_000
const NAMES = ["c0/a", "c0/b", "c1/a", "c1/b", "c2/a"] as const satisfies readonly BundleName[]
const INPUT_DIGEST = "1".repeat(64)

/** What people and time do to a repository. */
type Happening =
  | { readonly kind: "write"; readonly campaign: Campaign }
  | { readonly kind: "edit"; readonly select: Selector }
  | { readonly kind: "remove" }
  | { readonly kind: "revoke"; readonly bundle: BundleName }
  | { readonly kind: "take back" }
  | { readonly kind: "wait"; readonly hours: number }
  | { readonly kind: "restore" }

interface Scene {
  readonly now: Instant
  readonly ledger: LedgerState
  readonly campaigns: ReadonlyMap<string, Campaign>
  readonly revoked: ReadonlySet<BundleName>
}

const select: fc.Arbitrary<Selector> = fc.record(
  {
    clusters: fc.subarray(["c0", "c1", "c2"], { minLength: 1 }),
    bundles: fc.constantFrom(["*/a"], ["c0/*", "c1/b"]),
    versions: fc.constantFrom("<1.1.0", "1.0.x", ">1.0.0", "*"),
    issuedBefore: fc.integer({ min: 0, max: 60 }).map(hours => later(NOW, hours * HOUR)),
  },
  { requiredKeys: [] },
)
const stop = fc.constantFrom({}, { paused: { reason: "look" } }, { aborted: { reason: "enough" } })
const waves = fc.option(
  fc.tuple(fc.integer({ min: 1, max: 3 }), stop).map(([size, more]) => ({ size, every: HOUR, ...more })),
  { nil: undefined },
)
const campaign: fc.Arbitrary<Campaign> = fc
  .tuple(fc.constantFrom("one", "two", "three"), select, waves, fc.boolean())
  .map(([name, selected, each, revokes]) => ({
    file: `policies/campaigns/${name}.yaml`,
    name,
    select: selected,
    reason: "test",
    ...(revokes ? { revocation: { reason: "keyCompromise" } as const } : { before: later(NOW, 24 * HOUR) }),
    ...(each === undefined ? {} : { waves: each }),
  }))
const happening: fc.Arbitrary<Happening> = fc.oneof(
  fc.record({ kind: fc.constant("write" as const), campaign }),
  fc.record({ kind: fc.constant("edit" as const), select }),
  fc.record({ kind: fc.constantFrom("remove" as const, "take back" as const, "restore" as const) }),
  fc.record({ kind: fc.constant("revoke" as const), bundle: fc.constantFrom(...NAMES) }),
  fc.record({ kind: fc.constant("wait" as const), hours: fc.integer({ min: 0, max: 30 }) }),
)

describe("laws of revocation", () => {
  it("nothing is un-revoked, the epoch never falls, and performing a plan leaves nothing to plan", () => {
    fc.assert(
      fc.property(fc.array(happening, { maxLength: 12 }), happenings => {
        let scene = run({ now: NOW, ledger: EMPTY_LEDGER, campaigns: new Map(), revoked: new Set() })
        for (const each of happenings) {
          const before = scene
          scene = run(happen(scene, each))
          expect(scene.ledger.epoch).toBeGreaterThanOrEqual(before.ledger.epoch)
          if (scene.ledger !== before.ledger) expect(scene.ledger.sequence).toBe(before.ledger.sequence + 1)
          for (const version of revokedIn(before.ledger)) expect(revokedIn(scene.ledger)).toContain(version)
          const again = planOf(scene)
          expect({ steps: again.steps, invalidations: again.invalidations }).toEqual({ steps: [], invalidations: [] })
          if (scene.campaigns.size === 0)
            expect(channelsIn(scene.ledger).filter(isIn(revokedIn(scene.ledger)))).toEqual([])
        }
      }),
      { numRuns: 300 },
    )
  })

  it("no mark, release or move that comes later takes a revocation back", () => {
    fc.assert(
      fc.property(history, revocation, fc.array(mark), ({ marks, ...before }, how, others) => {
        const [release] = before.releases
        fc.pre(release !== undefined)
        const { version } = release
        const own = (each: Mark): Mark => ({ ...each, version })
        const first = { kind: "revoked", version, at: NOW, revocation: how } as const
        const after = { ...before, marks: [first, ...marks, ...others.map(own)] }
        expect(revocationOf([], after, version)).toEqual(how)
        expect(decidedStanding([], after, version, momentAt(NOW))).toBe("revoked")
      }),
    )
  })

  it("the ledger remembers all of it, in any order of its files", () => {
    fc.assert(
      fc.property(fc.array(happening, { maxLength: 6 }), happenings => {
        let scene = run({ now: NOW, ledger: EMPTY_LEDGER, campaigns: new Map(), revoked: new Set() })
        for (const each of happenings) scene = run(happen(scene, each))
        const files = [...formatLedger(scene.ledger)].reverse()
        expect(revokedIn(parseLedger(new Map(files)))).toEqual(revokedIn(scene.ledger))
      }),
      { numRuns: 50 },
    )
  })
})

describe("a mass revocation of 200 bundles whose replacements wait", () => {
  const names = Array.from({ length: 200 }, (_, index): BundleName => `c${index % 4}/b${index}`)
  const scene = run({ now: NOW, ledger: EMPTY_LEDGER, campaigns: new Map(), revoked: new Set() }, names)
  const leak: Campaign = {
    file: "policies/campaigns/leak.yaml",
    name: "leak",
    select: { bundles: ["*/*"] },
    reason: "a backup was lost",
    revocation: { reason: "keyCompromise" },
    waves: { size: 20, every: HOUR, paused: { reason: "first things first" } },
  }
  const revoked = run({ ...scene, now: later(NOW, HOUR), campaigns: new Map([["leak", leak]]) }, names)

  it("writes one file of the ledger", () => {
    const [before, after] = [scene, revoked].map(({ ledger }) => formatLedger(ledger))
    const changed = [...(after ?? [])].filter(([path, text]) => before?.get(path) !== text).map(([path]) => path)
    expect(changed).toEqual(["ledger.yaml"])
    expect(revokedIn(revoked.ledger)).toHaveLength(200)
    expect(revoked.ledger.epoch).toBe(1)
  })

  it("leaves every shard as it is, and writes the index of the catalog", async () => {
    const signer = {
      fingerprint: "A".repeat(40),
      sign: async () => "signed",
      signAndEncrypt: async () => new Uint8Array(),
    }
    const [before, after] = await Promise.all(
      [scene, revoked].map(({ ledger, now }) => buildCatalog(ledger, now, 24 * HOUR, signer)),
    )
    expect(after?.shards).toEqual(before?.shards)
    expect(after?.index).not.toEqual(before?.index)
  })

  it("then replaces as many in each wave as it may", () => {
    const { paused: _over, ...waves } = leak.waves ?? { size: 0, every: 0 }
    let now = revoked
    for (const wave of [1, 2, 3]) {
      const campaigns = new Map([["leak", { ...leak, waves }]])
      now = run({ ...now, now: later(NOW, wave * HOUR), campaigns }, names)
      const replaced = [...now.ledger.bundles.values()].filter(({ releases }) => releases.length === 2)
      expect(replaced).toHaveLength(wave * 20)
    }
  })
})

function happen(scene: Scene, each: Happening): Scene {
  switch (each.kind) {
    case "write":
      return { ...scene, campaigns: new Map([...scene.campaigns, [each.campaign.name, each.campaign]]) }
    case "edit":
      return {
        ...scene,
        campaigns: new Map([...scene.campaigns].map(([name, one]) => [name, { ...one, select: each.select }])),
      }
    case "remove":
      return { ...scene, campaigns: new Map() }
    case "revoke":
      return { ...scene, revoked: new Set([...scene.revoked, each.bundle]) }
    case "take back":
      return { ...scene, revoked: new Set() }
    case "wait":
      return { ...scene, now: later(scene.now, each.hours * HOUR) }
    case "restore": // of the YAML, to when there was nothing
      return { ...scene, campaigns: new Map(), revoked: new Set() }
  }
}

function run(scene: Scene, names: readonly BundleName[] = NAMES): Scene {
  const due = planOf(scene, names)
  const built = new Map(
    due.steps.flatMap(step =>
      step.kind === "release" ? [[step.bundle, release(step.bundle, step.version, scene.now)] as const] : [],
    ),
  )
  return { ...scene, ledger: perform(scene.ledger, due, built) }
}

function planOf({ now, ledger, campaigns, revoked }: Scene, names: readonly BundleName[] = NAMES): Plan {
  const desired = new Map(names.map(name => [name, desiredOf(name, revoked, ledger)]))
  return plan({
    commit: "0".repeat(40),
    policyDigest: "0".repeat(64),
    ledgerHead: null,
    policies: policies({ campaigns }),
    desired,
    ledger,
    unrecorded: new Map(),
    health: [],
    matrix: new Map(),
    catalog: catalogIndex(ledger, new Map(), now, 24 * HOUR),
    locate: file => ({ file, line: 1, column: 1 }),
    now,
  }).plan
}

function desiredOf(fullName: BundleName, revoked: ReadonlySet<BundleName>, { bundles }: LedgerState) {
  const [cluster = "", name = ""] = fullName.split("/")
  const first = bundles.get(fullName)?.releases[0]?.version
  const isRevoked = first !== undefined && revoked.has(fullName)
  const versions: Bundle["versions"] = new Map(isRevoked ? [[first, { revoked: { reason: "superseded" } }]] : [])
  const bundle = bundleOf({
    fullName,
    cluster,
    name,
    file: `bundles/${fullName}.yaml`,
    lifetime: 90 * 24 * HOUR,
    versions,
  })
  return { bundle, input: inputFor(fullName), inputDigest: INPUT_DIGEST }
}

function inputFor(fullName: BundleName) {
  const [cluster = "", name = ""] = fullName.split("/")
  return inputOf({ name, lifetime: "90d" }, { name: cluster })
}

function release(bundle: BundleName, version: string, now: Instant): ReleaseRecord {
  const record = recordOf({ version, publishedAt: now, input: inputFor(bundle), inputDigest: INPUT_DIGEST })
  return { ...record, certificate: { ...record.certificate, notBefore: now, notAfter: later(now, 90 * 24 * HOUR) } }
}

const isIn = (list: readonly string[]) => (each: string) => list.includes(each)

/** Where channels lead by the ledger, and not only by what the catalog hides. */
function channelsIn({ bundles }: LedgerState): readonly string[] {
  return [...bundles.values()].flatMap(history =>
    DEFAULT_CHANNELS.map(channel => `${history.bundle} ${channelState(history, channel)?.version}`),
  )
}

function revokedIn({ bundles, invalidations }: LedgerState): readonly string[] {
  return [...bundles.values()]
    .flatMap(history =>
      history.releases
        .filter(({ version }) => revocationOf(invalidations, history, version) !== undefined)
        .map(({ version }) => `${history.bundle} ${version}`),
    )
    .sort()
}
