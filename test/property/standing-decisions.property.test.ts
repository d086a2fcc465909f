import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { openNotebook } from "../../src/app/notebook.ts"
import { circumstancesOf, note, recalled } from "../../src/app/recollection.ts"
import { sha256 } from "../../src/artifact/digest.ts"
import type { ChannelRule } from "../../src/domain/bundle.ts"
import { type Instant, later } from "../../src/domain/instant.ts"
import type { BundleName } from "../../src/domain/names.ts"
import type { Desired } from "../../src/domain/plan/desired.ts"
import { perform } from "../../src/domain/plan/ledger-transitions.ts"
import { type PlanIntent, type PlanRequest, plan } from "../../src/domain/plan/plan.ts"
import { EMPTY_LEDGER, type LedgerState } from "../../src/domain/release.ts"
import type { HealthFact } from "../../src/domain/rollout/health.ts"
import { encodeUtf8 } from "../../src/domain/utf8.ts"
import type { NotesStore } from "../../src/ports.ts"
import { bundleOf, inputOf, NOW, recordOf } from "../support/planning.ts"
import { policies } from "../support/policies.ts"

/** What people may change about one bundle. */
interface Wish {
  readonly keyspace: number
  readonly revoked: readonly string[]
  readonly soakHours: number
  readonly pinned: boolean
  readonly declared: boolean
}

type Happening =
  | { readonly kind: "edit"; readonly index: number; readonly wish: Partial<Wish> }
  | { readonly kind: "health"; readonly index: number; readonly healthy: boolean }
  | { readonly kind: "policy"; readonly order: boolean }
  | { readonly kind: "wait"; readonly hours: number }
  | { readonly kind: "apply" }

const happening: fc.Arbitrary<Happening> = fc.oneof(
  fc.record({
    kind: fc.constant("edit" as const),
    index: fc.nat(3),
    wish: fc.oneof(
      fc.record({ keyspace: fc.nat(2) }),
      fc.record({ revoked: fc.subarray(["1.0.0", "1.0.1", "1.1.0"]) }),
      fc.record({ soakHours: fc.nat(40) }),
      fc.record({ pinned: fc.boolean() }),
      fc.record({ declared: fc.boolean() }),
    ),
  }),
  fc.record({ kind: fc.constant("health" as const), index: fc.nat(3), healthy: fc.boolean() }),
  fc.record({ kind: fc.constant("policy" as const), order: fc.boolean() }),
  fc.record({ kind: fc.constant("wait" as const), hours: fc.oneof(fc.nat(30), fc.integer({ min: -48, max: 900 })) }),
  fc.record({ kind: fc.constant("apply" as const) }),
)

/** Two applications, each in two environments. */
const NAMES: readonly BundleName[] = ["shop-dev/cart", "shop-dev/search", "shop-prod/cart", "shop-prod/search"]

interface World {
  readonly wishes: readonly Wish[]
  readonly health: readonly HealthFact[]
  readonly order: boolean
  readonly ledger: LedgerState
  readonly now: Instant
}

const FIRST: World = {
  wishes: NAMES.map(() => ({ keyspace: 0, revoked: [], soakHours: 0, pinned: false, declared: true })),
  health: [],
  order: true,
  ledger: EMPTY_LEDGER,
  now: NOW,
}

describe("decisions that stand", () => {
  it("are those that would be made again, whatever has been edited, released or waited for", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(happening, { maxLength: 20 }), async happenings => {
        const store = memoryStore()
        let world = FIRST
        for (const each of [{ kind: "apply" } as const, ...happenings]) {
          world = happen(world, each)
          await expectSamePlan(world, store)
        }
      }),
      { numRuns: 200 },
    )
  })

  it("are used: where nothing is due, nothing is decided again", async () => {
    const store = memoryStore()
    let world = FIRST
    for (let run = 0; run < 5; run += 1) world = happen(world, { kind: "apply" })
    world = happen(world, { kind: "wait", hours: 30 })
    for (let run = 0; run < 5; run += 1) world = happen(world, { kind: "apply" })
    await expectSamePlan(world, store)
    const notebook = await openNotebook(store)
    const { circumstances, intent } = sceneOf(world)
    expect([...recalled(notebook, circumstances, intent.desired.keys(), world.now).keys()]).toEqual(NAMES)
  })
})

async function expectSamePlan(world: World, store: NotesStore): Promise<void> {
  const notebook = await openNotebook(store)
  const { request, circumstances, intent } = sceneOf(world)
  const standing = recalled(notebook, circumstances, intent.desired.keys(), world.now)
  const whole = plan(request)
  const quick = plan({ ...request, standing })
  for (const part of ["plan", "waits", "findings"] as const) expect(quick[part]).toEqual(whole[part])
  note(notebook, circumstances, quick.standing, world.now)
  await notebook.close()
}

function sceneOf(world: World) {
  const intent = intentOf(world)
  const ids = new Map(NAMES.map((name, index) => [`bundles/${name}.yaml`, digest(world.wishes[index])]))
  const ledgerIds = new Map(
    [...world.ledger.bundles].map(([name, history]) => [`bundles/${name}.yaml`, digest(history)]),
  )
  const circumstances = circumstancesOf(
    Object.assign(new Map<string, Uint8Array>(), { ids }),
    intent,
    ledgerIds,
    world.ledger.invalidations,
  )
  if (circumstances === undefined) throw new Error("there are no campaigns here")
  const request: PlanRequest = {
    ...intent,
    ledgerHead: null,
    ledger: world.ledger,
    unrecorded: new Map(),
    catalog: undefined,
    now: world.now,
  }
  return { intent, circumstances, request }
}

function intentOf({ wishes, health, order }: World): PlanIntent {
  const own = policies()
  const environments = order ? ["development", "production"] : []
  const desired = NAMES.flatMap((name, index) => {
    const wish = wishes[index]
    return wish?.declared === true ? [[name, desiredOf(name, wish)] as const] : []
  })
  return {
    commit: "0".repeat(40),
    policyDigest: digest(environments),
    policies: { ...own, rollout: { ...own.rollout, environments } },
    desired: new Map(desired),
    health,
    matrix: new Map(),
    locate: file => ({ file, line: 1, column: 1 }),
  }
}

function desiredOf(name: BundleName, { keyspace, revoked, soakHours, pinned }: Wish): Desired {
  const [cluster = "", own = ""] = name.split("/")
  const environment = cluster === "shop-dev" ? "development" : "production"
  const input = inputOf({ name: own, application: own, keyspace: `k${keyspace}` }, { name: cluster, environment })
  const rule = (follow: string): ChannelRule => ({ follow, after: soakHours * 3_600_000, rollout: { kind: "at-once" } })
  const stable = rule("candidate")
  const bundle = bundleOf({
    file: `bundles/${name}.yaml`,
    fullName: name,
    cluster,
    name: own,
    application: own,
    keyspace: `k${keyspace}`,
    versions: new Map(revoked.map(version => [version, { revoked: { reason: "superseded" } }])),
    channels: new Map([
      ["candidate", rule("latest")],
      ["stable", pinned ? { ...stable, pin: { version: "1.0.0", reason: "test" } } : stable],
    ]),
  })
  return { bundle, input, inputDigest: digest(input) }
}

function happen(world: World, each: Happening): World {
  switch (each.kind) {
    case "edit":
      return {
        ...world,
        wishes: world.wishes.map((wish, index) => (index === each.index ? { ...wish, ...each.wish } : wish)),
      }
    case "health": {
      const bundle = NAMES[each.index] ?? "shop-dev/cart"
      const version = world.ledger.bundles.get(bundle)?.releases.at(-1)?.version ?? "1.0.0"
      return {
        ...world,
        health: [...world.health, { kind: "probe", bundle, version, at: world.now, healthy: each.healthy }],
      }
    }
    case "policy":
      return { ...world, order: each.order }
    case "wait":
      return { ...world, now: later(world.now, each.hours * 3_600_000) }
    case "apply":
      return { ...world, ledger: performed(world) }
  }
}

function performed(world: World): LedgerState {
  const { request, intent } = sceneOf(world)
  const { plan: due } = plan(request)
  const built = due.steps.flatMap(step => {
    const desired = intent.desired.get(step.bundle)
    if (step.kind !== "release" || desired === undefined) return []
    const { input, inputDigest } = desired
    const { version, change, reason, cause, predecessor } = step
    const record = recordOf({ version, change, reason, cause, input, inputDigest, publishedAt: world.now })
    return [[step.bundle, predecessor === undefined ? record : { ...record, predecessor }] as const]
  })
  return perform(world.ledger, due, new Map(built))
}

function memoryStore(): NotesStore {
  let kept: Uint8Array | undefined
  return {
    read: async () => kept,
    async write(notes) {
      kept = notes
    },
  }
}

function digest(value: unknown): string {
  return sha256(encodeUtf8(JSON.stringify(value)))
}
