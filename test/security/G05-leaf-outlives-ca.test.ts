import { describe, expect, it } from "vitest"
import { localAuthority } from "../../src/adapters/authority-local.ts"
import { generateKeyPair } from "../../src/artifact/keys.ts"
import { commonName } from "../../src/artifact/x509.ts"
import { later } from "../../src/domain/instant.ts"
import { type Certified, certify, makePki } from "../support/pki.ts"

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
