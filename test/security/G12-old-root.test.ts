import { describe, expect, it } from "vitest"
import { applyChange } from "../../src/app/apply.ts"
import { planChange } from "../../src/app/plan.ts"
import { later } from "../../src/domain/instant.ts"
import { parseLedger } from "../../src/schema/ledger.ts"
import { makePki } from "../support/pki.ts"
import { START, type TestWorld, testWorld } from "../support/world.ts"

const DAY = 86_400_000
const CLUSTER = "bundles/shop-dev/cluster.yaml"
const SERVED = 'serving: { root: ca/new.crt, reason: "CHG-12: all nodes and proxies" }\ntrust:'

/** Released once, under the old root alone; another root lies ready. */
async function released(): Promise<TestWorld> {
  const world = await testWorld()
  const { root } = await makePki({ name: "new root", now: START })
  world.workspace.files.set("bundles/shop-dev/ca/new.crt", new TextEncoder().encode(root.certificatePem))
  world.workspace.commit()
  await applyChange(world)
  return world
}

/** Codes of errors about the bundles of the cluster, and the versions of checkout after it. */
async function attempt(world: TestWorld) {
  const { findings } = await applyChange(world)
  const history = parseLedger((await world.ledger.read()).files).bundles.get("shop-dev/checkout")
  return {
    errors: [...new Set(findings.filter(({ severity }) => severity === "error").map(({ code }) => code))],
    versions: history?.releases.map(({ version }) => version),
  }
}

const trust = (world: TestWorld, before: string, after: string) =>
  world.edit(CLUSTER, `trust: [${before}]`, `trust: [${after}]`)

describe("whoever removes a root too early", () => {
  it("is stopped while a version in use trusts nothing else", async () => {
    const world = await released()
    trust(world, "ca/server-root.crt", "ca/new.crt")
    world.edit(CLUSTER, "trust:", SERVED)
    expect(await attempt(world)).toEqual({ errors: ["S55"], versions: ["1.0.0"] })
    const { plan, findings } = await planChange(world)
    expect(plan.steps).toEqual([])
    expect(findings.find(({ code }) => code === "S55")).toMatchObject({
      at: { file: CLUSTER },
      message: expect.stringContaining("shop-dev/checkout 1.0.0"),
    })
  })

  it("is stopped after the overlap as well, until the last version without the new root has ended", async () => {
    const world = await released()
    trust(world, "ca/server-root.crt", "ca/server-root.crt, ca/new.crt")
    expect(await attempt(world)).toEqual({ errors: [], versions: ["1.0.0", "1.1.0"] })
    const soon = world.at(later(START, DAY))
    trust(world, "ca/server-root.crt, ca/new.crt", "ca/new.crt")
    world.edit(CLUSTER, "trust:", SERVED)
    expect(await attempt(soon)).toEqual({ errors: ["S55"], versions: ["1.0.0", "1.1.0"] })
    world.edit(
      "bundles/shop-dev/checkout.yaml",
      "channels:",
      "versions:\n  1.0.0: { revoked: { reason: superseded } }\nchannels:",
    )
    expect(await attempt(soon)).toEqual({ errors: ["S55"], versions: ["1.0.0", "1.1.0"] })
    expect((await planChange(soon)).plan.steps).toEqual([])
    const afterwards = world.at(later(START, DAY + 1_000))
    expect(await attempt(afterwards)).toEqual({ errors: [], versions: ["1.0.0", "1.1.0", "2.0.0"] })
  })

  it("is stopped until somebody says that servers show the new chain", async () => {
    const world = await released()
    trust(world, "ca/server-root.crt", "ca/server-root.crt, ca/new.crt")
    await applyChange(world)
    world.edit(
      "bundles/shop-dev/checkout.yaml",
      "channels:",
      "versions:\n  1.0.0: { revoked: { reason: superseded } }\nchannels:",
    )
    await applyChange(world)
    trust(world, "ca/server-root.crt, ca/new.crt", "ca/new.crt")
    const next = world.at(later(START, DAY))
    expect(await attempt(next)).toEqual({ errors: ["S56"], versions: ["1.0.0", "1.1.0"] })
    world.edit(CLUSTER, "trust:", SERVED)
    expect(await attempt(next)).toEqual({ errors: [], versions: ["1.0.0", "1.1.0", "2.0.0"] })
  })
})
