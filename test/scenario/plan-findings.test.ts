import { describe, expect, it } from "vitest"
import { applyChange } from "../../src/app/apply.ts"
import { planChange } from "../../src/app/plan.ts"
import { type TestWorld, testWorld } from "../support/world.ts"

const CHECKOUT = "bundles/shop-dev/checkout.yaml"
const REPORTING = "bundles/shop-prod/reporting.yaml"

/** Where `text` begins in a file of the working tree, as editors count. */
function placeOf(world: TestWorld, file: string, text: string) {
  const before = new TextDecoder().decode(world.workspace.files.get(file)).split(text, 1)[0] ?? ""
  const rows = before.split("\n")
  return { file, line: rows.length, column: (rows.at(-1)?.length ?? 0) + 1 }
}

async function findingsOf(world: TestWorld) {
  const { findings } = await planChange(world)
  return findings.map(({ code, severity, at }) => ({ code, severity, at }))
}

describe("the plan finds, where the author can mend it,", () => {
  it("S01: a decision about a version that was never released", async () => {
    const world = await testWorld()
    world.edit(CHECKOUT, "channels:", "versions:\n  7.0.0: { revoked: { reason: superseded } }\nchannels:")
    expect(await findingsOf(world)).toEqual([{ code: "S01", severity: "error", at: placeOf(world, CHECKOUT, "7.0.0") }])
  })

  it("S02: a bundle that is gone though a version of it can still connect; there is no file to point at", async () => {
    const world = await testWorld()
    await applyChange(world)
    world.workspace.files.delete(CHECKOUT)
    world.workspace.commit()
    expect(await findingsOf(world)).toEqual([{ code: "S02", severity: "warning", at: undefined }])
  })

  it("S03: a revocation whose line is gone", async () => {
    const world = await testWorld()
    await applyChange(world)
    world.edit(CHECKOUT, "channels:", "versions:\n  1.0.0: { revoked: { reason: superseded } }\nchannels:")
    await applyChange(world)
    world.edit(CHECKOUT, "  1.0.0: { revoked: { reason: superseded } }", "  1.0.0: {}")
    expect(await findingsOf(world)).toEqual([
      { code: "S03", severity: "warning", at: placeOf(world, CHECKOUT, "versions:") },
    ])
  })

  it("S04: a request over a key that was compromised", async () => {
    const world = await testWorld()
    await applyChange(world)
    world.edit(REPORTING, "channels:", "versions:\n  1.0.0: { revoked: { reason: keyCompromise } }\nchannels:")
    const [first, ...others] = await findingsOf(world)
    expect(first).toEqual({ code: "S04", severity: "error", at: placeOf(world, REPORTING, "reporting.csr") })
    expect(others.map(({ code }) => code)).toEqual(["S18", "S18"])
  })

  it("S05: a file that differs from what is planned", async () => {
    const world = await testWorld()
    world.workspace.files.set(CHECKOUT, new TextEncoder().encode("apiVersion: scb/v1\n"))
    expect(await findingsOf(world)).toEqual([
      { code: "S05", severity: "warning", at: { file: CHECKOUT, line: 1, column: 1 } },
    ])
  })
})
