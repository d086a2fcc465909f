import { X509Certificate } from "node:crypto"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { readCertificate } from "../../src/artifact/x509-read.ts"
import { type Instant, instantFromMillis, parseInstant } from "../../src/domain/instant.ts"
import { renewalAt } from "../../src/domain/renewal/renewal.ts"
import { certify, makePki } from "../support/pki.ts"

const pki = await makePki()
const client = await pki.client()

function valid(notBefore: Instant, notAfter: Instant): Uint8Array {
  const profile = { subject: pki.root.signer.name, notBefore, notAfter, keyUsage: ["digitalSignature"] } as const
  return certify(client, profile, pki.issuer.signer).certificate
}

function at(text: string): Instant {
  const instant = parseInstant(text)
  if (instant === undefined) throw new Error(`no instant: ${text}`)
  return instant
}

describe("validity in a certificate", () => {
  it.each([
    ["2049-12-31T23:59:59Z", "170d3439313233313233353935395a"],
    ["2050-01-01T00:00:00Z", "180f32303530303130313030303030305a"],
    ["2028-02-29T12:00:00Z", "170d3238303232393132303030305a"],
    ["2096-02-29T23:59:59Z", "180f32303936303232393233353935395a"],
    ["2038-01-19T03:14:08Z", "170d3338303131393033313430385a"],
    ["9999-12-31T23:59:59Z", "180f39393939313233313233353935395a"],
  ])("ends at %s in the encoding of RFC 5280 §4.1.2.5", (text, encoded) => {
    const certificate = valid(at("2026-11-22"), at(text))
    expect(Buffer.from(certificate).toString("hex")).toContain(`170d3236313132323030303030305a${encoded}`)
    expect(readCertificate(certificate).facts.notAfter).toBe(at(text))
    expect(Date.parse(new X509Certificate(certificate).validTo)).toBe(at(text))
  })

  it("crosses from UTCTime to GeneralizedTime inside one certificate", () => {
    const { facts } = readCertificate(valid(at("2049-12-31T23:59:59Z"), at("2050-01-01T00:00:00Z")))
    expect(facts.notAfter - facts.notBefore).toBe(1000)
  })

  it("knows no daylight saving and no time zone", () => {
    const hour = fc.integer({ min: 0, max: 48 })
    const edge = fc.constantFrom("2027-03-28", "2027-10-31", "2027-03-14", "2027-11-07", "2028-02-28", "2049-12-31")
    const zone = fc.constantFrom("UTC", "Europe/Berlin", "America/New_York", "Pacific/Apia", "Asia/Kolkata")
    const before = process.env["TZ"]
    try {
      fc.assert(
        fc.property(edge, hour, zone, (day, hours, tz) => {
          process.env["TZ"] = tz
          const instant = instantFromMillis(at(day) + hours * 3_600_000)
          const certificate = valid(instant, instant)
          expect(readCertificate(certificate).facts.notBefore).toBe(instant)
          expect(Date.parse(new X509Certificate(certificate).validFrom)).toBe(instant)
        }),
      )
    } finally {
      if (before === undefined) delete process.env["TZ"]
      else process.env["TZ"] = before
    }
  })
})

describe("the instant of a renewal", () => {
  const exact = { afterPercent: 50, jitterPercent: 0 }
  const half = (from: string, until: string) => {
    const certificate = { notBefore: at(from), notAfter: at(until) }
    return renewalAt("a/b", { version: "1.0.0", publishedAt: certificate.notBefore, certificate }, exact)
  }

  it.each([
    ["2028-02-28", "2028-03-01", "2028-02-29"],
    ["2027-02-28", "2027-03-02", "2027-03-01"],
    ["2096-02-28", "2096-03-01", "2096-02-29"],
    ["2027-03-28T00:00:00Z", "2027-03-28T04:00:00Z", "2027-03-28T02:00:00Z"],
    ["2027-10-31T00:00:00Z", "2027-10-31T04:00:00Z", "2027-10-31T02:00:00Z"],
    ["2038-01-18T03:14:08Z", "2038-01-20T03:14:08Z", "2038-01-19T03:14:08Z"],
    ["2049-12-31", "2050-01-02", "2050-01-01"],
    ["2016-12-31T23:00:00Z", "2017-01-01T01:00:00Z", "2017-01-01"],
  ])("from %s to %s is %s, whatever the calendar does there", (from, until, middle) => {
    expect(half(from, until)).toBe(at(middle))
  })

  it("is the same in every time zone", () => {
    const zones = ["UTC", "Europe/Berlin", "America/New_York", "Pacific/Apia", "Asia/Kolkata"]
    const before = process.env["TZ"]
    try {
      const instants = zones.map(zone => {
        process.env["TZ"] = zone
        return half("2027-03-27", "2027-03-30")
      })
      expect(new Set(instants)).toEqual(new Set([at("2027-03-28T12:00:00Z")]))
    } finally {
      if (before === undefined) delete process.env["TZ"]
      else process.env["TZ"] = before
    }
  })
})
