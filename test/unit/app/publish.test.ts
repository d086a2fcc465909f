import { describe, expect, it } from "vitest"
import { type MemoryReleases, memoryReleases } from "../../../src/adapters/releases-memory.ts"
import { applyChange } from "../../../src/app/apply.ts"
import { type BuiltChange, buildChange } from "../../../src/app/build.ts"
import { type PlannedChange, planChange } from "../../../src/app/plan.ts"
import { publishChange } from "../../../src/app/publish.ts"
import { buildDocument, publishBuild } from "../../../src/app/publish-build.ts"
import { verifyPublished } from "../../../src/app/verify-published.ts"
import { sha256 } from "../../../src/artifact/digest.ts"
import { formatSums } from "../../../src/artifact/sums.ts"
import { formatBuild, parseBuild } from "../../../src/schema/documents.ts"
import { type TestWorld, testWorld } from "../../support/world.ts"

const FIRST = "releases/shop-dev/checkout/1.0.0"
const PAYLOAD = `${FIRST}/secure-connect-checkout-shop-dev.zip.gpg`
const CHECKOUT = "bundles/shop-dev/checkout.yaml"

interface Staged {
  readonly world: TestWorld
  readonly staged: MemoryReleases
  readonly built: BuiltChange
}

/** As far as the job goes that holds the keys. */
async function build(world: TestWorld): Promise<Staged> {
  const staged = memoryReleases()
  const built = await buildChange(world, await planChange(world), staged)
  if (built.catalog !== undefined) await staged.publishCatalog(built.catalog)
  return { world, staged, built }
}

/** And as far as the job goes that may write, from what travels between the two. */
function publish({ world, staged, built }: Staged) {
  return publishBuild(world, parseBuild(formatBuild(buildDocument(built))), staged)
}

/** Other bytes, with sums that agree: what whoever may write there could do. */
function replacePayload(files: Map<string, Uint8Array>): void {
  files.set(PAYLOAD, new TextEncoder().encode("something else"))
  const own = [...files].filter(([path]) => path.startsWith(`${FIRST}/`) && !path.endsWith("/SHA256SUMS"))
  const sums = own.map(([path, bytes]) => ({ name: path.slice(FIRST.length + 1), sha256: sha256(bytes) }))
  files.set(`${FIRST}/SHA256SUMS`, new TextEncoder().encode(formatSums(sums)))
}

describe("publish, from what another job has built", () => {
  it("publishes releases, ledger and catalog; a second time it finds all of it done", async () => {
    const job = await build(await testWorld())
    expect((await publish(job)).releases.map(each => each.outcome)).toEqual(["published", "published", "published"])
    expect((await planChange(job.world)).plan).toMatchObject({ steps: [] })
    const again = await publish(job)
    expect([again.catalog, ...again.releases.map(each => each.outcome)]).toEqual(Array(4).fill("already"))
  })

  it("refuses a staged release that is not the one that was built, and publishes nothing of it", async () => {
    const job = await build(await testWorld())
    replacePayload(job.staged.files)
    await expect(publish(job)).rejects.toMatchObject({ code: "digest-mismatch" })
    expect([...job.world.store.files.keys()]).toEqual([])
    expect((await job.world.ledger.read()).head).toBeNull()
  })

  it("refuses to record a release in whose place something else lies", async () => {
    const job = await build(await testWorld())
    for (const [path, bytes] of job.staged.files) if (path.startsWith(FIRST)) job.world.store.files.set(path, bytes)
    replacePayload(job.world.store.files)
    await expect(publish(job)).rejects.toMatchObject({ code: "release-exists" })
    expect((await job.world.ledger.read()).head).toBeNull()
  })

  it("refuses a build of another commit", async () => {
    const job = await build(await testWorld())
    job.world.edit(CHECKOUT, "keyspace: shop", "keyspace: shop2")
    await expect(publish(job)).rejects.toMatchObject({ code: "stale-build" })
  })

  it("refuses a ledger commit or a catalog that no signer has signed", async () => {
    const { world, staged, built } = await build(await testWorld())
    const signature = built.catalog === undefined ? "" : new TextDecoder().decode(built.catalog.signature)
    const { transaction } = built
    if (transaction === undefined) throw new Error("there is something to record")
    const forged: BuiltChange = { ...built, transaction: { ...transaction, signature } }
    await expect(publish({ world, staged, built: forged })).rejects.toMatchObject({ code: "signature-invalid" })
    const index = [...staged.files.keys()].find(path => path.endsWith("index.json")) ?? ""
    staged.files.set(index, new Uint8Array([...(staged.files.get(index) ?? []), 10]))
    await expect(publish({ world, staged, built })).rejects.toMatchObject({ code: "release-incomplete" })
  })

  it("never puts an older catalog in the place of a newer one", async () => {
    const job = await build(await testWorld())
    await publish(job)
    const targets = { releases: job.world.store, ledger: job.world.ledger, reporter: job.world.reporter }
    job.world.edit(CHECKOUT, "keyspace: shop", "keyspace: shop2")
    await applyChange(job.world)
    const { transaction: _, ...catalogOnly } = { ...job.built, plan: { ...job.built.plan, steps: [] } }
    expect((await publishChange(catalogOnly, targets)).catalog).toBe("newer exists")
  })
})

describe("what a run that was cut off has left", () => {
  async function cutOff(): Promise<TestWorld> {
    let dead = true
    const world = await testWorld({
      fault: what => {
        if (dead && what.startsWith("ledger")) throw new Error("cut off")
      },
    })
    await expect(applyChange(world)).rejects.toThrow("cut off")
    dead = false
    return world
  }

  it("is taken up as it is: the same bytes, no second key", async () => {
    const world = await cutOff()
    const before = new Map(world.store.files)
    expect(before.has(PAYLOAD)).toBe(true)
    const { published } = await applyChange(world)
    expect(published?.releases.map(each => [each.version, each.outcome])).toEqual(Array(3).fill(["1.0.0", "already"]))
    for (const [path, bytes] of before) expect(world.store.files.get(path)).toBe(bytes)
  })

  it("is not taken up for another input: its number is burnt", async () => {
    const world = await cutOff()
    world.edit(CHECKOUT, "keyspace: shop", "keyspace: shop2")
    const { published } = await applyChange(world)
    expect(published?.releases.map(each => [each.bundle, each.version, each.outcome])).toEqual([
      ["shop-dev/checkout", "1.0.1", "published"],
      ["shop-prod/checkout", "1.0.0", "already"],
      ["shop-prod/reporting", "1.0.0", "already"],
    ])
  })

  it("is not taken up when it is not ours: its number is burnt, and the next one is free", async () => {
    const world = await cutOff()
    replacePayload(world.store.files)
    world.store.files.set(`${FIRST}/manifest.json.asc`, new TextEncoder().encode("no signature"))
    const before = world.store.files.get(PAYLOAD)
    const { plan } = await applyChange(world)
    expect(plan.steps.find(step => step.kind === "release")).toMatchObject({ version: "1.0.1", cause: "first release" })
    expect(world.store.files.get(PAYLOAD)).toBe(before)
  })
})

describe("verification of what was published", () => {
  async function applied(): Promise<{ readonly world: TestWorld; readonly change: PlannedChange }> {
    const world = await testWorld()
    const change = await planChange(world)
    await publishChange(await buildChange(world, change, world.store), {
      releases: world.store,
      ledger: world.ledger,
      reporter: world.reporter,
    })
    return { world, change }
  }

  it("names each release that it has read as a customer would", async () => {
    const { change } = await applied()
    expect((await verifyPublished(change)).map(each => `${each.bundle} ${each.version}`)).toEqual([
      "shop-dev/checkout 1.0.0",
      "shop-prod/checkout 1.0.0",
      "shop-prod/reporting 1.0.0",
    ])
  })

  it("notices another payload, even where the sums agree with it", async () => {
    const { world, change } = await applied()
    replacePayload(world.store.files)
    await expect(verifyPublished(change)).rejects.toMatchObject({ code: "digest-mismatch" })
  })

  it("notices the signature of another release", async () => {
    const { world, change } = await applied()
    const other = world.store.files.get("releases/shop-prod/checkout/1.0.0/manifest.json.asc")
    world.store.files.set(`${FIRST}/manifest.json.asc`, other ?? new Uint8Array())
    await expect(verifyPublished(change)).rejects.toMatchObject({ code: "signature-invalid" })
  })

  it("notices a file that is gone", async () => {
    const { world, change } = await applied()
    world.store.files.delete(PAYLOAD)
    await expect(verifyPublished(change)).rejects.toMatchObject({ code: "release-incomplete" })
  })
})
