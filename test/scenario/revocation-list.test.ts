import { describe, expect, it } from "vitest"
import { applyChange } from "../../src/app/apply.ts"
import { planChange } from "../../src/app/plan.ts"
import { readRevocationList } from "../../src/artifact/crl.ts"
import { ScbError } from "../../src/domain/errors.ts"
import { type Instant, later } from "../../src/domain/instant.ts"
import type { RevokedCertificate } from "../../src/domain/revocation/revocation-list.ts"
import { CATALOG_INDEX, revocationListPath } from "../../src/ports.ts"
import { parseCatalogIndex } from "../../src/schema/documents.ts"
import { parseLedger } from "../../src/schema/ledger.ts"
import { START, type TestWorld, testWorld } from "../support/world.ts"

const HOUR = 3_600_000
const DAY = 24 * HOUR
const DEV = "bundles/shop-dev/checkout.yaml"
const PROD = "bundles/shop-prod/checkout.yaml"

describe("the list of an issuer", () => {
  it("is there from the first release on, and says nothing as long as nothing is revoked", async () => {
    const { world, at } = await released()
    const { complete, delta, clusters } = await listOf(at(0))
    expect(clusters).toEqual(["shop-dev", "shop-prod"])
    expect(complete.revoked).toEqual([])
    expect(delta).toBeUndefined()
    expect(complete.nextUpdate).toBe(
      parseCatalogIndex(world.store.files.get(CATALOG_INDEX) ?? new Uint8Array()).expiresAt,
    )
  })

  it("has what was revoked, with reason and instant; the delta has only what is new", async () => {
    const { world, at } = await released()
    const first = await listOf(at(0))
    revoke(world, DEV, "keyCompromise")
    await applyChange(at(HOUR))
    const second = await listOf(at(HOUR))
    const [dev] = await serials(world, "shop-dev/checkout")
    const compromised = { serial: dev, revokedAt: later(START, HOUR), reason: "keyCompromise" }
    expect(second.complete.revoked).toEqual([compromised])
    expect(second.delta).toMatchObject({ base: first.complete.number, revoked: [compromised] })
    revoke(world, PROD, "unspecified")
    await applyChange(at(2 * HOUR))
    const third = await listOf(at(2 * HOUR))
    const [prod] = await serials(world, "shop-prod/checkout")
    expect(new Set(third.complete.revoked.map(({ serial }) => serial))).toEqual(new Set([dev, prod]))
    expect(third.delta?.revoked).toEqual([{ serial: prod, revokedAt: later(START, 2 * HOUR), reason: "unspecified" }])
    const numbers = [first, second, third].map(({ complete }) => BigInt(`0x${complete.number}`))
    expect(numbers).toEqual([...new Set(numbers)].sort((a, b) => (a < b ? -1 : 1)))
  })

  it("is renewed with the catalog, at half of its life, when nothing else is due", async () => {
    const { at } = await released()
    const { number } = (await listOf(at(0))).complete
    expect((await planChange(at(3 * DAY))).plan.catalog).toBeUndefined()
    const { plan } = await applyChange(at(4 * DAY))
    expect(plan).toMatchObject({ steps: [], catalog: "half of its life is over" })
    const renewed = await listOf(at(4 * DAY))
    expect(BigInt(`0x${renewed.complete.number}`)).toBeGreaterThan(BigInt(`0x${number}`))
    expect(renewed.delta).toMatchObject({ base: number, revoked: [] })
    expect((await applyChange(at(4 * DAY))).published).toBeUndefined()
  })

  it("stays until it ends while the issuer's key is away, with a warning, and holds up no revocation", async () => {
    const { world, at } = await released()
    const before = await listOf(at(0))
    revoke(world, DEV, "keyCompromise")
    const { refused, findings } = await applyChange(withoutIssuer(at(HOUR)))
    expect(refused).toEqual([{ bundle: "shop-dev/checkout", version: "1.0.0" }])
    expect(findings.map(({ code }) => code)).toContain("S48")
    expect((await listOf(at(HOUR))).complete.number).toBe(before.complete.number)
    const late = withoutIssuer(at(8 * DAY))
    expect((await applyChange(late)).findings.map(({ code }) => code)).toContain("S48")
    expect(Object.keys(indexOf(world).revocationLists)).toEqual([])
    await applyChange(at(12 * DAY))
    expect((await listOf(at(12 * DAY))).complete.revoked).toHaveLength(1)
  })

  it("names an expired certificate once more and then no longer; its version stays revoked", async () => {
    const { world, at } = await released()
    revoke(world, DEV, "keyCompromise")
    await applyChange(at(HOUR))
    const [serial] = await serials(world, "shop-dev/checkout")
    const { notAfter } = (await ledgerOf(world)).bundles.get("shop-dev/checkout")?.releases[0]?.certificate ?? {}
    const expiry = ((notAfter ?? START) - START) as number
    await applyChange(at(expiry - DAY))
    const lists: (readonly RevokedCertificate[] | undefined)[] = []
    for (const days of [4, 8, 12]) {
      await applyChange(at(expiry + days * DAY))
      lists.push((await listOf(at(expiry + days * DAY))).complete.revoked)
    }
    expect(lists.map(list => list?.some(each => each.serial === serial))).toEqual([true, false, false])
  })
})

async function released(): Promise<{ readonly world: TestWorld; at(after: number): TestWorld }> {
  const world = await testWorld()
  await applyChange(world)
  return { world, at: after => world.at(later(START, after) as Instant) }
}

function revoke(world: TestWorld, file: string, reason: string): void {
  world.edit(file, "channels:", `versions:\n  1.0.0: { revoked: { reason: ${reason} } }\nchannels:`)
}

/** The key of the issuer is somewhere else; that of the releases is here. */
function withoutIssuer(world: TestWorld): TestWorld {
  const missing = async () => {
    throw new ScbError("key-missing", "the issuer key is not here")
  }
  return { ...world, keyring: { ...world.keyring, authority: missing, assembler: missing } }
}

function indexOf({ store }: TestWorld) {
  return parseCatalogIndex(store.files.get(CATALOG_INDEX) ?? new Uint8Array())
}

async function listOf(world: TestWorld) {
  const [entry] = Object.values(indexOf(world).revocationLists)
  if (entry === undefined) throw new Error("the catalog has no revocation list")
  const read = ({ sha256 }: { readonly sha256: string }) =>
    readRevocationList(world.store.files.get(revocationListPath(sha256)) ?? new Uint8Array())
  return { ...entry, complete: read(entry.complete), delta: entry.delta && read(entry.delta) }
}

async function ledgerOf(world: TestWorld) {
  return parseLedger((await world.ledger.read()).files)
}

async function serials(world: TestWorld, bundle: "shop-dev/checkout" | "shop-prod/checkout") {
  return (await ledgerOf(world)).bundles.get(bundle)?.releases.map(({ certificate }) => certificate.serial) ?? []
}
