import { describe, expect, it } from "vitest"
import { applyChange } from "../../src/app/apply.ts"
import { readCatalog, readRelease, readShard } from "../../src/app/fetch.ts"
import { planChange } from "../../src/app/plan.ts"
import { readStatus } from "../../src/app/status.ts"
import { selectVersion } from "../../src/app/trust.ts"
import { later } from "../../src/domain/instant.ts"
import { verdict } from "../support/published.ts"
import { START, type TestWorld, testWorld } from "../support/world.ts"

const DAY = 86_400_000
const NAME = "shop-dev/checkout"

/** Ways to say, after its certificate has ended, that a version was bad. */
const REVOCATIONS: readonly (readonly [how: string, (world: TestWorld) => void])[] = [
  [
    "by its own line",
    world =>
      world.edit(
        `bundles/${NAME}.yaml`,
        "channels:",
        "versions:\n  1.0.0: { revoked: { reason: keyCompromise } }\nchannels:",
      ),
  ],
  [
    "by a campaign",
    world => {
      const text = `apiVersion: scb/v1\nkind: Campaign\nname: leak\nreason: bad\nrevoke: { reason: keyCompromise }\nselect: { versions: 1.0.0, clusters: [shop-dev] }\n`
      world.workspace.files.set("policies/campaigns/leak.yaml", new TextEncoder().encode(text))
      world.workspace.commit()
    },
  ],
]

describe("G21: a version found to be bad after it expired", () => {
  it.each(REVOCATIONS)("is revoked %s, and customers hear revoked, not expired, for ever", async (_how, revoke) => {
    const world = await testWorld()
    await applyChange(world)
    const dead = world.at(later(START, 150 * DAY))
    expect(await stateOf(dead)).toBe("expired")
    revoke(world)
    await applyChange(dead)
    for (const now of [dead.now, later(dead.now, 100 * DAY)]) {
      await applyChange(world.at(now))
      expect(await stateOf(world.at(now))).toBe("revoked")
      expect(await answer(world.at(now))).toBe("version-revoked")
    }
  })
})

async function stateOf(world: TestWorld): Promise<string | undefined> {
  const bundle = (await readStatus(world)).bundles.find(each => each.bundle === NAME)
  return bundle?.versions.find(({ version }) => version === "1.0.0")?.state
}

async function answer(world: TestWorld): Promise<string> {
  const { anchors } = await planChange(world)
  const source = { releases: world.store, anchors, now: world.now }
  const { index } = await readCatalog(source, undefined)
  const shard = await readShard(source, index, "shop-dev")
  return verdict((async () => readRelease(source, selectVersion(index, shard, NAME, { version: "1.0.0" })))())
}
