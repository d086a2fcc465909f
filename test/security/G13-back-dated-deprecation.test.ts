import { describe, expect, it } from "vitest"
import { applyChange } from "../../src/app/apply.ts"
import type { Instant } from "../../src/domain/instant.ts"
import type { Mark } from "../../src/domain/release.ts"
import { parseLedger } from "../../src/schema/ledger.ts"
import { on } from "../support/lifecycle.ts"
import { START, type TestWorld, testWorld } from "../support/world.ts"

const CHECKOUT = "bundles/shop-dev/checkout.yaml"
const POLICY = "policies/lifecycle.yaml"
const LINE = "deprecated: { from: 2026-11-24, reason: superseded, replacement: 1.1.0 }"

/** Two versions, the older announced to be deprecated from 24 November on: with the phases of the house, to its end on 23 May. */
async function announced(): Promise<TestWorld> {
  const world = await testWorld()
  await applyChange(world)
  world.edit(CHECKOUT, "keyspace: shop", "keyspace: shop2")
  await applyChange(world)
  world.edit(CHECKOUT, "channels:", `versions:\n  1.0.0: { ${LINE} }\nchannels:`)
  await applyChange(world.at(on("2026-11-23")))
  expect(await marksOf(world)).toMatchObject([{ kind: "deprecated", schedule: { endOfLifeAt: on("2027-05-23") } }])
  return world
}

async function marksOf({ ledger }: TestWorld): Promise<readonly Mark[]> {
  return parseLedger((await ledger.read()).files).bundles.get("shop-dev/checkout")?.marks ?? []
}

/** What a run at `now` marks, and what it says is wrong. */
async function attempt(world: TestWorld, now: Instant) {
  const before = await marksOf(world)
  const { findings } = await applyChange(world.at(now))
  const marks = (await marksOf(world)).slice(before.length).map(({ kind }) => kind)
  return { marks, errors: findings.filter(({ severity }) => severity === "error").map(({ code }) => code) }
}

describe("whoever deprecates in the past, or moves dates that were announced,", () => {
  it.each(["2026-11-21", "2026-11-22T23:59:59Z", "2020-01-01"])("does not take effect: from %s", async from => {
    const world = await testWorld()
    await applyChange(world)
    world.edit(CHECKOUT, "keyspace: shop", "keyspace: shop2")
    await applyChange(world.at(START))
    world.edit(CHECKOUT, "channels:", `versions:\n  1.0.0: { ${LINE.replace("2026-11-24", from)} }\nchannels:`)
    expect(await attempt(world, on("2026-11-23T12:00:00Z"))).toEqual({ marks: [], errors: ["S36"] })
  })

  it.each(["2026-11-01", "2026-11-23", "2026-12-24"])("does not take effect: %s instead", async from => {
    const world = await announced()
    world.edit(CHECKOUT, "from: 2026-11-24", `from: ${from}`)
    expect(await attempt(world, on("2026-11-25"))).toEqual({ marks: [], errors: ["S37"] })
  })

  it("does not take effect by a policy of shorter phases", async () => {
    const world = await announced()
    world.edit(
      POLICY,
      "deprecated: 90d, limited: 60d, securityOnly: 30d",
      "deprecated: 1d, limited: 1d, securityOnly: 1d",
    )
    expect(await attempt(world, on("2026-11-29"))).toEqual({ marks: [], errors: [] })
  })

  it("does not take effect by a line that is gone and comes back with other dates", async () => {
    const world = await announced()
    world.edit(CHECKOUT, LINE, "")
    expect(await attempt(world, on("2026-11-25"))).toEqual({ marks: [], errors: [] })
    world.edit(CHECKOUT, "1.0.0: {  }", `1.0.0: { ${LINE.replace("2026-11-24", "2026-12-24")} }`)
    expect(await attempt(world, on("2026-11-26"))).toEqual({ marks: [], errors: ["S37"] })
  })
})

describe("whoever extends", () => {
  const extend = (world: TestWorld, until: string): void =>
    world.edit(CHECKOUT, "replacement: 1.1.0 }", `replacement: 1.1.0, extended: { until: ${until}, reason: INC-9 } }`)

  it("does so in the ledger, with an end and a reason", async () => {
    const world = await announced()
    extend(world, "2027-06-23")
    expect(await attempt(world, on("2026-11-25"))).toEqual({ marks: ["extended"], errors: [] })
    expect((await marksOf(world)).at(-1)).toEqual({
      version: "1.0.0",
      at: on("2026-11-25"),
      kind: "extended",
      until: on("2027-06-23"),
      reason: "INC-9",
    })
  })

  it.each(["2027-08-22", "2099-01-01"])("gets no more than policy allows: %s is refused", async until => {
    const world = await announced()
    extend(world, until)
    expect(await attempt(world, on("2026-11-25"))).toEqual({ marks: [], errors: ["S41"] })
  })

  it("cannot stretch it by a policy that allows more than before without both being in the log", async () => {
    const world = await announced()
    extend(world, "2027-09-01")
    expect(await attempt(world, on("2026-11-25"))).toEqual({ marks: [], errors: ["S41"] })
    world.edit(POLICY, "maximumExtension: 90d", "maximumExtension: 120d")
    expect(await attempt(world, on("2026-11-26"))).toEqual({ marks: ["extended"], errors: [] })
  })

  it("comes too late after the end of life", async () => {
    const world = await announced()
    expect((await attempt(world, on("2027-05-23"))).marks).toEqual(["end-of-life"])
    extend(world, "2027-06-23")
    expect(await attempt(world, on("2027-05-23T01:00:00Z"))).toEqual({ marks: [], errors: ["S41"] })
  })

  it("does not silently take it back", async () => {
    const world = await announced()
    extend(world, "2027-06-23")
    await applyChange(world.at(on("2026-11-25")))
    world.edit(CHECKOUT, "until: 2027-06-23", "until: 2027-05-24")
    expect(await attempt(world, on("2026-11-26"))).toEqual({ marks: [], errors: ["S37"] })
  })
})
