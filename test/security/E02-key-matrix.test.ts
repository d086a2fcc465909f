import { beforeAll, describe, expect, it } from "vitest"
import {
  type GeneratedOpenPgpKey,
  generateOpenPgpKey,
  type TrustedKey,
  verifyDetached,
} from "../../src/artifact/openpgp.ts"
import { type Instant, later } from "../../src/domain/instant.ts"
import { BORN, bytes, DAY, eccKey, expiring, NOW, revoked, signed, trusted, withSigningSubkey } from "../support/pgp.ts"
import { verdict } from "../support/published.ts"

const data = bytes("release")
let release: GeneratedOpenPgpKey

beforeAll(async () => {
  release = await eccKey("release")
})

interface Case {
  readonly by: GeneratedOpenPgpKey
  readonly keys?: readonly TrustedKey[]
  readonly signedAt?: Instant
  readonly at?: Instant
  readonly fresh?: boolean
}

async function check({ by, keys = [trusted(by)], signedAt = NOW, ...rest }: Case): Promise<string> {
  const signatureArmored = await signed(data, by, { date: new Date(signedAt) })
  return verdict(verifyDetached({ data, signatureArmored, keys, at: NOW, subject: "it", ...rest }))
}

describe("E02 signature valid, but by the wrong key", () => {
  it("refuses a key that is not trusted, whatever its user ID says", async () => {
    const imposter = await generateOpenPgpKey({ userId: "release <release@example.com>", kind: "ecc", createdAt: BORN })
    expect(await check({ by: release })).toBe("accepted")
    expect(await check({ by: imposter, keys: [trusted(release)] })).toBe("signer-untrusted")
    expect(await check({ by: release, keys: [] })).toBe("signer-untrusted")
  })

  it("believes what an expired key signed in time, and nothing fresh", async () => {
    const expiresAt = later(BORN, 30 * DAY)
    const by = await generateOpenPgpKey({ userId: "x", kind: "ecc", createdAt: BORN, expiresAt })
    const signedAt = later(BORN, DAY)
    expect(await check({ by, signedAt })).toBe("accepted")
    expect(await check({ by, signedAt, fresh: true })).toBe("signer-expired")
  })

  it("refuses what a key signed after it had expired", async () => {
    const expired = await expiring(release, later(NOW, -DAY))
    expect(expired.fingerprint).toBe(release.fingerprint)
    expect(await check({ by: release, keys: [trusted(expired)] })).toBe("signer-expired")
  })

  it("refuses everything by a compromised key, however early it claims to be signed", async () => {
    const by = await revoked(release, "compromised", NOW)
    expect(await check({ by: release, keys: [trusted(by)], signedAt: later(BORN, DAY) })).toBe("signer-revoked")
  })

  it("refuses what a retired key signed after it was retired", async () => {
    const keys = [trusted(await revoked(release, "retired", later(NOW, -DAY)))]
    expect(await check({ by: release, keys })).toBe("signer-revoked")
    expect(await check({ by: release, keys, signedAt: later(NOW, -2 * DAY) })).toBe("accepted")
    expect(await check({ by: release, keys, signedAt: later(NOW, -2 * DAY), fresh: true })).toBe("signer-revoked")
  })

  it("tells the primary key of a signing subkey", async () => {
    const by = await withSigningSubkey("subkey")
    const signatureArmored = await signed(data, by)
    const request = { data, signatureArmored, keys: [trusted(by)], at: NOW, subject: "it" }
    expect(await verifyDetached(request)).toMatchObject({ fingerprint: by.fingerprint })
  })

  it("refuses a subkey that does not say itself that it belongs to the key", async () => {
    expect(await check({ by: await withSigningSubkey("claims", { consent: false }) })).toBe("signer-untrusted")
  })

  it("refuses a subkey that the key does not bind", async () => {
    expect(await check({ by: await withSigningSubkey("stuffed", { bound: false }) })).toBe("signer-untrusted")
  })
})
