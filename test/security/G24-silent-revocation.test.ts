import { beforeAll, describe, expect, it } from "vitest"
import { applyChange } from "../../src/app/apply.ts"
import { buildCatalog } from "../../src/app/catalog.ts"
import { later } from "../../src/domain/instant.ts"
import { CATALOG_INDEX, type Releases, type SignedCatalog } from "../../src/ports.ts"
import { parseCatalogIndex } from "../../src/schema/documents.ts"
import { parseLedger } from "../../src/schema/ledger.ts"
import { verdict } from "../support/published.ts"
import { START, type TestWorld, testWorld } from "../support/world.ts"

const NOW = later(START, 3_600_000)
const BUNDLE = "bundles/shop-prod/reporting.yaml"

/** Writers that say they have written, and what they have done instead. */
type Writer = (catalog: SignedCatalog, world: TestWorld) => Promise<SignedCatalog | undefined>

const forgetsAll: Writer = async () => undefined

/** Signed by the right key, of the right age: only what was revoked is missing. */
const dropsTheInvalidation: Writer = async (_catalog, world) => {
  const state = parseLedger((await world.ledger.read()).files)
  return buildCatalog({ ...state, invalidations: [] }, NOW, 7 * 86_400_000, await world.keyring.signer())
}

const saysActiveInTheShard: Writer = async (_catalog, world) => {
  const state = parseLedger((await world.ledger.read()).files)
  const bundles = new Map([...state.bundles].map(([name, history]) => [name, { ...history, marks: [] }]))
  return buildCatalog({ ...state, bundles }, NOW, 7 * 86_400_000, await world.keyring.signer())
}

const losesTheLists: Writer = async catalog => ({ ...catalog, revocationLists: new Map() })

describe("G24: a revocation that did nothing", () => {
  let invalidation: TestWorld
  let mark: TestWorld
  beforeAll(async () => {
    invalidation = await paused(await released())
    mark = await released()
    mark.edit(BUNDLE, "channels:", "versions:\n  1.0.0: { revoked: { reason: keyCompromise } }\nchannels:")
  })

  it.each([
    ["publishes nothing", forgetsAll],
    ["drops the invalidation from the index", dropsTheInvalidation],
    ["loses the revocation lists", losesTheLists],
  ])("by selector is no success when the writer %s", async (_what, writer) => {
    const world = await paused(await released())
    expect(await verdict(applyChange(writtenBy(writer, world)))).toBe("revocation-ineffective")
  })

  it("of one version is no success when the shard still says active", async () => {
    expect(await verdict(applyChange(writtenBy(saysActiveInTheShard, mark)))).toBe("revocation-ineffective")
  })

  it("is one when the writer writes", async () => {
    expect((await applyChange(invalidation.at(NOW))).refused).toHaveLength(2)
  })

  it("is mended by the next run with a writer that writes: the catalog follows the ledger", async () => {
    const world = await paused(await released())
    expect(await verdict(applyChange(writtenBy(forgetsAll, world)))).toBe("revocation-ineffective")
    expect((await applyChange(world.at(NOW))).plan).toMatchObject({ steps: [], catalog: "ledger is ahead" })
    const index = parseCatalogIndex(world.store.files.get(CATALOG_INDEX) ?? new Uint8Array())
    expect(index.invalidations.map(({ name }) => name)).toEqual(["leak"])
  })
})

async function released(): Promise<TestWorld> {
  const world = await testWorld()
  await applyChange(world)
  return world
}

/** A campaign against everything, whose replacements wait: nothing but the revocation is to be done. */
async function paused(world: TestWorld): Promise<TestWorld> {
  const text = `apiVersion: scb/v1
kind: Campaign
name: leak
reason: a backup was lost
revoke: { reason: keyCompromise }
select: { bundles: ["*/*"] }
waves: { size: 1, every: 1h, paused: { reason: later } }
`
  world.workspace.files.set("policies/campaigns/leak.yaml", new TextEncoder().encode(text))
  world.workspace.commit()
  return world
}

function writtenBy(writer: Writer, world: TestWorld): TestWorld {
  const releases: Releases = {
    ...world.store,
    async publishCatalog(catalog) {
      const written = await writer(catalog, world)
      if (written !== undefined) await world.store.publishCatalog(written)
    },
  }
  return { ...world.at(NOW), releases: () => releases }
}
