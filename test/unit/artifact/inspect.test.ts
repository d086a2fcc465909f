import { beforeAll, describe, expect, it } from "vitest"
import { inspectBundle } from "../../../src/artifact/inspect.ts"
import { certificateFacts } from "../../../src/artifact/x509-read.ts"
import { astraBundle } from "../../support/astra-bundle.ts"
import { type GoodBundle, makeGoodBundle, mutations, replaced } from "../../support/mutations.ts"

let good: GoodBundle
beforeAll(async () => {
  good = await makeGoodBundle()
})

describe("inspecting a bundle", () => {
  it("shows where it leads and until when", () => {
    const { problems, config, certificate, identity, chain, trusted } = inspectBundle(good.zip)
    expect(problems).toEqual([])
    expect(config).toEqual({
      host: "cass.example.com",
      port: 29080,
      cqlPort: 29042,
      keyspace: "payments",
      datacenter: "dc1",
      hasLogin: false,
      passwords: ["keyStorePassword", "trustStorePassword", "pfxCertPassword"].map(name => ({ name, length: 17 })),
    })
    expect(identity).toBe("spiffe://example.com/payments/checkout")
    expect(certificate).toEqual({
      ...certificateFacts(good.chain[0] ?? new Uint8Array()),
      alternativeNames: ["URI:spiffe://example.com/payments/checkout"],
      keyUsage: ["digitalSignature"],
      extendedKeyUsage: ["clientAuth"],
      signatureHash: "SHA-256",
    })
    expect(chain.map(each => each.subject)).toEqual(["CN=Test Issuing CA"])
    expect(trusted.map(each => [each.subject, each.selfSigned])).toEqual([["CN=Test Root CA", true]])
  })

  it("shows what its stores hold", () => {
    const { key, keyStore, trustStore, pfx } = inspectBundle(good.zip)
    expect(key).toEqual({ encoding: "PKCS#8", algorithm: "P-256" })
    expect(keyStore).toEqual({ format: "JKS", keys: 1, certificates: 0, aliases: ["client"] })
    expect(trustStore).toEqual({ format: "JKS", keys: 0, certificates: 1, aliases: ["remote"] })
    expect(pfx).toEqual({ keys: 1, certificates: 2, encryptions: ["PBES2 aes-256-cbc"], macHash: "sha256" })
  })

  it("shows its entries, and what it is where we made it", () => {
    const { entries, size, sha256, metadata } = inspectBundle(good.zip)
    expect(entries.map(each => each.name)).toEqual([...good.files.keys()])
    expect([size, sha256.length]).toEqual([good.zip.length, 64])
    expect(metadata).toMatchObject({
      bundle: "payments-prod/checkout",
      version: "1.0.0",
      application: "checkout",
      owner: "payments-team",
      role: "checkout_rw",
      environment: "production",
      keySource: "generated",
    })
  })

  it("shows one that Astra made", async () => {
    const { identity, metadata, key, pfx, certificate, problems } = inspectBundle((await astraBundle(good.now)).pack())
    expect([identity, metadata, problems]).toEqual([undefined, undefined, []])
    expect(key).toEqual({ encoding: "PKCS#1", algorithm: "RSA-2048" })
    expect(pfx?.encryptions).toEqual(["pbeWithSHAAnd40BitRC2-CBC", "pbeWithSHAAnd3-KeyTripleDES-CBC"])
    expect(certificate).toMatchObject({ alternativeNames: [], extendedKeyUsage: ["clientAuth", "serverAuth"] })
  })

  it("names what it cannot read, and shows the rest", () => {
    const broken = { key: Buffer.from("nothing"), "identity.jks": Buffer.from("nothing"), cqlshrc: undefined }
    const { problems, key, keyStore, pfx } = inspectBundle(replaced(good, broken))
    expect(problems.map(each => each.split(":")[0])).toEqual(["key", "identity.jks"])
    expect([key, keyStore, pfx?.keys]).toEqual([undefined, undefined, 1])
    expect(inspectBundle(Buffer.from("no ZIP")).problems).toEqual(["not-a-zip"])
  })

  it("never shows a secret, whatever the bundle is", () => {
    const body = Buffer.from(good.privateKey).toString("base64").slice(40, 80)
    const secrets = [...Object.values(good.passwords), body, Buffer.from(body, "base64").toString("hex"), "another-one"]
    const shown = mutations.map(mutation => JSON.stringify(inspectBundle(mutation.mutate(good)))).join("\n")
    expect(secrets.filter(secret => shown.includes(secret))).toEqual([])
  })
})
