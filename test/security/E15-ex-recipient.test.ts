import { describe, expect, it } from "vitest"
import { applyChange } from "../../src/app/apply.ts"
import { releaseSteps } from "../../src/domain/plan/plan.ts"
import { parseLedger } from "../../src/schema/ledger.ts"
import { testWorld } from "../support/world.ts"

const CHECKOUT = "bundles/shop-prod/checkout.yaml"

describe("somebody who is no longer a recipient", () => {
  it("gets no new version: one is released at once, for the others alone", async () => {
    const world = await testWorld()
    await applyChange(world)
    const before =
      new TextDecoder().decode(world.workspace.files.get(CHECKOUT)).match(/^recipients: \[(.*)\]/m)?.[1] ?? ""
    const [stays = "", ...leave] = before.split(", ")
    expect(leave.length).toBeGreaterThan(0)
    world.edit(CHECKOUT, `[${before}]`, `[${stays}]`)
    const { plan } = await applyChange(world)
    expect(releaseSteps(plan).map(({ bundle, reason }) => [bundle, reason])).toEqual([
      ["shop-prod/checkout", "recipient-removed"],
    ])
    const history = parseLedger((await world.ledger.read()).files).bundles.get("shop-prod/checkout")
    const [old, now] = (history?.releases ?? []).map(({ input }) => input.bundle.recipients)
    expect(now?.length).toBeLessThan(old?.length ?? 0)
    const gone = old?.filter(each => now?.includes(each) !== true) ?? []
    expect(releaseSteps(plan)[0]?.cause).toContain(gone[0])
    expect((await applyChange(world)).plan.steps).toEqual([])
  })
})
