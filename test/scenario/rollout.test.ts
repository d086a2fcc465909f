import { describe, expect, it } from "vitest"
import { applyChange } from "../../src/app/apply.ts"
import { planChange } from "../../src/app/plan.ts"
import { readStatus } from "../../src/app/status.ts"
import { type Instant, later } from "../../src/domain/instant.ts"
import type { BundleName } from "../../src/domain/names.ts"
import type { ChannelState } from "../../src/domain/rollout/channels.ts"
import type { HealthFact } from "../../src/domain/rollout/health.ts"
import { parseCatalogIndex, parseCatalogShard } from "../../src/schema/documents.ts"
import { START, type TestWorld, testWorld } from "../support/world.ts"

const HOUR = 3_600_000
const DEV: BundleName = "shop-dev/checkout"
const PROD: BundleName = "shop-prod/checkout"
const DEV_FILE = "bundles/shop-dev/checkout.yaml"
const PROD_FILE = "bundles/shop-prod/checkout.yaml"
const STABLE = "  stable: { follow: candidate }"

/** 1.0.0 of everything has been out for an hour. */
async function released(stable = STABLE): Promise<TestWorld> {
  const world = await testWorld()
  world.edit(DEV_FILE, STABLE, stable)
  await apply(world)
  return world.at(later(START, HOUR))
}

/** Applies, and again, when nothing is left to do. Gives the codes of the findings. */
async function apply(world: TestWorld): Promise<readonly string[]> {
  const { findings } = await applyChange(world)
  const second = await applyChange(world)
  expect([second.plan.steps, second.published]).toEqual([[], undefined])
  return findings.map(({ code }) => code)
}

async function applyAt(world: TestWorld, hours: number): Promise<TestWorld> {
  const next = world.at(later(START, hours * HOUR))
  await apply(next)
  return next
}

/** What clients are told: e.g. `1.0.0`, or `1.0.0 10%:1.1.0`. */
async function stable(world: TestWorld, bundle: BundleName = DEV): Promise<string> {
  const [cluster = "", name = ""] = bundle.split("/")
  const index = parseCatalogIndex(world.store.files.get("catalog/index.json") ?? new Uint8Array())
  const shard = world.store.files.get(`catalog/shards/${index.shards[cluster]?.sha256}.json`)
  const channel = parseCatalogShard(shard ?? new Uint8Array()).bundles[name]?.channels["stable"]
  if (channel === undefined) return "nowhere"
  const { version, ahead } = channel
  return ahead === undefined ? version : `${version} ${ahead.percent}%:${ahead.version}`
}

async function channels(world: TestWorld, bundle: BundleName = DEV): Promise<Readonly<Record<string, ChannelState>>> {
  const status = await readStatus(world)
  return status.bundles.find(each => each.bundle === bundle)?.channels ?? {}
}

async function waits(world: TestWorld): Promise<readonly string[]> {
  const status = await readStatus(world)
  return status.waits.flatMap(({ bundle, channel, gates }) =>
    gates.filter(({ answer }) => answer !== "pass").map(({ check }) => `${bundle} ${channel} ${check}`),
  )
}

function change(world: TestWorld, file = DEV_FILE): void {
  world.edit(file, "keyspace: shop", "keyspace: shop2")
}

function put(world: TestWorld, path: string, text: string): void {
  world.workspace.files.set(path, new TextEncoder().encode(text))
  world.workspace.commit()
}

const knowing = (world: TestWorld, facts: readonly HealthFact[]): TestWorld => ({ ...world, health: facts })
const traffic = (at: Instant, samples: number, failures: number, version = "1.1.0"): HealthFact => ({
  kind: "traffic",
  bundle: DEV,
  version,
  at,
  samples,
  failures,
})

const rolloutPolicy = (more: string): string => `apiVersion: scb/v1\nkind: Rollout\nmaximumOverride: 7d\n${more}`

describe("a change on its way to its users", () => {
  it("soaks in candidate for as long as the channel says", async () => {
    const world = await released("  stable: { follow: candidate, after: 24h }")
    change(world)
    await apply(world)
    expect([(await channels(world))["candidate"]?.version, await stable(world)]).toEqual(["1.1.0", "1.0.0"])
    expect(await waits(world)).toEqual(["shop-dev/checkout stable soak"])
    expect(await stable(await applyAt(world, 24))).toBe("1.0.0")
    expect(await stable(await applyAt(world, 25))).toBe("1.1.0")
  })

  it("reaches more and more consumers over hours", async () => {
    let world = await released(
      "  stable: { follow: candidate, rollout: [{ percent: 10, for: 4h }, { percent: 50, for: 2h }, { percent: 100 }] }",
    )
    change(world)
    await apply(world)
    const course = [await stable(world)]
    for (const hours of [4, 5, 6, 7]) {
      world = await applyAt(world, hours)
      course.push(await stable(world))
    }
    expect(course).toEqual(["1.0.0 10%:1.1.0", "1.0.0 10%:1.1.0", "1.0.0 50%:1.1.0", "1.0.0 50%:1.1.0", "1.1.0"])
  })

  it("switches a blue-green channel at once, and back at once", async () => {
    const BLUE_GREEN = "  stable: { follow: candidate, blueGreen: { keep: 7d } }"
    const world = await released(BLUE_GREEN)
    change(world)
    await apply(world)
    expect((await channels(world))["stable"]).toMatchObject({ version: "1.1.0", previous: "1.0.0" })
    world.edit(DEV_FILE, "{ keep: 7d } }", '{ keep: 7d }, pin: 1.0.0, reason: "INC-7" }')
    await apply(world)
    expect(await stable(world)).toBe("1.0.0")
  })

  it("settles in the first environment before it comes to the next", async () => {
    const world = await released()
    put(world, "policies/rollout.yaml", rolloutPolicy("environments: [development, production]\nfreezes: []\n"))
    for (const file of [DEV_FILE, PROD_FILE]) change(world, file)
    await apply(world)
    expect([await stable(world), await stable(world, PROD)]).toEqual(["1.1.0", "1.0.0"])
    expect(await waits(world)).toContain("shop-prod/checkout candidate environment-order")
    expect(await stable(await applyAt(world, 2), PROD)).toBe("1.1.0")
  })

  it("waits while a freeze lasts, unless somebody opens it by hand for a time", async () => {
    const world = await released()
    const freeze = "freezes: [{ name: year-end, from: 2026-11-22, until: 2026-12-01, reason: audit }]\n"
    put(world, "policies/rollout.yaml", rolloutPolicy(`environments: []\n${freeze}`))
    change(world)
    await apply(world)
    expect([await stable(world), await waits(world)]).toEqual(["1.0.0", ["shop-dev/checkout candidate freeze"]])
    world.edit(DEV_FILE, "channels:", "overrides: [{ gate: freeze, reason: INC-9, until: 2026-11-24 }]\nchannels:")
    await apply(world)
    expect(await stable(world)).toBe("1.1.0")
    world.edit(DEV_FILE, "keyspace: shop2", "keyspace: shop3")
    const afterwards = await applyAt(world, 48)
    expect(await stable(afterwards)).toBe("1.1.0")
  })

  it("is not an error of the YAML alone: an override that reaches too far", async () => {
    const world = await released()
    world.edit(DEV_FILE, "channels:", "overrides: [{ gate: freeze, reason: INC-9, until: 2027-11-24 }]\nchannels:")
    expect(await apply(world)).toEqual(["S23"])
  })
})

describe("ranges", () => {
  it.each([
    [
      "R66",
      "versions: '>=2.0.0'",
      "environments: []\nfreezes: []\nranges: [{ application: checkout, versions: <2.0.0, reason: old }]\n",
    ],
    ["R67", "versions: '<1.0.0', pin: 1.0.0, reason: INC-1", "environments: []\nfreezes: []\n"],
    [
      "R68",
      "after: 1h",
      "environments: []\nfreezes: [{ name: gone, from: 2026-12-02, until: 2026-12-01, reason: x }]\n",
    ],
    ["R50", "versions: latest", "environments: []\nfreezes: []\n"],
  ])("are refused with %s where they cannot be meant: %s", async (code, rule, policy) => {
    const world = await released()
    world.edit(DEV_FILE, STABLE, `  stable: { follow: candidate, ${rule} }`)
    put(world, "policies/rollout.yaml", rolloutPolicy(policy))
    await expect(planChange(world)).rejects.toMatchObject({ code: "invalid-repository", findings: [{ code }] })
  })

  it("R69: an environment without its place is a warning", async () => {
    const world = await released()
    put(world, "policies/rollout.yaml", rolloutPolicy("environments: [production]\nfreezes: []\n"))
    expect((await planChange(world)).findings.map(({ code }) => code)).toEqual(["R69"])
  })
})

describe("a rollback", () => {
  it("is a pin to an older version, is respected, refused a second time, and ends when the pin is lifted", async () => {
    const world = await released()
    for (const [before, after] of [
      ["shop", "shop2"],
      ["shop2", "shop3"],
    ]) {
      world.edit(DEV_FILE, `keyspace: ${before}`, `keyspace: ${after}`)
      await apply(world)
    }
    world.edit(DEV_FILE, STABLE, '  stable: { follow: candidate, pin: 1.1.0, reason: "rollback, INC-7" }')
    await apply(world)
    expect(await stable(world)).toBe("1.1.0")
    world.edit(DEV_FILE, "pin: 1.1.0", "pin: 1.0.0")
    expect(await apply(world)).toEqual(["S16", "S29"])
    expect(await stable(world)).toBe("1.1.0")
    world.edit(DEV_FILE, ', pin: 1.0.0, reason: "rollback, INC-7"', "")
    await apply(world)
    expect(await stable(world)).toBe("1.2.0")
  })
})

describe("health", () => {
  it("pauses a rollout of which nothing is known, and lets it go on when it is good", async () => {
    const world = await released("  stable: { follow: candidate, after: 1h }")
    world.edit("policies/health.yaml", "whenUnknown: time-alone", "whenUnknown: pause")
    change(world)
    await apply(world)
    const next = await applyAt(world, 3)
    expect([await stable(next), await waits(next)]).toEqual(["1.0.0", ["shop-dev/checkout stable health"]])
    const known = knowing(next, [traffic(next.now, 200, 1)])
    await apply(known)
    expect(await stable(known)).toBe("1.1.0")
  })

  it("takes a failing version back by itself, and tries it again only for a reason", async () => {
    const world = await released()
    change(world)
    await apply(world)
    const next = world.at(later(START, 2 * HOUR))
    const failing = knowing(next, [traffic(next.now, 200, 150)])
    expect(await apply(failing)).toEqual(["S20"])
    expect(await stable(failing)).toBe("1.0.0")
    expect(await stable(await applyAt(next, 3))).toBe("1.0.0")
    next.edit(DEV_FILE, "channels:", "versions:\n  1.1.0: { retry: { reason: the firewall was at fault } }\nchannels:")
    expect(await stable(await applyAt(next, 4))).toBe("1.1.0")
    const again = next.at(later(START, 5 * HOUR))
    expect(await apply(knowing(again, [traffic(again.now, 400, 300)]))).toEqual(["S21", "S20"])
    expect(await stable(again)).toBe("1.0.0")
  })
})
