import { describe, expect, it } from "vitest"
import { finding } from "../../../src/domain/findings.ts"
import { instantFromMillis, parseInstant } from "../../../src/domain/instant.ts"
import type { Manifest } from "../../../src/domain/manifest.ts"
import { type Delivery, type FetchSummary, renderFetchJson, renderFetchText } from "../../../src/render/fetch.ts"

const NOT_BEFORE = parseInstant("2026-11-22T09:55:00Z") ?? instantFromMillis(0)
const NOT_AFTER = parseInstant("2026-12-22T10:00:00Z") ?? instantFromMillis(0)
const SHA256 = "ab".repeat(32)
const SIGNER = "0123456789ABCDEF0123456789ABCDEF01234567"
const IDENTITY = "spiffe://example.com/payments/checkout"
const ZIP = "secure-connect-checkout-payments-prod.zip"

const MANIFEST: Manifest = {
  apiVersion: "scb/v1",
  kind: "Manifest",
  bundle: "payments-prod/checkout",
  version: "1.2.0",
  cluster: {
    name: "payments-prod",
    environment: "production",
    host: "cass.example.com",
    metadataPort: 29080,
    cqlPort: 29042,
    datacenter: "dc1",
  },
  application: "checkout",
  owner: "payments-team",
  createdAt: NOT_BEFORE,
  expiresAt: NOT_AFTER,
  epoch: 0,
  recipients: [SIGNER],
  keySource: "csr",
  payload: { name: `${ZIP}.gpg`, size: 2, sha256: "cd".repeat(32) },
  plaintext: { name: ZIP, size: 1, sha256: SHA256 },
  files: [],
  certificate: {
    serial: "0a",
    subject: "CN=checkout",
    identity: IDENTITY,
    keyAlgorithm: "P-256",
    notBefore: NOT_BEFORE,
    notAfter: NOT_AFTER,
    sha256: SHA256,
    spkiSha256: SHA256,
  },
  source: { commit: "c0", policyDigest: "aa", inputDigest: "bb" },
  issuerSha256: SHA256,
  compatibility: { nodejs: ">=4.7.0" },
  predecessor: null,
  change: { class: "major", reason: "first-release", cause: "first release", changes: [] },
  upgrades: [],
  support: {
    until: NOT_AFTER,
    afterDeprecation: { limited: "90d", securityOnly: "60d", endOfLife: "30d", archived: "365d" },
  },
  skeletonSha256: SHA256,
  generator: "scb/0.1.0",
}
const FETCHED: FetchSummary = {
  bundle: "payments-prod/checkout",
  version: "1.2.0",
  channel: "stable",
  complete: true,
  manifest: MANIFEST,
  signer: SIGNER,
  findings: [],
  warnings: [],
}
const file = (path: string): Delivery => ({ form: "file", path })
const text = (fetched: FetchSummary, delivery: Delivery | undefined) =>
  renderFetchText(fetched, delivery, { color: false })

describe("a fetched bundle as text", () => {
  it("says what it is, where it lies, whom it makes one, where it leads and until when", () => {
    expect(text(FETCHED, file("/home/me/scb.zip"))).toBe(
      [
        "verified payments-prod/checkout 1.2.0 (stable)",
        "  written to   /home/me/scb.zip",
        `  identity     ${IDENTITY}`,
        "  connects to  cass.example.com, metadata port 29080",
        "  expires      2026-12-22T10:00:00Z",
        `  signed by    ${SIGNER}`,
        "  complete     yes",
        "",
      ].join("\n"),
    )
  })

  it("names no channel for a version asked for by its number, and no place when nothing was written", () => {
    const { channel: _, ...numbered } = FETCHED
    const [title, place] = text(numbered, undefined).split("\n")
    expect([title, place]).toEqual(["verified payments-prod/checkout 1.2.0", "  written to   nowhere"])
  })

  it("says what an incomplete bundle lacks", () => {
    expect(
      text({ ...FETCHED, complete: false }, file("a.zip"))
        .split("\n")
        .at(-2),
    ).toBe("  complete     no: scb complete adds the private key, where that is")
  })

  it("says of an encrypted bundle what gpg and sha256sum have yet to show", () => {
    const { complete: _, ...sealed } = FETCHED
    expect(text(sealed, file("/tmp/b.gpg")).split("\n").slice(-5)).toEqual([
      `  encrypted    gpg --output ${ZIP} --decrypt /tmp/b.gpg`,
      "               gpg must name the signer above; sha256sum must say of the ZIP:",
      `               ${SHA256}`,
      `  then         scb complete ${ZIP} --key FILE`,
      "",
    ])
  })

  it.each<[Delivery, string]>([
    [{ form: "file" }, "stdout"],
    [{ form: "base64" }, "stdout, in base64"],
    [{ form: "secret", path: "/s.yaml" }, "/s.yaml, as a Kubernetes Secret"],
  ])("says of %j where it went, and as what", (delivery, place) => {
    expect(text(FETCHED, delivery)).toContain(`  written to   ${place}\n`)
    const { complete: _, ...sealed } = FETCHED
    expect(text(sealed, delivery)).toContain(`--decrypt ${ZIP}.gpg\n`)
  })
})

describe("a fetched bundle as JSON", () => {
  it("has the same, the digest of the ZIP, warnings and findings", () => {
    const found = { ...FETCHED, warnings: ["soon"], findings: [finding("K7", "cert", "ends soon")] }
    expect(JSON.parse(renderFetchJson(found, file("/a.zip")))).toMatchObject({
      kind: "Fetch",
      bundle: "payments-prod/checkout",
      version: "1.2.0",
      channel: "stable",
      complete: true,
      output: "file",
      path: "/a.zip",
      identity: IDENTITY,
      host: "cass.example.com",
      expiresAt: "2026-12-22T10:00:00Z",
      serial: "0a",
      sha256: SHA256,
      signer: SIGNER,
      warnings: ["soon"],
      findings: [{ code: "K7" }],
    })
  })

  it("leaves out the path when nothing was written", () => {
    expect(JSON.parse(renderFetchJson(FETCHED, undefined))).not.toHaveProperty("path")
  })
})
