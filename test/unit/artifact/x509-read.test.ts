import { X509Certificate } from "node:crypto"
import { describe, expect, it } from "vitest"
import { encode, members, oid, parseDer, sequence, setOf, TAG, text } from "../../../src/artifact/der.ts"
import { encodePem } from "../../../src/artifact/pem.ts"
import {
  readCertificate,
  readCertificateFacts,
  readCertificates,
  verifyIssued,
} from "../../../src/artifact/x509-read.ts"
import { later } from "../../../src/domain/instant.ts"
import { makePki } from "../../support/pki.ts"

const pki = await makePki()
const client = await pki.client()
const read = (certified: { certificate: Uint8Array }) => readCertificate(certified.certificate)

describe("a certificate", () => {
  it("tells the facts that OpenSSL tells", () => {
    const native = new X509Certificate(client.certificate)
    const { facts } = read(client)
    expect(facts).toEqual({
      subject: "CN=checkout",
      issuer: "CN=Test Issuing CA",
      serial: native.serialNumber.toLowerCase(),
      notBefore: later(pki.now, -86_400_000),
      notAfter: later(pki.now, 90 * 86_400_000),
      isCa: false,
      selfSigned: false,
      keyAlgorithm: "P-256",
      keyBits: 256,
      sha256: native.fingerprint256.replace(/:/g, "").toLowerCase(),
      spkiSha256: expect.stringMatching(/^[0-9a-f]{64}$/),
      subjectKeyId: Buffer.from(client.signer.subjectKeyId).toString("hex"),
    })
  })

  it("tells what a CA may do", () => {
    const issuer = read(pki.issuer)
    expect(issuer.facts).toMatchObject({ isCa: true, selfSigned: false })
    expect(issuer.basicConstraints).toEqual({ ca: true, pathLength: 0 })
    expect([...(issuer.keyUsage ?? [])]).toEqual(["keyCertSign", "cRLSign"])
    expect(read(pki.root).facts).toMatchObject({ isCa: true, selfSigned: true })
    expect(read(pki.root).basicConstraints).toEqual({ ca: true, pathLength: undefined })
  })

  it("tells names in the order written", () => {
    expect(read(client).alternativeNames).toEqual([{ kind: "uri", value: "spiffe://example.com/payments/checkout" }])
    expect(read(pki.server).alternativeNames).toEqual([{ kind: "dns", value: "cass.example.com" }])
  })

  it("shows names without letting them write on the terminal", async () => {
    const attribute = (dotted: string, tag: number, value: string) => setOf(sequence(oid(dotted), text(tag, value)))
    const subject = sequence(
      attribute("2.5.4.10", TAG.PRINTABLE_STRING, "A, B"),
      attribute("2.5.4.3", TAG.UTF8_STRING, "x\u001b[31m\u202ey"),
      attribute("1.2.3", TAG.UTF8_STRING, "z"),
    )
    const { facts } = read(await pki.client({ profile: { subject } }))
    expect(facts.subject).toBe("O=A\\, B, CN=x\\1b[31m\\e280aey, 1.2.3=z")
  })

  it("is issued by whose name it bears and whose key signed it, and by nobody else", async () => {
    const stranger = await makePki({ name: "Stranger" })
    const namesake = await makePki({ name: "Test", now: later(pki.now, 1000) })
    expect(verifyIssued(read(client), read(pki.issuer))).toBe(true)
    expect(verifyIssued(read(pki.root), read(pki.root))).toBe(true)
    expect(verifyIssued(read(client), read(pki.root))).toBe(false)
    expect(verifyIssued(read(client), read(stranger.issuer))).toBe(false)
    expect(verifyIssued(read(client), read(namesake.issuer))).toBe(false)
  })

  it("is refused when it names two signature algorithms", () => {
    const [body, , signature] = members(parseDer(client.certificate))
    const other = sequence(oid("1.2.840.10045.4.3.3"))
    const forged = sequence(body?.raw ?? other, other, signature?.raw ?? other)
    expect(() => readCertificate(forged)).toThrow(expect.objectContaining({ code: "key-unreadable" }))
  })

  it("is refused when an extension stands twice", async () => {
    const twice = { oid: "2.5.29.15", critical: true, value: encode(TAG.BIT_STRING, Uint8Array.of(2, 4)) }
    const bad = await pki.client({ profile: { extraExtensions: [twice] } })
    expect(() => read(bad)).toThrow(expect.objectContaining({ code: "key-unreadable" }))
  })

  it("throws nothing but key-unreadable when cut anywhere", () => {
    for (let length = 0; length < client.certificate.length; length++) {
      const cut = () => readCertificate(client.certificate.subarray(0, length))
      expect(cut).toThrow(expect.objectContaining({ code: "key-unreadable" }))
    }
  })
})

describe("a PEM file of certificates", () => {
  it("gives all of them in order", () => {
    const file = Buffer.from(pki.root.certificatePem + pki.issuer.certificatePem)
    expect(readCertificates(file).map(each => each.facts.subject)).toEqual(["CN=Test Root CA", "CN=Test Issuing CA"])
  })

  it("is a problem, not an exception, when it is something else", () => {
    for (const source of ["", "text", client.keyPem, encodePem("CERTIFICATE", Uint8Array.of(1, 2, 3))]) {
      expect(readCertificateFacts(Buffer.from(source))).toEqual({ ok: false, problem: expect.any(String) })
    }
  })
})
