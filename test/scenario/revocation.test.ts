import { describe, expect, it } from "vitest"
import { applyChange } from "../../src/app/apply.ts"
import { readCatalog, readRelease, readShard } from "../../src/app/fetch.ts"
import { planChange } from "../../src/app/plan.ts"
import { readStatus } from "../../src/app/status.ts"
import { namesOf, selectVersion } from "../../src/app/trust.ts"
import { type Instant, later } from "../../src/domain/instant.ts"
import type { BundleName } from "../../src/domain/names.ts"
import { parseLedger } from "../../src/schema/ledger.ts"
import { verdict } from "../support/published.ts"
import { START, type TestWorld, testWorld } from "../support/world.ts"

const HOUR = 3_600_000
const DEV = "shop-dev/checkout"
const PROD = "shop-prod/checkout"
const REPORTING = "shop-prod/reporting"

describe("one version is revoked", () => {
  it("is marked, replaced, refused to customers and listed by its issuer; the second run writes nothing", async () => {
    const world = await released()
    world.edit(
      `bundles/${DEV}.yaml`,
      "channels:",
      "versions:\n  1.0.0: { revoked: { reason: keyCompromise } }\nchannels:",
    )
    const at = world.at(later(START, HOUR))
    const { refused } = await applyChange(at)
    expect(refused).toEqual([{ bundle: DEV, version: "1.0.0" }])
    expect(await verdicts(at)).toEqual({ [DEV]: "version-revoked", [PROD]: "accepted", [REPORTING]: "accepted" })
    await writesNothing(at)
  })
})

describe("a campaign that revokes", () => {
  const campaigns: readonly (readonly [what: string, select: (world: TestWorld) => string, hit: readonly string[]])[] =
    [
      ["a cluster", () => "clusters: [shop-prod]", [PROD, REPORTING]],
      ["bundles by their names", () => 'bundles: ["*/checkout"]', [DEV, PROD]],
      ["an environment", () => "environments: [production]", [PROD, REPORTING]],
      ["a range of versions", () => "versions: <2.0.0", [DEV, PROD, REPORTING]],
      [
        "what was issued in some time",
        () => "issuedFrom: 2026-11-22, issuedBefore: 2026-11-23",
        [DEV, PROD, REPORTING],
      ],
      ["a driver", () => "drivers: [java]", [DEV, PROD]],
      ["two things at once", () => 'clusters: [shop-prod], bundles: ["*/reporting"]', [REPORTING]],
    ]
  it.each(campaigns)("takes back %s with one line, and raises the epoch by one", async (_what, select, hit) => {
    const world = await released()
    const at = campaign(world, `select: { ${select(world)} }`).at(later(START, HOUR))
    const { plan, refused } = await applyChange(at)
    expect(plan.invalidations.map(({ name }) => name)).toEqual(["leak"])
    expect(plan.steps.filter(({ kind }) => kind === "mark")).toEqual([])
    expect(refused.length).toBe(new Set(hit.map(name => name.split("/")[0])).size)
    expect(await revoked(at)).toEqual(hit)
    expect(await ledgerOf(at)).toMatchObject({ sequence: 2, epoch: 1, invalidations: [{ name: "leak" }] })
    await writesNothing(at)
  })

  it("by what only the certificate shows: issuer, serial, key, algorithm, owner", async () => {
    const world = await released()
    const release = (await ledgerOf(world)).bundles.get(PROD)?.releases[0]
    const { serial, spkiSha256, keyAlgorithm } = release?.certificate ?? {}
    const { owner } = release?.input.bundle ?? {}
    const [issuer] = release?.input.cluster.issuer ?? []
    const members = [
      `serials: [${serial}]`,
      `keys: [${spkiSha256}]`,
      `algorithms: [${keyAlgorithm}]`,
      `owners: [${owner}]`,
    ]
    const select = [...members, `issuers: [${issuer}]`].join(", ")
    const at = campaign(world, `select: { ${select} }`).at(later(START, HOUR))
    await applyChange(at)
    expect(await revoked(at)).toEqual([PROD])
    await writesNothing(at)
  })

  it("replaces in waves, which pause and go on", async () => {
    const world = await released()
    const waves = (more: string) => `waves: { size: 1, every: 6h${more} }`
    const select = 'select: { bundles: ["*/*"] }'
    campaign(world, select, waves(', paused: { reason: "let us look first" }'))
    const begun = world.at(later(START, HOUR))
    await applyChange(begun)
    expect(await verdicts(begun)).toEqual({
      [DEV]: "version-revoked",
      [PROD]: "version-revoked",
      [REPORTING]: "version-revoked",
    })
    expect(await versionsNow(begun)).toEqual({ [DEV]: 1, [PROD]: 1, [REPORTING]: 1 })
    await writesNothing(begun)

    campaign(world, select, waves(""))
    await applyChange(begun)
    expect(Object.values(await versionsNow(begun)).sort()).toEqual([1, 1, 2])
    await writesNothing(begun)
    const next = (await planChange(begun)).plan.nextAt
    expect(next).toBe(later(START, 7 * HOUR))

    const second = world.at(later(START, 7 * HOUR))
    await applyChange(second)
    expect(Object.values(await versionsNow(second)).sort()).toEqual([1, 2, 2])
    await writesNothing(second)

    campaign(world, select, waves(', aborted: { reason: "the rest is retired" }'))
    const third = world.at(later(START, 13 * HOUR))
    expect((await planChange(third)).plan.steps).toEqual([])
    await applyChange(third)
    expect(Object.values(await versionsNow(third)).sort()).toEqual([1, 2, 2])
    await writesNothing(third)
  })

  it("is not undone: not by removing its file, nor by narrowing it; widening is an error", async () => {
    const world = await released()
    campaign(world, "select: { clusters: [shop-prod] }")
    const at = world.at(later(START, HOUR))
    await applyChange(at)
    const codes = async () => (await planChange(at)).findings.map(({ code }) => code).filter(code => /^S4/.test(code))
    expect(await codes()).toEqual([])
    campaign(world, "select: { clusters: [shop-prod], bundles: [shop-prod/reporting] }")
    expect(await codes()).toEqual(["S45"])
    campaign(world, "select: { clusters: [shop-prod, shop-dev] }")
    expect(await codes()).toEqual(["S46"])
    world.workspace.files.delete(FILE)
    world.workspace.commit()
    expect(await codes()).toEqual(["S45"])
    await writesNothing(at)
    expect(await revoked(at)).toEqual([PROD, REPORTING])
  })

  it("of nothing, or of everything, is told before it is done", async () => {
    const world = await released()
    const at = world.at(later(START, HOUR))
    const codes = async () => (await planChange(at)).findings.map(({ code }) => code).filter(code => /^S4/.test(code))
    campaign(world, "select: { clusters: [shop-prd] }")
    expect(await codes()).toEqual(["S47"])
    campaign(world, 'select: { bundles: ["*/*"] }')
    expect(await codes()).toEqual(["S47"])
    campaign(world, "select: { clusters: [shop-prod] }")
    expect(await codes()).toEqual([])
  })
})

describe("a campaign that only replaces", () => {
  it("replaces what was published before its instant, wave by wave, and revokes nothing", async () => {
    const world = await released()
    const before = "2026-11-23T10:00:00Z"
    replacing(world, `select: { clusters: [shop-prod] }\nbefore: ${before}\nwaves: { size: 1, every: 1h }\n`)
    const early = world.at(later(START, HOUR))
    expect((await planChange(early)).plan.steps).toEqual([])
    const first = world.at(later(START, 24 * HOUR))
    expect((await applyChange(first)).plan.steps.filter(({ kind }) => kind === "release")).toHaveLength(1)
    await writesNothing(first)
    const second = world.at(later(START, 25 * HOUR))
    expect((await applyChange(second)).plan.steps.filter(({ kind }) => kind === "release")).toHaveLength(1)
    await writesNothing(second)
    expect(await versionsNow(second)).toEqual({ [DEV]: 1, [PROD]: 2, [REPORTING]: 2 })
    expect(await ledgerOf(second)).toMatchObject({ epoch: 0, invalidations: [] })
    expect((await planChange(world.at(later(START, 40 * HOUR)))).plan.steps).toEqual([])
  })
})

const FILE = "policies/campaigns/leak.yaml"

async function released(): Promise<TestWorld> {
  const world = await testWorld()
  await applyChange(world)
  return world
}

function campaign(world: TestWorld, ...lines: readonly string[]): TestWorld {
  return replacing(world, ["revoke: { reason: keyCompromise, incident: INC-9 }", ...lines, ""].join("\n"))
}

function replacing(world: TestWorld, body: string): TestWorld {
  const head = "apiVersion: scb/v1\nkind: Campaign\nname: leak\nreason: a backup was lost\n"
  world.workspace.files.set(FILE, new TextEncoder().encode(head + body))
  world.workspace.commit()
  return world
}

async function ledgerOf(world: TestWorld) {
  return parseLedger((await world.ledger.read()).files)
}

/** What a customer hears who asks for the first version of each bundle. */
async function verdicts(world: TestWorld): Promise<Readonly<Record<string, string>>> {
  const { anchors } = await planChange(world)
  const source = { releases: world.store, anchors, now: later(world.now, 60_000) as Instant }
  const { index } = await readCatalog(source, undefined)
  const answers: [string, string][] = []
  for (const bundle of [DEV, PROD, REPORTING] satisfies BundleName[]) {
    const shard = await readShard(source, index, namesOf(bundle).cluster)
    const ask = async () => readRelease(source, selectVersion(index, shard, bundle, { version: "1.0.0" }))
    answers.push([bundle, await verdict(ask())])
  }
  return Object.fromEntries(answers)
}

async function revoked(world: TestWorld): Promise<readonly string[]> {
  return Object.entries(await verdicts(world)).flatMap(([bundle, answer]) =>
    answer === "version-revoked" ? [bundle] : [],
  )
}

async function versionsNow(world: TestWorld): Promise<Readonly<Record<string, number>>> {
  const { bundles } = await readStatus(world)
  return Object.fromEntries(bundles.map(({ bundle, versions }) => [bundle, versions.length]))
}

/** The same run a second time. */
async function writesNothing(world: TestWorld): Promise<void> {
  const before = new Map(world.store.files)
  const { head } = await world.ledger.read()
  const { plan, published } = await applyChange(world)
  expect({ steps: plan.steps, invalidations: plan.invalidations, published }).toEqual({
    steps: [],
    invalidations: [],
    published: undefined,
  })
  expect((await world.ledger.read()).head).toBe(head)
  expect(world.store.files).toEqual(before)
}
