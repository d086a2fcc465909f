import { readFileSync } from "node:fs"
import { describe, expect, it } from "vitest"
import { CHECKS, LIMITS, verifySignature } from "../../../src/app/trust.ts"
import { bytes, eccKey, NOW, signed, trusted } from "../../support/pgp.ts"

const page = readFileSync(new URL("../../../docs/verification.md", import.meta.url), "utf8")

describe("docs/verification.md", () => {
  it("tells the checks in the order in which they are made", () => {
    const rows = [...page.matchAll(/^\| (\d+) \| (\w+) \|/gm)].map(([, number, check]) => [Number(number), check])
    expect(rows).toEqual(CHECKS.map((check, index) => [index + 1, check]))
  })

  it("tells the limits", () => {
    const size = (limit: number) => (limit < 1 << 20 ? `${limit >> 10} KiB` : `${limit >> 20} MiB`)
    const { index, shard, revocationList, manifest, signature, sums, payload } = LIMITS
    expect(page).toContain(
      `Index ${size(index)}, shard ${size(shard)}, revocation list ${size(revocationList)}, manifest ${size(manifest)}, ` +
        `signature ${size(signature)}, SHA256SUMS ${size(sums)}, payload and ZIP ${size(payload)} each.`,
    )
  })
})

describe("verifySignature", () => {
  it("tells the signer, by the full fingerprint of the primary key", async () => {
    const key = await eccKey("release")
    const data = bytes("a ledger commit")
    const claim = { data, signature: await signed(data, key), anchors: [trusted(key)], now: NOW, subject: "it" }
    expect(await verifySignature(claim)).toEqual({ fingerprint: key.fingerprint, createdAt: NOW })
  })
})
