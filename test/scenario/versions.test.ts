import { describe, expect, it } from "vitest"
import { applyChange } from "../../src/app/apply.ts"
import { planChange } from "../../src/app/plan.ts"
import { type Instant, later } from "../../src/domain/instant.ts"
import { releaseSteps } from "../../src/domain/plan/plan.ts"
import type { BundleHistory } from "../../src/domain/release.ts"
import { parseManifest } from "../../src/schema/documents.ts"
import { parseLedger } from "../../src/schema/ledger.ts"
import { makePki } from "../support/pki.ts"
import { START, type TestWorld, testWorld } from "../support/world.ts"

const HOUR = 3_600_000
const DAY = 24 * HOUR
const CHECKOUT = "bundles/shop-dev/checkout.yaml"
const CLUSTER = "bundles/shop-dev/cluster.yaml"
const NAME = "shop-dev/checkout"

/** What the next apply releases of the bundle, as `1.1.0 minor: cause`; and that the one after it releases nothing. */
async function released(world: TestWorld, now: Instant = world.now): Promise<string | undefined> {
  const { plan } = await applyChange(world.at(now))
  const step = releaseSteps(plan).find(({ bundle }) => bundle === NAME)
  expect(releaseSteps((await planChange(world.at(now))).plan)).toEqual([])
  return step && `${step.version} ${step.change}: ${step.cause}`
}

async function once(): Promise<TestWorld> {
  const world = await testWorld()
  await applyChange(world)
  return world
}

async function historyOf(world: TestWorld): Promise<BundleHistory> {
  const history = parseLedger((await world.ledger.read()).files).bundles.get(NAME)
  if (history === undefined) throw new Error(`${NAME} has no history`)
  return history
}

async function manifestOf(world: TestWorld, version: string) {
  return parseManifest(await world.store.readAsset(NAME, version, "manifest.json", 1 << 20))
}

describe("the number of the next version", () => {
  it.each([
    ["patch", CHECKOUT, "owner: shop-team", "owner: data-team", "1.0.1"],
    ["minor", CHECKOUT, "keyspace: shop", "keyspace: shop2", "1.1.0"],
    ["major", CLUSTER, "host: ", "host: new-", "2.0.0"],
    ["major", CHECKOUT, "role: ", "role: other_", "2.0.0"],
  ])("rises by a %s change (%s: %s -> %s)", async (change, file, before, after, version) => {
    const world = await once()
    world.edit(file, before, after)
    expect(await released(world)).toContain(`${version} ${change}: changed: `)
  })

  it("rises by a renewal when nothing changed, and the renewal is proved", async () => {
    const world = await once()
    expect(await released(world, later(START, 29 * DAY))).toContain("1.0.1 renewal: ")
    const [first, second] = (await historyOf(world)).releases
    expect(second?.skeletonSha256).toBe(first?.skeletonSha256)
    expect(second?.certificate.serial).not.toBe(first?.certificate.serial)
    expect((await manifestOf(world, "1.0.1")).skeletonSha256).toBe(first?.skeletonSha256)
  })

  it("rises by a minor change for one more root, as rotations begin", async () => {
    const world = await once()
    const { root } = await makePki({ now: START })
    world.workspace.files.set("bundles/shop-dev/ca/new-root.crt", new TextEncoder().encode(root.certificatePem))
    world.edit(CLUSTER, "trust: [ca/server-root.crt]", "trust: [ca/server-root.crt, ca/new-root.crt]")
    expect(await released(world)).toContain("1.1.0 minor: ")
    const { change, upgrades } = await manifestOf(world, "1.1.0")
    expect(change.changes).toMatchObject([{ member: "cluster.trust", class: "minor" }])
    expect(upgrades).toEqual([{ from: "1.0.0", through: [], obstacles: [] }])
  })

  it("takes the highest of several changes", async () => {
    const world = await once()
    world.edit(CHECKOUT, "keyspace: shop", "keyspace: shop2")
    world.edit(CHECKOUT, "role: ", "role: other_")
    expect(await released(world)).toContain("2.0.0 major")
  })

  it("is raised by policy, which says so", async () => {
    const world = await once()
    policy(world, "raise: { bundle.owner: minor }")
    world.edit(CHECKOUT, "owner: shop-team", "owner: data-team")
    expect(await released(world)).toBe(
      "1.1.0 minor: changed: bundle.owner; policies/versioning.yaml counts bundle.owner as minor",
    )
  })

  it("is never lowered by policy, which is told so", async () => {
    const world = await once()
    policy(world, "raise: { cluster: minor, bundle.role: patch }")
    world.edit(CHECKOUT, "role: ", "role: other_")
    expect((await planChange(world)).findings.map(({ code }) => code)).toEqual(["R64"])
    expect(await released(world)).toContain("2.0.0 major: changed: bundle.role")
  })

  it("is raised to the floor that the bundle asks for", async () => {
    const world = await once()
    world.edit(CHECKOUT, "owner: shop-team", "owner: data-team\nbump: major")
    expect(await released(world)).toBe("2.0.0 major: changed: bundle.owner; the bundle asks for bump: major")
  })

  it("does not rise by a bump alone, nor a renewal by one that was left standing", async () => {
    const world = await once()
    world.edit(CHECKOUT, "recipients: ", "bump: major\nrecipients: ")
    const { plan, findings } = await planChange(world)
    expect([plan.steps, findings.map(({ code }) => code)]).toEqual([[], ["S10"]])
    expect(await released(world, later(START, 29 * DAY))).toContain("1.0.1 renewal")
  })

  it("is refused a policy about members that do not exist", async () => {
    const world = await once()
    policy(world, "raise: { cluster.hots: major }")
    await expect(planChange(world)).rejects.toMatchObject({ code: "invalid-repository", findings: [{ code: "R63" }] })
  })
})

describe("a release of class renewal", () => {
  it("is a patch after another version of the program", async () => {
    const world = await once()
    await rewrite(world, text => text.replaceAll("generator: scb/0.1.0", "generator: scb/0.0.9"))
    const { plan } = await planChange(world.at(later(START, 29 * DAY)))
    expect(releaseSteps(plan).find(({ bundle }) => bundle === NAME)).toMatchObject({
      change: "patch",
      version: "1.0.1",
    })
  })

  it("is refused by the build when more than key, validity and passwords would change; until people say so", async () => {
    const world = await once()
    const { skeletonSha256 = "" } = (await historyOf(world)).releases[0] ?? {}
    await rewrite(world, text => text.replaceAll(skeletonSha256, "ab".repeat(32)))
    const due = world.at(later(START, 29 * DAY))
    const { plan } = await planChange(due)
    expect(releaseSteps(plan).find(({ bundle }) => bundle === NAME)).toMatchObject({ change: "renewal" })
    expect((await applyChange(due)).failed.map(({ error }) => error.code)).toEqual(["renewal-differs"])
    expect((await historyOf(world)).attempts).toMatchObject([{ version: "1.0.1", error: "renewal-differs" }])
    world.edit(CHECKOUT, "recipients: ", "bump: patch\nrecipients: ")
    expect(await released(world, later(START, 29 * DAY + 2 * HOUR))).toContain("1.0.1 patch: ")
  })
})

describe("the manifest of a version", () => {
  it("says what changed, what it means, who must act, and from where one gets there", async () => {
    const world = await once()
    world.edit(CHECKOUT, "role: ", "role: other_")
    await released(world)
    const { change, upgrades, support, expiresAt } = await manifestOf(world, "2.0.0")
    expect(change).toMatchObject({
      class: "major",
      reason: "identity-changed",
      changes: [{ member: "bundle.role", class: "major", actions: [{ who: "cluster-operators" }] }],
    })
    expect(upgrades).toEqual([{ from: "1.0.0", through: [], obstacles: [] }])
    expect(support).toEqual({
      until: expiresAt,
      afterDeprecation: { limited: "90d", securityOnly: "60d", endOfLife: "30d", archived: "365d" },
    })
  })
})

/** What another program, or nobody, would have written into the signed history. */
async function rewrite(world: TestWorld, change: (text: string) => string): Promise<void> {
  const { head, files } = await world.ledger.read()
  const path = `bundles/${NAME}.yaml`
  const text = change(files.get(path) ?? "")
  const signer = await world.keyring.signer()
  const prepared = await world.ledger.prepare(head, new Map([[path, text]]), "rewritten\n", world.now)
  await world.ledger.commit(prepared, await signer.sign(new TextEncoder().encode(prepared.payload), world.now))
}

function policy(world: TestWorld, text: string): void {
  const file = `apiVersion: scb/v1\nkind: Versioning\n${text}\n`
  world.workspace.files.set("policies/versioning.yaml", new TextEncoder().encode(file))
  world.workspace.commit()
}
