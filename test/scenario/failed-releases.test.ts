import { describe, expect, it } from "vitest"
import { applyChange } from "../../src/app/apply.ts"
import type { Assembler } from "../../src/app/build-order.ts"
import { planChange } from "../../src/app/plan.ts"
import { readStatus } from "../../src/app/status.ts"
import { readPrivateKey } from "../../src/artifact/keys.ts"
import { commonName } from "../../src/artifact/x509.ts"
import { type ErrorCode, ScbError } from "../../src/domain/errors.ts"
import { later } from "../../src/domain/instant.ts"
import type { Ledger } from "../../src/ports.ts"
import { parseLedger } from "../../src/schema/ledger.ts"
import { certify, makePki } from "../support/pki.ts"
import { keyOf, passphraseOf, START, type TestWorld, testWorld } from "../support/world.ts"

const HOUR = 3_600_000
const DAY = 24 * HOUR
const CHECKOUT = "bundles/shop-dev/checkout.yaml"

interface Outage {
  /** Clusters whose issuer cannot be opened. */
  readonly clusters?: readonly string[]
  /** Bundles that cannot be built. */
  readonly bundles?: readonly string[]
  readonly code?: ErrorCode
}

/** The same world in an outage, and how often something was tried in it. */
function during(world: TestWorld, { clusters = [], bundles = [], code = "issuer-unusable" }: Outage) {
  const tried: string[] = []
  const fail = (what: string): never => {
    throw new ScbError(code, `${what} is down`, { hint: "wait" })
  }
  const at = (now: TestWorld["now"]): TestWorld => ({
    ...world.at(now),
    keyring: {
      ...world.keyring,
      async assembler(issuers, signer, orders, instant): Promise<Assembler> {
        for (const { cluster } of issuers) if (clusters.includes(cluster)) fail(`the issuer of ${cluster}`)
        const assembler = await world.keyring.assembler(issuers, signer, orders, instant)
        return {
          ...assembler,
          assemble: async order => {
            tried.push(order.bundle)
            return bundles.includes(order.bundle) ? fail(order.bundle) : assembler.assemble(order)
          },
        }
      },
    },
  })
  return { at, tried }
}

const attemptsOf = async (world: TestWorld, bundle: `${string}/${string}`) =>
  parseLedger((await world.ledger.read()).files)
    .bundles.get(bundle)
    ?.attempts.map(({ at, error, reason }) => ({
      at,
      error,
      reason,
    }))
const released = (outcome: Awaited<ReturnType<typeof applyChange>>) => outcome.verified.map(({ bundle }) => bundle)

describe("a bundle that cannot be built", () => {
  it("is recorded as a failed attempt in the transaction in which the others go ahead", async () => {
    const world = await testWorld()
    const outcome = await applyChange(during(world, { bundles: ["shop-prod/checkout"] }).at(START))
    expect(released(outcome)).toEqual(["shop-dev/checkout", "shop-prod/reporting"])
    expect(outcome.failed).toEqual([
      {
        bundle: "shop-prod/checkout",
        version: "1.0.0",
        reason: "first-release",
        error: { code: "issuer-unusable", message: "shop-prod/checkout is down", hint: "wait" },
      },
    ])
    expect(await attemptsOf(world, "shop-prod/checkout")).toEqual([
      { at: START, error: "issuer-unusable", reason: "first-release" },
    ])
    const [newest] = await world.ledger.history(1)
    expect(newest?.payload).toContain("2 released, 0 marked, 4 pointed")
    expect(newest?.payload).toContain("fail shop-prod/checkout 1.0.0: issuer-unusable")
  })

  it("is left alone until its back-off is over, and then built; nobody waits with it", async () => {
    const world = await testWorld()
    const down = during(world, { bundles: ["shop-prod/checkout"] })
    await applyChange(down.at(START))
    const waiting = await planChange(world.at(later(START, 0.5 * HOUR)))
    expect(waiting.plan.steps).toEqual([])
    expect(waiting.plan.nextAt).toBe(later(START, HOUR))
    expect(waiting.findings.map(({ code, subject }) => [code, subject])).toEqual([["S31", "shop-prod/checkout"]])
    await applyChange(down.at(later(START, HOUR)))
    expect((await planChange(world.at(later(START, 2.9 * HOUR)))).plan.steps).toEqual([])
    const again = await applyChange(world.at(later(START, 3 * HOUR)))
    expect(released(again)).toEqual(["shop-prod/checkout"])
    expect(await attemptsOf(world, "shop-prod/checkout")).toEqual([])
    expect((await applyChange(world.at(later(START, 3 * HOUR)))).plan.steps).toEqual([])
  })

  it("is tried at once when its input has changed", async () => {
    const world = await testWorld()
    await applyChange(during(world, { bundles: ["shop-dev/checkout"] }).at(START))
    world.edit(CHECKOUT, "keyspace: shop", "keyspace: shop2")
    expect(released(await applyChange(world))).toEqual(["shop-dev/checkout"])
  })

  it("keeps the marks that were planned for it: what is revoked is revoked, though nothing replaces it yet", async () => {
    const world = await testWorld()
    await applyChange(world)
    world.edit(CHECKOUT, "channels:", "versions:\n  1.0.0: { revoked: { reason: keyCompromise } }\nchannels:")
    const outcome = await applyChange(during(world, { bundles: ["shop-dev/checkout"] }).at(later(START, HOUR)))
    expect(outcome.failed.map(({ bundle, reason }) => [bundle, reason])).toEqual([["shop-dev/checkout", "revoked"]])
    const [checkout] = (await readStatus(world.at(later(START, HOUR)))).bundles
    expect(checkout?.versions.map(({ version, state, channels }) => [version, state, channels])).toEqual([
      ["1.0.0", "revoked", []],
    ])
    expect(released(await applyChange(world.at(later(START, 2 * HOUR))))).toEqual(["shop-dev/checkout"])
  })

  it("is tried once in one apply, even when that has to plan again", async () => {
    const world = await testWorld()
    const { at, tried } = during(world, { bundles: ["shop-prod/checkout"] })
    let overtaken = false
    const ledger: Ledger = {
      ...world.ledger,
      async commit(prepared, signature) {
        if (overtaken) return world.ledger.commit(prepared, signature)
        overtaken = true
        throw new ScbError("ledger-moved", "somebody was faster")
      },
    }
    await applyChange({ ...at(START), ledger })
    expect(tried.filter(bundle => bundle === "shop-prod/checkout")).toHaveLength(1)
    expect(await attemptsOf(world, "shop-prod/checkout")).toHaveLength(1)
  })
})

describe("an issuer that is down", () => {
  it("holds up its own cluster and no other", async () => {
    const world = await testWorld()
    const outcome = await applyChange(during(world, { clusters: ["shop-prod"] }).at(START))
    expect(released(outcome)).toEqual(["shop-dev/checkout"])
    expect(outcome.failed.map(({ bundle }) => bundle)).toEqual(["shop-prod/checkout", "shop-prod/reporting"])
    expect(await attemptsOf(world, "shop-prod/reporting")).toHaveLength(1)
  })

  it("is recorded even where nothing else is done, and the catalog follows", async () => {
    const world = await testWorld()
    const { at } = during(world, { clusters: ["shop-dev", "shop-prod"] })
    const outcome = await applyChange(at(START))
    expect(outcome.failed).toHaveLength(3)
    expect(outcome.published?.ledgerHead).toBeDefined()
    expect((await applyChange(at(START))).plan.steps).toEqual([])
    expect(released(await applyChange(world.at(later(START, HOUR))))).toHaveLength(3)
  })

  it("is outlived by certificates, however long the wait: the last tenth of a life is never slept through", async () => {
    const world = await testWorld()
    await applyChange(world)
    const { at, tried } = during(world, { clusters: ["shop-dev", "shop-prod"] })
    for (let hour = 18 * 24; hour < 29 * 24 + 20; hour += 6) await applyChange(at(later(START, hour * HOUR)))
    expect(tried).toEqual([])
    const attempts = (await attemptsOf(world, "shop-dev/checkout")) ?? []
    expect(attempts.every(({ reason }) => reason === "renewal-due")).toBe(true)
    expect(attempts.length).toBeGreaterThan(15)
    const saved = await applyChange(world.at(later(START, 29 * DAY + 22 * HOUR)))
    expect(released(saved)).toHaveLength(3)
    expect(saved.plan.steps.flatMap(step => (step.kind === "release" ? [step.reason] : []))).toEqual(
      Array.from({ length: 3 }, () => "renewal-due"),
    )
  }, 120_000)
})

describe("an issuer that has expired", () => {
  it("holds up its own cluster and no other, and stays an error", async () => {
    const world = await testWorld()
    const { key, publicKey } = readPrivateKey(keyOf(world.repository, "ca.key"), passphraseOf(world.repository))
    const pair = { privateKey: key.export({ format: "der", type: "pkcs8" }), publicKey }
    const profile = {
      subject: commonName("old CA"),
      notBefore: later(START, -10 * DAY),
      notAfter: later(START, -DAY),
      ca: {},
      keyUsage: ["keyCertSign"],
    } as const
    const { certificatePem } = certify(pair, profile, (await makePki()).root.signer)
    world.workspace.files.set("bundles/shop-prod/ca/issuer.crt", new TextEncoder().encode(certificatePem))
    world.workspace.commit()
    const outcome = await applyChange(world)
    expect(released(outcome)).toEqual(["shop-dev/checkout"])
    expect(outcome.failed.map(({ bundle, error }) => [bundle, error.code])).toEqual([
      ["shop-prod/checkout", "issuer-unusable"],
      ["shop-prod/reporting", "issuer-unusable"],
    ])
    expect(outcome.findings.map(({ code, severity }) => [code, severity])).toContainEqual(["R18", "error"])
    expect((await applyChange(world)).plan.steps).toEqual([])
  })
})

describe("a key that this run does not have", () => {
  it("is no failed attempt: whoever sets it is served at once", async () => {
    const world = await testWorld()
    const outcome = await applyChange(during(world, { clusters: ["shop-prod"], code: "key-missing" }).at(START))
    expect(released(outcome)).toEqual(["shop-dev/checkout"])
    expect(outcome.failed.map(({ error }) => error.code)).toEqual(["key-missing", "key-missing"])
    expect(await attemptsOf(world, "shop-prod/checkout")).toBeUndefined()
    expect(released(await applyChange(world))).toEqual(["shop-prod/checkout", "shop-prod/reporting"])
  })

  it("is an error where it leaves nothing to do, and nothing is written", async () => {
    const world = await testWorld()
    const { at } = during(world, { clusters: ["shop-dev", "shop-prod"], code: "key-missing" })
    await expect(applyChange(at(START))).rejects.toMatchObject({ code: "key-missing" })
    expect((await world.ledger.read()).head).toBeNull()
  })
})
