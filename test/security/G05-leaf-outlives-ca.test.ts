import { describe, expect, it } from "vitest"
import { localAuthority } from "../../src/adapters/authority-local.ts"
import { applyChange } from "../../src/app/apply.ts"
import { planChange } from "../../src/app/plan.ts"
import { generateKeyPair, readPrivateKey } from "../../src/artifact/keys.ts"
import { commonName } from "../../src/artifact/x509.ts"
import { type Instant, later } from "../../src/domain/instant.ts"
import { parseLedger } from "../../src/schema/ledger.ts"
import { type Certified, certify, makePki } from "../support/pki.ts"
import { keyOf, passphraseOf, START, type TestWorld, testWorld } from "../support/world.ts"

const DAY = 86_400_000
const pki = await makePki()
const { now } = pki
const { publicKey } = await generateKeyPair("P-256")

async function authorityOf(days: number, above: Certified): Promise<Certified> {
  const profile = {
    subject: commonName(`CA of ${days} days`),
    notBefore: now,
    notAfter: later(now, days * DAY),
    ca: {},
    keyUsage: ["keyCertSign"],
  } as const
  return certify(await generateKeyPair("P-256"), profile, above.signer)
}

const issue = (chain: readonly Certified[], days: number) =>
  localAuthority({
    certificatePem: chain.map(each => each.certificatePem).join(""),
    keyPem: chain[0]?.keyPem ?? "",
    now,
  }).issue({
    publicKey,
    commonName: "checkout",
    identity: "spiffe://example.com/checkout",
    serial: new Uint8Array(16).fill(1),
    notBefore: now,
    notAfter: later(now, days * DAY),
  })

const refused = (...dates: readonly string[]) =>
  expect.objectContaining({
    code: "issuer-unusable",
    message: expect.stringMatching(dates.join(".*")),
    hint: expect.any(String),
  })

describe("a certificate that would outlive its CA", () => {
  it("is not issued, and both dates are named", async () => {
    const ca = await authorityOf(10, pki.root)
    await expect(issue([ca], 90)).rejects.toThrow(refused("2026-12-02T00:00:00Z", "2027-02-20T00:00:00Z"))
  })

  it("is not issued either when a CA further up ends first", async () => {
    const upper = await authorityOf(10, pki.root)
    const lower = await authorityOf(400, upper)
    await expect(issue([lower, upper], 90)).rejects.toThrow(refused("CA of 10 days", "2026-12-02T00:00:00Z"))
  })

  it("may end in the same second", async () => {
    const ca = await authorityOf(10, pki.root)
    expect((await issue([ca], 10)).certificates).toHaveLength(2)
  })
})

/** Another certificate of the demonstration's CA, over the same key. */
function shortIssuer(
  { repository }: TestWorld,
  days: number,
): { readonly certificatePem: string; readonly end: Instant } {
  const { key, publicKey: issuerKey } = readPrivateKey(keyOf(repository, "ca.key"), passphraseOf(repository))
  const end = later(START, days * DAY)
  const pair = { privateKey: key.export({ format: "der", type: "pkcs8" }), publicKey: issuerKey }
  const profile = {
    subject: commonName(`CA of ${days} days`),
    notBefore: now,
    notAfter: end,
    ca: {},
    keyUsage: ["keyCertSign", "cRLSign"],
  } as const
  return { certificatePem: certify(pair, profile, pki.root.signer).certificatePem, end }
}

describe("a repository whose issuer ends before the lifetime of its bundles", () => {
  const worldOf = async (days: number): Promise<{ world: TestWorld; end: Instant }> => {
    const world = await testWorld()
    const { certificatePem, end } = shortIssuer(world, days)
    for (const cluster of ["shop-dev", "shop-prod"]) {
      world.workspace.files.set(`bundles/${cluster}/ca/issuer.crt`, new TextEncoder().encode(certificatePem))
    }
    world.workspace.commit()
    return { world, end }
  }

  it("releases certificates that end with it, and says so", async () => {
    const { world, end } = await worldOf(10)
    const { findings } = await applyChange(world)
    expect(findings.map(({ code, severity }) => [code, severity])).toEqual(
      Array.from({ length: 3 }, () => ["R25", "warning"]),
    )
    const { bundles } = parseLedger((await world.ledger.read()).files)
    expect(
      [...bundles.values()].flatMap(({ releases }) => releases.map(({ certificate }) => certificate.notAfter)),
    ).toEqual([end, end, end])
  })

  it("does not renew them again and again up to that end; in the last tenth it raises the alarm", async () => {
    const { world } = await worldOf(10)
    await applyChange(world)
    const steps = async (days: number) => {
      const { plan, findings } = await planChange(world.at(later(START, days * DAY)))
      return [plan.steps.length, [...new Set(findings.map(({ code }) => code))].sort()]
    }
    expect(await steps(7)).toEqual([0, ["R25"]])
    expect(await steps(9.5)).toEqual([0, ["R25", "S32"]])
  })
})
