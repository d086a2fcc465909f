import { describe, expect, it } from "vitest"
import type { BundleInspection, InspectedCertificate } from "../../../src/domain/inspection.ts"
import { instantFromMillis, later, parseInstant } from "../../../src/domain/instant.ts"
import { renderInspectionJson, renderInspectionText } from "../../../src/render/inspection.ts"

const NOW = parseInstant("2026-11-22T10:00:00Z") ?? instantFromMillis(0)
const DAY = 86_400_000
const CERTIFICATE: InspectedCertificate = {
  subject: "CN=checkout",
  issuer: "CN=Clients CA",
  serial: "0a",
  notBefore: NOW,
  notAfter: later(NOW, 30 * DAY),
  isCa: false,
  selfSigned: false,
  keyAlgorithm: "P-256",
  keyBits: 256,
  sha256: "ab".repeat(32),
  spkiSha256: "cd".repeat(32),
  alternativeNames: ["URI:spiffe://example.com/checkout"],
  keyUsage: ["digitalSignature"],
  extendedKeyUsage: ["clientAuth"],
  signatureHash: "SHA-256",
}
const BUNDLE: BundleInspection = {
  size: 1234,
  sha256: "ef".repeat(32),
  entries: [{ name: "config.json", size: 453, compressedSize: 200, modifiedAt: NOW }],
  problems: [],
  config: {
    host: "cass.example.com",
    port: 29080,
    passwords: [{ name: "keyStorePassword", length: 17 }],
    hasLogin: true,
  },
  certificate: CERTIFICATE,
  chain: [{ ...CERTIFICATE, subject: "CN=Clients CA" }],
  trusted: [{ ...CERTIFICATE, subject: "CN=Server Root" }],
  identity: "spiffe://example.com/checkout",
  key: { encoding: "PKCS#8", algorithm: "P-256" },
  keyStore: { format: "JKS", keys: 1, certificates: 0, aliases: ["client"] },
  trustStore: { format: "PKCS#12", keys: 0, certificates: 2, aliases: [] },
  pfx: { keys: 1, certificates: 2, encryptions: ["PBES2 aes-256-cbc", "PBES2 aes-256-cbc"] },
}
const text = (inspection: BundleInspection, now = NOW) => renderInspectionText(inspection, now, { color: false })

describe("an inspection as text", () => {
  it("shows where the bundle leads, whom it makes one and until when, what is in it, and no more of a password than its length", () => {
    expect(text(BUNDLE)).toBe(
      [
        "bundle",
        "  size     1234 bytes",
        `  SHA-256  ${"ef".repeat(32)}`,
        "",
        "connects to",
        "  host           cass.example.com",
        "  metadata port  29080",
        "  passwords      keyStorePassword (17 characters)",
        "  login in file  yes: user name or password",
        "",
        "client certificate",
        "  identity     spiffe://example.com/checkout",
        "  subject      CN=checkout",
        "  issuer       CN=Clients CA",
        "  valid        2026-11-22T10:00:00Z to 2026-12-22T10:00:00Z (30 days left)",
        "  serial       0a",
        "  key          P-256",
        "  signed with  SHA-256",
        "  key usage    digitalSignature, clientAuth",
        `  SHA-256      ${"ab".repeat(32)}`,
        "  chain        1 further certificate",
        "  trusts       CN=Server Root",
        "",
        "key material",
        "  key             PKCS#8, P-256",
        "  identity.jks    JKS, 1 key, 0 certificates: client",
        "  trustStore.jks  PKCS#12, 0 keys, 2 certificates",
        "  cert.pfx        1 key, 2 certificates, PBES2 aes-256-cbc",
        "",
        "entries",
        "  config.json  453 bytes",
        "",
      ].join("\n"),
    )
  })

  it("says that a certificate has expired, from its last instant on", () => {
    expect(text(BUNDLE, later(NOW, 30 * DAY - 1000))).toContain("(0 days left)")
    expect(text(BUNDLE, later(NOW, 30 * DAY))).toContain("(expired)")
  })

  it("shows of what is no bundle its size, its digest and the problems", () => {
    const { size, sha256 } = BUNDLE
    const nothing = { size, sha256, entries: [], problems: ["it is no ZIP"], chain: [], trusted: [] }
    expect(text(nothing)).toBe(`bundle\n  size     1234 bytes\n  SHA-256  ${sha256}\n\nproblems\n  it is no ZIP\n`)
  })
})

describe("an inspection as JSON", () => {
  it("has all of it, with instants as text", () => {
    const written = JSON.parse(renderInspectionJson(BUNDLE))
    expect(written).toMatchObject({
      kind: "Inspection",
      certificate: { notBefore: "2026-11-22T10:00:00Z", notAfter: "2026-12-22T10:00:00Z" },
      entries: [{ name: "config.json", modifiedAt: "2026-11-22T10:00:00Z" }],
      config: BUNDLE.config,
      keyStore: BUNDLE.keyStore,
    })
    expect(Object.keys(written).sort()).toEqual(["apiVersion", "kind", ...Object.keys(BUNDLE)].sort())
  })
})
