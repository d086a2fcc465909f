import { describe, expect, it } from "vitest"
import { decodeCertificates, decodePem, encodePem } from "../../../src/artifact/pem.ts"

const der = Uint8Array.from({ length: 100 }, (_, index) => index)
const pem = encodePem("CERTIFICATE", der)
const unreadable = expect.objectContaining({ code: "key-unreadable" })

describe("PEM", () => {
  it("is written in lines of 64 characters with a final newline", () => {
    expect(pem.split("\n").map(line => line.length)).toEqual([27, 64, 64, 8, 25, 0])
  })

  it("is read back, several blocks in order", () => {
    const blocks = decodePem(`${pem}${encodePem("PRIVATE KEY", Uint8Array.of(1, 2, 3))}`)
    expect(blocks).toEqual([
      { label: "CERTIFICATE", der, headers: {} },
      { label: "PRIVATE KEY", der: Uint8Array.of(1, 2, 3), headers: {} },
    ])
  })

  it("is read with CRLF, indented, and with text around and between blocks", () => {
    const source = `subject=CN = x\r\n${pem.replace(/\n/g, "\r\n")}\r\nissuer: y\r\n  ${pem.replace(/\n/g, "\n  ")}trailing`
    expect(decodePem(source).map(block => block.der)).toEqual([der, der])
  })

  it("is read with RFC 1421 headers", () => {
    const source = pem.replace("-----\n", "-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-CBC,00FF\n\n")
    expect(decodePem(source)).toEqual([
      { label: "CERTIFICATE", der, headers: { "Proc-Type": "4,ENCRYPTED", "DEK-Info": "AES-256-CBC,00FF" } },
    ])
  })

  it.each(["", "hello", "-----BEGIN", "\0\xff\xfe".repeat(1000)])("is absent from other text", text => {
    expect(decodePem(text)).toEqual([])
  })

  it.each([
    ["without an end", pem.slice(0, 80)],
    ["that ends under another label", pem.replace("END CERTIFICATE", "END X509 CRL")],
    ["inside another", pem.replace("AAEC", "-----BEGIN CERTIFICATE-----\nAAEC")],
    ["that is empty", "-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----"],
    ["with other characters", pem.replace("AAEC", "A*EC")],
    ["that lost a character", pem.replace("AAEC", "AEC")],
    ["that ends before it begins", `-----END CERTIFICATE-----\n${pem}`],
  ])("throws for a block %s rather than lose it", (_, source) => {
    expect(() => decodePem(source)).toThrow(unreadable)
  })

  it("holds certificates only, where certificates are asked for", () => {
    expect(decodeCertificates(pem + pem)).toEqual([der, der])
    expect(() => decodeCertificates("")).toThrow(unreadable)
    expect(() => decodeCertificates(pem + encodePem("PRIVATE KEY", der))).toThrow(unreadable)
  })
})
