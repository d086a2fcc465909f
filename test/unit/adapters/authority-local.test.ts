import { createPrivateKey } from "node:crypto"
import { describe, expect, it } from "vitest"
import { localAuthority } from "../../../src/adapters/authority-local.ts"
import { generateKeyPair } from "../../../src/artifact/keys.ts"
import { commonName, EXTENDED_KEY_USAGE } from "../../../src/artifact/x509.ts"
import { verifyChain } from "../../../src/artifact/x509-chain.ts"
import { readCertificate } from "../../../src/artifact/x509-read.ts"
import { type Instant, later } from "../../../src/domain/instant.ts"
import { certify, makePki } from "../../support/pki.ts"

const DAY = 86_400_000
const pki = await makePki()
const { now } = pki
const { publicKey } = await generateKeyPair("P-256")
const request = {
  publicKey,
  commonName: "checkout",
  identity: "spiffe://example.com/payments/checkout",
  serial: Uint8Array.from({ length: 16 }, (_, index) => index + 1),
  notBefore: now,
  notAfter: later(now, 90 * DAY),
}
const code = (expected: string) => expect.objectContaining({ code: expected })
const good = { certificatePem: pki.issuer.certificatePem, keyPem: pki.issuer.keyPem, now }

describe("the local authority", () => {
  it("issues a certificate that verifies under its root", async () => {
    const { certificates } = await localAuthority(good).issue(request)
    const [leaf, ...chain] = certificates.map(readCertificate)
    if (leaf === undefined) throw new Error("no certificate")
    const root = readCertificate(pki.root.certificate)
    expect(verifyChain(leaf, chain, [root], now, EXTENDED_KEY_USAGE.clientAuth)).toEqual([])
    expect(leaf.facts.serial).toBe("0102030405060708090a0b0c0d0e0f10")
  })

  it("sends the intermediates and leaves the root out", async () => {
    const issuing = certify(
      await generateKeyPair("P-256"),
      {
        subject: commonName("Lower CA"),
        notBefore: now,
        notAfter: later(now, 400 * DAY),
        ca: {},
        keyUsage: ["keyCertSign"],
      },
      pki.issuer.signer,
    )
    const file = [issuing, pki.root, pki.issuer].map(each => each.certificatePem).join("")
    const { certificates } = await localAuthority({ certificatePem: file, keyPem: issuing.keyPem, now }).issue(request)
    expect(certificates.slice(1)).toEqual([issuing.certificate, pki.issuer.certificate])
  })

  it("sends the leaf alone under a root that issues itself", async () => {
    const authority = localAuthority({ certificatePem: pki.root.certificatePem, keyPem: pki.root.keyPem, now })
    expect((await authority.issue(request)).certificates).toHaveLength(1)
  })

  it("needs the key of its own certificate", () => {
    expect(() => localAuthority({ ...good, keyPem: pki.root.keyPem })).toThrow(code("key-mismatch"))
    expect(() => localAuthority({ ...good, keyPem: "none" })).toThrow(code("key-unreadable"))
    expect(() => localAuthority({ ...good, certificatePem: "none" })).toThrow(code("key-unreadable"))
  })

  it("is no authority without the right to issue", async () => {
    const leaf = await pki.client()
    expect(() => localAuthority({ certificatePem: leaf.certificatePem, keyPem: leaf.keyPem, now })).toThrow(
      code("issuer-unusable"),
    )
    const mute = certify(await generateKeyPair("P-256"), {
      subject: commonName("Mute CA"),
      notBefore: now,
      notAfter: later(now, DAY),
      ca: {},
      keyUsage: ["digitalSignature"],
    })
    expect(() => localAuthority({ certificatePem: mute.certificatePem, keyPem: mute.keyPem, now })).toThrow(
      code("issuer-unusable"),
    )
  })

  it("is no authority before and after its time", () => {
    for (const at of [later(now, -2 * DAY), later(now, 1826 * DAY)] as Instant[]) {
      expect(() => localAuthority({ ...good, now: at })).toThrow(code("issuer-unusable"))
    }
  })

  it("opens an encrypted key with its passphrase", () => {
    const keyPem = createPrivateKey(pki.issuer.keyPem)
      .export({ type: "pkcs8", format: "pem", cipher: "aes-256-cbc", passphrase: "correct horse" })
      .toString()
    expect(() => localAuthority({ ...good, keyPem, passphrase: "correct horse" })).not.toThrow()
    expect(() => localAuthority({ ...good, keyPem, passphrase: "wrong" })).toThrow(code("key-wrong-passphrase"))
    expect(() => localAuthority({ ...good, keyPem })).toThrow(code("key-wrong-passphrase"))
  })
})
