import { describe, expect, it } from "vitest"
import { openPgpSigner } from "../../src/adapters/signer-openpgp.ts"
import { applyChange } from "../../src/app/apply.ts"
import { planChange } from "../../src/app/plan.ts"
import { readStatus } from "../../src/app/status.ts"
import { later } from "../../src/domain/instant.ts"
import type { Releases } from "../../src/ports.ts"
import { parseCatalogIndex } from "../../src/schema/documents.ts"
import { parseLedger } from "../../src/schema/ledger.ts"
import { type Fault, keyOf, passphraseOf, START, type TestWorld, testWorld } from "../support/world.ts"

const DAY = 86_400_000
const CHECKOUT = "bundles/shop-dev/checkout.yaml"
const REPORTING = "bundles/shop-prod/reporting.yaml"
const ALL = ["shop-dev/checkout", "shop-prod/checkout", "shop-prod/reporting"]

describe("apply", () => {
  it("releases every bundle as 1.0.0 and points both channels at it", async () => {
    const world = await testWorld()
    const { verified, published } = await applyChange(world)
    expect(verified.map(each => `${each.bundle} ${each.version}`)).toEqual(ALL.map(name => `${name} 1.0.0`))
    expect(published?.catalog).toBe("published")
    expect(await stateOf(world)).toEqual({
      sequence: 1,
      epoch: 0,
      catalog: { version: 1, epoch: 0 },
      bundles: ALL.map(name => ({ name, versions: ["1.0.0"], candidate: "1.0.0", stable: "1.0.0" })),
    })
  })

  it("writes nothing the second time", async () => {
    let writes = 0
    const world = await testWorld({
      fault: () => {
        writes += 1
      },
    })
    await applyChange(world)
    writes = 0
    const second = await applyChange(world.at(later(START, 60_000)))
    expect(second.plan.steps).toEqual([])
    expect(second.published).toBeUndefined()
    expect(writes).toBe(0)
  })

  it("releases the next minor version of the one bundle whose input changed, with the reason", async () => {
    const world = await testWorld()
    await applyChange(world)
    world.edit(CHECKOUT, "keyspace: shop", "keyspace: shop2")
    const { plan } = await applyChange(world)
    expect(plan.steps.filter(step => step.kind === "release")).toMatchObject([
      { bundle: "shop-dev/checkout", version: "1.1.0", predecessor: "1.0.0", cause: "changed: bundle.keyspace" },
    ])
    expect((await applyChange(world)).plan.steps).toEqual([])
  })

  it("releases nothing for a change that no bundle can show", async () => {
    const world = await testWorld()
    await applyChange(world)
    world.edit(CHECKOUT, "apiVersion: scb/v1", "# a comment\napiVersion: scb/v1")
    expect((await planChange(world)).plan.steps).toEqual([])
  })

  it("revokes, replaces and moves the channels when the YAML says so, and raises the epoch", async () => {
    const world = await testWorld()
    await applyChange(world)
    world.edit(
      CHECKOUT,
      "channels:",
      "versions:\n  1.0.0: { revoked: { reason: keyCompromise, incident: INC-7 } }\nchannels:",
    )
    const { plan } = await applyChange(world)
    expect(plan.steps.map(step => step.kind)).toEqual(["mark", "release", "point", "point"])
    expect(await stateOf(world)).toMatchObject({ sequence: 2, epoch: 1, catalog: { version: 2, epoch: 1 } })
    const [checkout] = (await readStatus(world)).bundles
    expect(checkout?.versions.map(({ version, state }) => [version, state])).toEqual([
      ["1.0.1", "active"],
      ["1.0.0", "revoked"],
    ])
    expect((await applyChange(world)).plan.steps).toEqual([])
  })

  it("does not certify a compromised key again: the owner has to make a new one", async () => {
    const world = await testWorld()
    await applyChange(world)
    world.edit(REPORTING, "channels:", "versions:\n  1.0.0: { revoked: { reason: keyCompromise } }\nchannels:")
    const { plan, findings } = await planChange(world)
    expect(plan.steps.map(step => (step.kind === "point" ? step.reason : step.kind))).toEqual([
      "mark",
      "withdraw",
      "withdraw",
    ])
    expect(findings.map(finding => finding.code)).toEqual(["S04", "S18", "S18"])
  })

  it("keeps a version revoked when its line is taken out again, and says so", async () => {
    const world = await testWorld()
    await applyChange(world)
    const line = "versions:\n  1.0.0: { revoked: { reason: superseded } }\n"
    world.edit(CHECKOUT, "channels:", `${line}channels:`)
    await applyChange(world)
    world.edit(CHECKOUT, line, "")
    const { plan, findings } = await planChange(world)
    expect(plan.steps).toEqual([])
    expect(findings.map(finding => finding.code)).toEqual(["S03"])
  })

  it("warns when a bundle that can still connect is no longer declared", async () => {
    const world = await testWorld()
    await applyChange(world)
    world.workspace.files.delete(CHECKOUT)
    world.workspace.commit()
    const { plan, findings } = await planChange(world)
    expect(plan.steps).toEqual([])
    expect(findings.map(finding => [finding.code, finding.subject])).toEqual([["S02", "shop-dev/checkout"]])
  })

  it("plans what is committed, and warns of what is not", async () => {
    const world = await testWorld()
    world.workspace.files.set(CHECKOUT, new TextEncoder().encode("apiVersion: scb/v1\n"))
    const { plan, findings } = await planChange(world)
    expect(plan.steps.filter(step => step.kind === "release")).toHaveLength(3)
    expect(findings.map(finding => [finding.code, finding.at?.file])).toEqual([["S05", CHECKOUT]])
  })

  it("writes the catalog again when half of its life is over, and replaces an expired certificate", async () => {
    const world = await testWorld()
    await applyChange(world)
    expect((await planChange(world.at(later(START, 3 * DAY)))).plan.catalog).toBeUndefined()
    const refreshed = await applyChange(world.at(later(START, 4 * DAY)))
    expect(refreshed.plan).toMatchObject({ steps: [], catalog: "half of its life is over" })
    expect(await stateOf(world)).toMatchObject({ sequence: 1, catalog: { version: 1 } })
    const { plan } = await applyChange(world.at(later(START, 31 * DAY)))
    expect(plan.steps.filter(step => step.kind === "release").map(step => step.cause)).toEqual(
      ALL.map(() => "certificate of 1.0.0 has expired"),
    )
  })
})

describe("apply with a signing key that does not count", () => {
  const signedBy = async (world: TestWorld, name: string): Promise<TestWorld> => {
    const key = { privateKeyArmored: keyOf(world.repository, name), passphrase: passphraseOf(world.repository) }
    return { ...world, keyring: { ...world.keyring, signer: () => openPgpSigner(key) } }
  }

  it("writes nothing that is signed by a key that the policy does not name", async () => {
    const writes: string[] = []
    const world = await testWorld({ fault: what => void writes.push(what) })
    const refused = applyChange(await signedBy(world, "alice.key.asc"))
    await expect(refused).rejects.toMatchObject({
      code: "signer-untrusted",
      hint: expect.stringContaining("policies/"),
    })
    expect(writes).toEqual([])
    expect((await applyChange(world)).verified).toHaveLength(3)
  })

  it("writes nothing that is signed by a key whose time is over, though another one counts", async () => {
    const writes: string[] = []
    const world = await testWorld({ fault: what => void writes.push(what) })
    const alice = /fingerprint: "([0-9A-F]{40})"/.exec(world.repository.files.get("policies/people.yaml") ?? "")?.[1]
    const other = `  - { name: next, fingerprint: "${alice}", key: keys/alice.asc }\n`
    const release = world.repository.files.get("policies/distribution.yaml") ?? ""
    const over = release.replace("key: keys/release.asc }", "key: keys/release.asc, validUntil: 2026-11-22 }")
    world.edit("policies/distribution.yaml", release, `${over}${other}`)
    await expect(applyChange(world)).rejects.toMatchObject({ code: "signer-expired" })
    expect(writes).toEqual([])
    expect((await applyChange(await signedBy(world, "alice.key.asc"))).verified).toHaveLength(3)
  })
})

describe("apply, cut off before any one of its writes and run again", () => {
  it("ends in the same state as a run that was not cut off", async () => {
    const expected = await finalState(await testWorld())
    let writes = 0
    const counting = await testWorld({
      fault: () => {
        writes += 1
      },
    })
    await applyChange(counting)
    expect(writes).toBe(11)
    for (let fatal = 1; fatal <= writes; fatal += 1) {
      let count = 0
      const fault: Fault = what => {
        count += 1
        if (count === fatal) throw new Error(`killed before ${what}`)
      }
      const world = await testWorld({ fault })
      await expect(applyChange(world)).rejects.toThrow("killed before")
      expect(await finalState(world), `killed before write ${fatal}`).toEqual(expected)
    }
  }, 120_000)
})

describe("two applies at once", () => {
  it("release each bundle once: one wins, the other finds nothing left to do", async () => {
    const world = await testWorld()
    await Promise.all([applyChange(world), applyChange(world)])
    expect(await stateOf(world)).toEqual(await finalState(await testWorld()))
    expect((await planChange(world)).plan.steps).toEqual([])
  })
})

describe("an apply that another overtakes between reading the ledger and the catalog", () => {
  it("plans again, and finds nothing left to do", async () => {
    const world = await testWorld()
    let overtaken = false
    const store: Releases = {
      ...world.store,
      async readCatalogFile(path, maximumBytes) {
        if (!overtaken) {
          overtaken = true
          await applyChange(world)
        }
        return world.store.readCatalogFile(path, maximumBytes)
      },
    }
    const { plan } = await applyChange({ ...world, releases: () => store })
    expect(plan.steps).toEqual([])
  })
})

async function finalState(world: TestWorld) {
  await applyChange(world)
  return stateOf(world)
}

/** What is so after all runs, without what differs from build to build: keys, serials, digests. */
async function stateOf(world: TestWorld) {
  const state = parseLedger((await world.ledger.read()).files)
  const index = parseCatalogIndex(world.store.files.get("catalog/index.json") ?? new Uint8Array())
  return {
    sequence: state.sequence,
    epoch: state.epoch,
    catalog: { version: index.version, epoch: index.epoch },
    bundles: [...state.bundles.values()].map(history => ({
      name: history.bundle,
      versions: history.releases.map(release => release.version),
      candidate: history.moves.findLast(move => move.channel === "candidate")?.version,
      stable: history.moves.findLast(move => move.channel === "stable")?.version,
    })),
  }
}
