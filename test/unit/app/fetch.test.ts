import { beforeAll, describe, expect, it } from "vitest"
import { fetchSealed, readCatalog, readRelease, readShard } from "../../../src/app/fetch.ts"
import { openPayload, selectVersion } from "../../../src/app/trust.ts"
import { assembleBundle } from "../../../src/artifact/bundle.ts"
import { fileDigest, sha256 } from "../../../src/artifact/digest.ts"
import { formatSums } from "../../../src/artifact/sums.ts"
import { readZip } from "../../../src/artifact/zip-read.ts"
import { later } from "../../../src/domain/instant.ts"
import { type SampleBundle, sampleBundle } from "../../support/bundle.ts"
import { bytes, DAY, eccKey, NOW, trusted } from "../../support/pgp.ts"
import { BUNDLE, customerOf, makePublisher, type Publisher, verdict } from "../../support/published.ts"

let publisher: Publisher

beforeAll(async () => {
  publisher = await makePublisher()
  await publisher.release({ version: "1.0.0" })
  await publisher.release({ version: "1.0.1" })
  await publisher.catalog()
})

describe("fetchBundle", () => {
  it("gives what the channel points at, and who vouches for it", async () => {
    const fetched = await customerOf(publisher).fetch()
    expect(fetched).toMatchObject({
      bundle: BUNDLE,
      version: "1.0.1",
      channel: "stable",
      complete: true,
      fileName: "secure-connect-checkout-payments-prod.zip",
      signer: publisher.signerKey.fingerprint,
    })
    expect(sha256(fetched.zip)).toBe(fetched.manifest.plaintext.sha256)
  })

  it("gives a version by its number", async () => {
    const fetched = await customerOf(publisher).fetch({ selector: { version: "1.0.0" } })
    expect(fetched.version).toBe("1.0.0")
    expect(fetched.channel).toBeUndefined()
  })

  it("remembers the catalog, and warns only at the first visit that there was none to compare with", async () => {
    const customer = customerOf(publisher)
    expect((await customer.fetch()).warnings).toHaveLength(1)
    expect((await customer.fetch()).warnings).toEqual([])
    expect(customer.seen.get("memory:")).toMatchObject({ version: 2, epoch: 0, issuedAt: NOW })
  })

  it("warns of a certificate that ends soon", async () => {
    await publisher.catalog({ at: later(NOW, 85 * DAY) })
    const { warnings } = await customerOf(publisher).fetch({ now: later(NOW, 85 * DAY) })
    expect(warnings.at(-1)).toBe("the certificate ends soon, at 2027-02-20T10:00:00Z")
  })

  it("knows what is not published", async () => {
    const { fetch } = customerOf(publisher)
    const now = later(NOW, 85 * DAY)
    expect(await verdict(fetch({ now, selector: { version: "9.9.9" } }))).toBe("release-missing")
    expect(await verdict(fetch({ now, selector: { channel: "candidate" } }))).toBe("release-missing")
    expect(await verdict(fetch({ now, bundle: "payments-prod/constructor" }))).toBe("release-missing")
    expect(await verdict(fetch({ now, bundle: "constructor/checkout" }))).toBe("release-missing")
    expect(await verdict(fetch({ now, bundle: "../checkout" }))).toBe("release-missing")
    const empty = await makePublisher()
    expect(await verdict(customerOf(empty).fetch())).toBe("release-missing")
  })

  it("names what is published to whoever asks for something else", async () => {
    const { fetch } = customerOf(publisher)
    const now = later(NOW, 85 * DAY)
    const hint = (text: string) => ({ hint: `published are: ${text}` })
    await expect(fetch({ now, selector: { version: "9.9.9" } })).rejects.toMatchObject(hint("1.0.0, 1.0.1"))
    await expect(fetch({ now, bundle: "payments-prod/chekout" })).rejects.toMatchObject(hint("checkout"))
    await expect(fetch({ now, bundle: "payments-prd/checkout" })).rejects.toMatchObject(hint("payments-prod"))
    await expect(customerOf(await makePublisher()).fetch()).rejects.toMatchObject({
      hint: expect.stringContaining("catalog/index.json"),
    })
  })

  it("refuses to hand out a certificate that has ended", async () => {
    const now = later(NOW, 91 * DAY)
    await publisher.catalog({ at: now })
    expect(await verdict(customerOf(publisher).fetch({ now, selector: { version: "1.0.0" } }))).toBe("bundle-invalid")
    expect(await verdict(customerOf(publisher).fetch({ now }))).toBe("release-missing")
  })

  it("says so when the reader is no recipient", async () => {
    const eve = await eccKey("eve")
    const now = later(NOW, 91 * DAY)
    expect(await verdict(customerOf(publisher, eve).fetch({ now, selector: { version: "1.0.0" } }))).toBe(
      "not-a-recipient",
    )
  })
})

describe("fetchSealed", () => {
  let sealed: Publisher

  const fetchAfter = (days: number, version = "1.0.0") =>
    fetchSealed({
      bundle: BUNDLE,
      selector: { version },
      source: "memory:",
      releases: sealed.releases,
      anchors: [trusted(sealed.signerKey)],
      state: { read: async () => undefined, remember: async () => {} },
      now: later(NOW, days * DAY + 60_000),
    })

  beforeAll(async () => {
    sealed = await makePublisher()
    await sealed.release({ version: "1.0.0" })
    await sealed.catalog()
  })

  it("gives the payload as it was published, and takes no key", async () => {
    const { payload, ...fetched } = await fetchAfter(0)
    expect(fetched).toMatchObject({
      version: "1.0.0",
      fileName: "secure-connect-checkout-payments-prod.zip.gpg",
      signer: sealed.signerKey.fingerprint,
    })
    expect(sha256(payload)).toBe(fetched.manifest.payload.sha256)
    const { privateKeyArmored } = sealed.alice
    const anchors = [trusted(sealed.signerKey)]
    const zip = await openPayload({ ...fetched, payload, identity: { privateKeyArmored }, anchors, now: NOW })
    expect(sha256(zip)).toBe(fetched.manifest.plaintext.sha256)
  })

  it("refuses what fetch refuses: another payload, an unknown version, a certificate that has ended", async () => {
    expect(await verdict(fetchAfter(0, "9.9.9"))).toBe("release-missing")
    const { files } = sealed.releases
    const payload = [...files.keys()].find(each => each.endsWith(".gpg")) ?? ""
    const good = files.get(payload) ?? new Uint8Array()
    files.set(
      payload,
      good.map(byte => byte ^ 1),
    )
    expect(await verdict(fetchAfter(0))).toBe("digest-mismatch")
    files.set(payload, good)
    await sealed.catalog({ at: later(NOW, 91 * DAY) })
    expect(await verdict(fetchAfter(91))).toBe("bundle-invalid")
  })
})

describe("readRelease", () => {
  it("verifies without any secret key, and refuses another payload", async () => {
    const other = await makePublisher()
    await other.release()
    await other.catalog()
    const { releases, signerKey } = other
    const source = { releases, anchors: [trusted(signerKey)], now: NOW }
    const { index } = await readCatalog(source, undefined)
    const shard = await readShard(source, index, "payments-prod")
    const selected = selectVersion(index, shard, BUNDLE, { channel: "stable" })
    expect(await readRelease(source, selected)).toMatchObject({ signer: signerKey.fingerprint })
    const { files } = releases
    const folder = `releases/${BUNDLE}/1.0.0/`
    const payload = [...files.keys()].find(each => each.endsWith(".gpg")) ?? ""
    files.set(payload, files.get(payload)?.map(byte => byte ^ 1) ?? new Uint8Array())
    const names = ["manifest.json", "manifest.json.asc", payload.slice(folder.length)]
    const sums = names.map(name => fileDigest(name, files.get(folder + name) ?? new Uint8Array()))
    files.set(`${folder}SHA256SUMS`, bytes(formatSums(sums)))
    expect(await verdict(readRelease(source, selected))).toBe("digest-mismatch")
  })
})

describe("fetchBundle of a bundle whose owner kept the key", () => {
  let kept: Publisher
  let sample: SampleBundle

  beforeAll(async () => {
    kept = await makePublisher()
    sample = await sampleBundle({ keySource: "csr" })
    const { zip } = assembleBundle(sample.contents)
    await kept.release({
      leaf: sample.client,
      zip: () => zip,
      manifest: manifest => ({ ...manifest, keySource: "csr" }),
    })
    await kept.catalog()
  })

  it("gives it as published, and says that the key is missing", async () => {
    const fetched = await customerOf(kept).fetch()
    expect(fetched).toMatchObject({ complete: false, findings: [] })
    expect(fetched.warnings).toContain("key source is csr: add the owner's key before a driver can use it")
    expect(sha256(fetched.zip)).toBe(fetched.manifest.plaintext.sha256)
  })

  it("completes it with the owner's key, to what drivers open without complaint", async () => {
    const fetched = await customerOf(kept).fetch({ ownerKey: { pem: sample.client.keyPem } })
    expect(fetched).toMatchObject({ complete: true, findings: [] })
    const names = readZip(fetched.zip).entries.map(entry => entry.name)
    expect(names).toEqual(expect.arrayContaining(["key", "cert.pfx", "identity.jks"]))
  })

  it("refuses a key that is not the certificate's", async () => {
    const { keyPem } = (await sampleBundle()).client
    expect(await verdict(customerOf(kept).fetch({ ownerKey: { pem: keyPem } }))).toBe("key-mismatch")
  })
})
