import { describe, expect, it } from "vitest"
import { applyChange } from "../../src/app/apply.ts"
import { planChange } from "../../src/app/plan.ts"
import { later } from "../../src/domain/instant.ts"
import { releaseSteps } from "../../src/domain/plan/plan.ts"
import { START, type TestWorld, testWorld } from "../support/world.ts"

const DAY = 86_400_000
const ALL = ["shop-dev/checkout", "shop-prod/checkout", "shop-prod/reporting"]
const REPORTING = "bundles/shop-prod/reporting.yaml"
const RENEWAL = "policies/renewal.yaml"

function write(world: TestWorld, path: string, text: string): void {
  world.workspace.files.set(path, new TextEncoder().encode(text))
  world.workspace.commit()
}

const advisory = (response: string, more: string) => `apiVersion: scb/v1
kind: Advisory
name: weak
published: 2026-11-23
summary: weak
response: ${response}
${more}
`

/** Every way in which a version becomes due by itself, the day it does, and whom it meets. */
const triggers: readonly {
  readonly trigger: string
  readonly reason: string
  readonly day: number
  readonly whom: readonly string[]
  readonly happens: (world: TestWorld) => void
}[] = [
  { trigger: "expiry", reason: "renewal-due", day: 20, whom: ALL, happens: () => {} },
  {
    trigger: "configuration",
    reason: "input-changed",
    day: 2,
    whom: ["shop-prod/reporting"],
    happens: world => world.edit(REPORTING, "keyspace: ", "keyspace: new_"),
  },
  {
    trigger: "driver-catalogue",
    reason: "driver-range-changed",
    day: 2,
    whom: ["shop-dev/checkout", "shop-prod/checkout"],
    happens: world => world.edit("policies/drivers.yaml", 'java: ">=4.17.0"', 'java: ">=4.19.0"'),
  },
  {
    trigger: "policy",
    reason: "lifetime-policy-changed",
    day: 2,
    whom: ALL,
    happens: world => world.edit(RENEWAL, "defaultLifetime: 30d", "defaultLifetime: 20d"),
  },
  {
    trigger: "advisory",
    reason: "advisory",
    day: 2,
    whom: ["shop-prod/checkout", "shop-prod/reporting"],
    happens: world =>
      write(world, "policies/advisories/weak.yaml", advisory("reissue", "select: { clusters: [shop-prod] }")),
  },
]

describe.each(triggers)("the trigger $trigger", ({ trigger, reason, day, whom, happens }) => {
  const at = later(START, day * DAY)

  it("has new versions released, once, with the reason", async () => {
    const world = await testWorld()
    await applyChange(world)
    happens(world)
    const { plan, verified } = await applyChange(world.at(at))
    expect(releaseSteps(plan).map(step => [step.bundle, step.reason])).toEqual(whom.map(bundle => [bundle, reason]))
    expect(verified.map(({ bundle }) => bundle)).toEqual(whom)
    expect((await applyChange(world.at(at))).plan.steps).toEqual([])
  })

  it("is a notice where policy says so, with the cause, and nothing is written", async () => {
    const world = await testWorld()
    world.edit(RENEWAL, "defaultLifetime: 30d", `triggers: { ${trigger}: notice }\ndefaultLifetime: 30d`)
    await applyChange(world)
    happens(world)
    const { plan, findings } = await planChange(world.at(at))
    expect(plan.steps).toEqual([])
    const notices = findings.filter(({ code, message }) => code === "S30" && message.includes(reason))
    expect(notices.map(({ subject, severity }) => [subject, severity])).toEqual(whom.map(bundle => [bundle, "note"]))
    expect(notices[0]?.at?.file).toBe(RENEWAL)
  })
})

describe("the answer of an advisory", () => {
  const concerned = 'drivers: { java: "<4.18.0" }'
  const heard = async (text: string) => {
    const world = await testWorld()
    await applyChange(world)
    write(world, "policies/advisories/weak.yaml", text)
    return world.at(later(START, 2 * DAY))
  }

  it("reissue: what was published before it is made anew, and only once", async () => {
    const world = await heard(advisory("reissue", concerned))
    const { plan } = await applyChange(world)
    expect(
      releaseSteps(plan).every(({ reason, cause }) => reason === "advisory" && cause === "advisory weak: weak"),
    ).toBe(true)
    expect(releaseSteps(plan).length).toBeGreaterThan(0)
    expect((await applyChange(world)).plan.steps).toEqual([])
  })

  it("deprecate: what it selects is put on its way out, in favour of what came later, and only once", async () => {
    const world = await testWorld()
    await applyChange(world)
    world.edit(REPORTING, "keyspace: ", "keyspace: new_")
    await applyChange(world.at(later(START, DAY)))
    write(
      world,
      "policies/advisories/weak.yaml",
      advisory("deprecate", 'select: { versions: "1.0.0", owners: [data-team] }'),
    )
    const { plan } = await applyChange(world.at(later(START, 2 * DAY)))
    expect(plan.steps).toMatchObject([
      {
        kind: "mark",
        bundle: "shop-prod/reporting",
        version: "1.0.0",
        mark: { kind: "deprecated", reason: "advisory weak", replacement: "1.1.0" },
      },
    ])
    expect((await applyChange(world.at(later(START, 2 * DAY)))).plan.steps).toEqual([])
  })

  it("notice: people are told whom it concerns", async () => {
    const world = await heard(advisory("notice", concerned))
    const { plan, findings } = await planChange(world)
    expect(plan.steps).toEqual([])
    const told = findings.filter(({ code }) => code === "S34")
    expect(told.length).toBeGreaterThan(0)
    expect(told.map(({ at }) => at?.file)).toEqual(told.map(() => "policies/advisories/weak.yaml"))
  })

  it("any: a version that it does not concern is left alone", async () => {
    const world = await heard(advisory("reissue", 'drivers: { java: "<4.17.0" }'))
    const { plan, findings } = await planChange(world)
    expect([plan.steps, findings]).toEqual([[], []])
  })
})

describe("two months of applies, day by day", () => {
  it("renews in time, and never leaves a channel without a version", async () => {
    const world = await testWorld()
    let renewals = 0
    for (let day = 0; day < 60; day += 1) {
      const { plan } = await applyChange(world.at(later(START, day * DAY)))
      renewals += releaseSteps(plan).filter(({ reason }) => reason === "renewal-due").length
      expect(releaseSteps(plan).filter(({ reason }) => reason === "expired")).toEqual([])
    }
    expect(renewals).toBeGreaterThanOrEqual(2 * ALL.length)
    expect(renewals).toBeLessThanOrEqual(3 * ALL.length)
  }, 120_000)
})
