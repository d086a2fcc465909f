import { X509Certificate } from "node:crypto"
import { describe, expect, it } from "vitest"
import { buildClientCertificate, commonName, keyIdentifier } from "../../../src/artifact/x509.ts"
import { readCertificate } from "../../../src/artifact/x509-read.ts"
import { later } from "../../../src/domain/instant.ts"
import { makePki } from "../../support/pki.ts"

const pki = await makePki()
const key = (await pki.client()).publicKey
const request = {
  publicKey: key,
  commonName: "checkout",
  identity: "spiffe://example.com/payments/checkout",
  serial: Uint8Array.from({ length: 16 }, (_, index) => 0xf0 + index),
  notBefore: pki.now,
  notAfter: later(pki.now, 86_400_000),
}
const der = buildClientCertificate(request, pki.issuer.signer)
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex")

describe("a client certificate", () => {
  it("has exactly the extensions of its profile, in order", () => {
    const certificate = readCertificate(der)
    expect(certificate.extensions.map(({ oid, critical, value }) => [oid, critical, hex(value)])).toEqual([
      ["2.5.29.19", true, "3000"],
      ["2.5.29.15", true, "03020780"],
      ["2.5.29.37", false, "300a06082b06010505070302"],
      ["2.5.29.17", false, `30288626${Buffer.from(request.identity).toString("hex")}`],
      ["2.5.29.14", false, `0414${hex(keyIdentifier(key))}`],
      ["2.5.29.35", false, `30168014${hex(pki.issuer.signer.subjectKeyId)}`],
    ])
  })

  it("takes serial, names, dates and key as they were given", () => {
    const native = new X509Certificate(der)
    expect(native.serialNumber.toLowerCase()).toBe("f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff")
    expect(native.subject).toBe("CN=checkout")
    expect(native.subjectAltName).toBe(`URI:${request.identity}`)
    expect(native.validFrom).toBe("Nov 22 00:00:00 2026 GMT")
    expect(native.validTo).toBe("Nov 23 00:00:00 2026 GMT")
    expect(native.verify(new X509Certificate(pki.issuer.certificate).publicKey)).toBe(true)
    expect(Buffer.compare(readCertificate(der).publicKey, key)).toBe(0)
  })

  it("repeats the issuer's name byte for byte", () => {
    expect(hex(readCertificate(der).issuer)).toBe(hex(readCertificate(pki.issuer.certificate).subject))
  })

  it("keeps a serial number with leading zeros positive and short", () => {
    const serial = Uint8Array.from([0, 0, 0x80, ...new Uint8Array(13)])
    const short = buildClientCertificate({ ...request, serial }, pki.issuer.signer)
    expect(new X509Certificate(short).serialNumber).toBe(`80${"00".repeat(13)}`)
    expect(readCertificate(short).facts.serial).toBe(`80${"00".repeat(13)}`)
  })

  it("is not built for a serial number of zero or of 21 bytes, or a common name that is too long or empty", () => {
    const build = (change: Partial<typeof request>) => () =>
      buildClientCertificate({ ...request, ...change }, pki.issuer.signer)
    expect(build({ serial: new Uint8Array(16) })).toThrow("serial number")
    expect(build({ serial: new Uint8Array(21).fill(1) })).toThrow("serial number")
    expect(build({ commonName: "x".repeat(65) })).toThrow("common name")
    expect(build({ commonName: "" })).toThrow("common name")
    expect(() => commonName("é".repeat(64))).not.toThrow()
  })
})
