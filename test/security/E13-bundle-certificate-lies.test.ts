import { beforeAll, describe, expect, it } from "vitest"
import { checkBundle } from "../../src/artifact/checks/check-bundle.ts"
import { bitString, integer, nul, oid, sequence } from "../../src/artifact/der.ts"
import { encodePem } from "../../src/artifact/pem.ts"
import { commonName, EXTENDED_KEY_USAGE } from "../../src/artifact/x509.ts"
import { later } from "../../src/domain/instant.ts"
import { type GoodBundle, identified, leafOf, makeGoodBundle, mutations, replaced } from "../support/mutations.ts"
import { certify } from "../support/pki.ts"

let good: GoodBundle
beforeAll(async () => {
  good = await makeGoodBundle()
})

describe("a certificate that lies inside of a bundle is named", () => {
  it.each([
    ["CA:TRUE in the leaf", "a leaf that is a CA", "K2"],
    ["an issuer that is none", "an issuer that is no CA", "K2"],
    ["a longer path than allowed", "an issuer below one that allows none", "K2"],
    ["a breach of name constraints", "a name that its issuer may not give", "K2"],
    ["a signature by another key of the issuer's name", "cert with an issuer of the right name and another key", "K2"],
    ["an extended key usage for servers", "a leaf for servers only", "K5"],
    ["a key usage without digitalSignature", "a leaf that may not sign", "K5"],
    ["an unknown critical extension", "an unknown critical extension", "K5"],
    ["a key of the same kind that does not match", "another key of the same algorithm", "K4"],
    ["a key of another kind", "a key of another algorithm", "K4"],
    ["another identity for Java", "another identity in identity.jks", "K4"],
    ["another identity for C#", "another identity in cert.pfx", "K4"],
    ["the end of its validity", "a leaf that expired", "K7"],
    ["a notBefore in the future", "a leaf from the future", "K7"],
    ["a life of ten years", "a leaf for ten years", "K7"],
    ["RSA of 1024 bits", "a leaf with RSA of 1024 bits", "K8"],
    ["SHA-1", "a leaf signed with SHA-1", "K8"],
  ] as const)("%s", (_, name, row) => {
    const mutation = mutations.find(each => each.name === name)
    const findings = checkBundle(mutation?.mutate(good) ?? new Uint8Array(), good.now)
    expect([...new Set(findings.map(each => each.code))]).toEqual([row])
  })

  it("one with several lies has each of them told", () => {
    const { now } = good
    const liar = leafOf(good, {
      notBefore: later(now, -4000 * 86_400_000),
      notAfter: later(now, -1000),
      extendedKeyUsage: [EXTENDED_KEY_USAGE.serverAuth],
      extraExtensions: [{ oid: "1.3.6.1.4.1.55555.2", critical: true, value: nul() }],
    })
    const findings = checkBundle(identified(good, liar), now)
    expect(findings.map(each => each.code).sort()).toEqual(["K5", "K5", "K7", "K7"])
  })
})

describe("hostile certificates cost no more time than they are worth", () => {
  it("when there are as many as an entry holds", () => {
    const pem = encodePem("CERTIFICATE", good.chain[1] ?? nul())
    const many = Buffer.from(pem.repeat(Math.floor((1 << 20) / pem.length)))
    const findings = checkBundle(replaced(good, { cert: many, "ca.crt": many }), good.now)
    expect(findings.map(each => each.code)).toEqual(["K1", "K2"])
  })

  it("when their keys have 16384 bits", () => {
    const modulus = Buffer.alloc(2048, 0xa5)
    const rsa = sequence(oid("1.2.840.113549.1.1.1"), nul())
    const publicKey = sequence(rsa, bitString(sequence(integer(modulus), integer(modulus))))
    const subject = commonName("Enormous")
    const validity = { notBefore: good.now, notAfter: later(good.now, 86_400_000) }
    const signedBy = { ...good.weak, publicKey }
    const { certificate } = certify(signedBy, { ...validity, subject, ca: {}, keyUsage: ["keyCertSign"] })
    const roots = Buffer.from(encodePem("CERTIFICATE", certificate).repeat(64))
    const findings = checkBundle(replaced(good, { "ca.crt": roots }), good.now)
    expect(new Set(findings.map(each => each.code))).toEqual(new Set(["K1", "J2"]))
  })
})
