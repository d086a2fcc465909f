import { createPrivateKey, X509Certificate } from "node:crypto"
import { describe, expect, it } from "vitest"
import { assembleBundle } from "../../../src/artifact/bundle.ts"
import { sha256 } from "../../../src/artifact/digest.ts"
import { ROOT_ENTRIES } from "../../../src/artifact/layout.ts"
import { readZip } from "../../../src/artifact/zip-read.ts"
import { sampleBundle } from "../../support/bundle.ts"

const { contents, client } = await sampleBundle()
const SIX = ["java", "python", "nodejs", "gocql-astra", "csharp", "cpp"]

const read = (zip: Uint8Array): ReadonlyMap<string, Buffer> =>
  new Map(readZip(zip).entries.map(({ name, data }) => [name, Buffer.from(data ?? [])]))

const textOf = (zip: Uint8Array, name: string): string => read(zip).get(name)?.toString("utf8") ?? ""

describe("assembleBundle", () => {
  it("gives the same bytes for the same contents and random bytes", () => {
    expect(Buffer.compare(assembleBundle(contents).zip, assembleBundle(contents).zip)).toBe(0)
  })

  it("begins with the eight entries that drivers look for, and no reader can misread it", () => {
    const { entries, problems } = readZip(assembleBundle(contents).zip)
    expect(problems).toEqual([])
    expect(entries.slice(0, 10).map(entry => entry.name)).toEqual([...ROOT_ENTRIES, "README.md", "metadata.json"])
    expect(entries.slice(10).every(entry => entry.name.startsWith("examples/"))).toBe(true)
  })

  it("tells the digest of every entry, in order", () => {
    const { zip, files } = assembleBundle(contents)
    const entries = [...read(zip)].map(([name, data]) => ({ name, size: data.length, sha256: sha256(data) }))
    expect(files).toEqual(entries)
  })

  it("keeps what is secret for the owner of the file alone", () => {
    const { entries } = readZip(assembleBundle({ ...contents, drivers: [] }).zip)
    const modes = Object.fromEntries(entries.map(({ name, mode }) => [name, (mode & 0o777).toString(8)]))
    expect(modes).toEqual({
      "config.json": "600",
      "ca.crt": "644",
      cert: "644",
      key: "600",
      "cert.pfx": "600",
      "identity.jks": "600",
      "trustStore.jks": "644",
      cqlshrc: "644",
      "README.md": "644",
      "metadata.json": "644",
    })
  })

  it("holds one certificate, its key and its roots", () => {
    const { zip } = assembleBundle(contents)
    const leaf = new X509Certificate(textOf(zip, "cert"))
    expect(leaf.checkPrivateKey(createPrivateKey(textOf(zip, "key")))).toBe(true)
    expect(textOf(zip, "key")).toMatch(/^-----BEGIN PRIVATE KEY-----\n/)
    expect(textOf(zip, "cert")).toBe(client.chainPem)
    expect(new X509Certificate(textOf(zip, "ca.crt")).raw).toEqual(Buffer.from(contents.trust[0] ?? []))
    expect(read(zip).get("identity.jks")?.subarray(0, 4).toString("hex")).toBe("feedfeed")
    expect(read(zip).get("trustStore.jks")?.subarray(0, 4).toString("hex")).toBe("feedfeed")
  })

  it("brings the examples of the drivers asked for, in that order, and of no others", () => {
    const names = [...read(assembleBundle({ ...contents, drivers: ["python", "cpp"] }).zip).keys()].slice(10)
    expect(names).toEqual(["examples/python/connect.py", "examples/cpp/connect.cpp"])
  })

  it("says in metadata.json what it is", () => {
    const { zip, files } = assembleBundle({ ...contents, drivers: ["python"] })
    expect(JSON.parse(textOf(zip, "metadata.json"))).toEqual({
      apiVersion: "scb/v1",
      kind: "BundleMetadata",
      bundle: "payments-prod/checkout",
      version: "1.0.0",
      createdAt: "2026-11-22T00:00:00Z",
      validity: { notBefore: "2026-11-21T00:00:00Z", notAfter: "2027-02-20T00:00:00Z" },
      cluster: contents.cluster,
      application: "checkout",
      owner: "payments-team",
      identity: "spiffe://example.com/payments/checkout",
      role: "checkout_rw",
      keyspace: "payments",
      certificate: {
        serial: contents.certificate.serial,
        subject: contents.certificate.subject,
        keyAlgorithm: "P-256",
      },
      fingerprints: {
        certificateSha256: contents.certificate.sha256,
        publicKeySha256: contents.certificate.spkiSha256,
        rootSha256: contents.trust.map(sha256),
      },
      compatibility: contents.compatibility,
      evidence: { python: contents.platforms.get("python")?.evidence },
      keySource: "generated",
      entries: files.map(file => file.name),
    })
  })

  it("tells its reader who, where, until when, and how", () => {
    const readme = textOf(assembleBundle({ ...contents, drivers: ["python"] }).zip, "README.md")
    for (const fact of [
      "payments-prod/checkout 1.0.0",
      "`cass.example.com`, metadata port 29080, CQL port 29042",
      "`spiffe://example.com/payments/checkout`",
      "**Expires** | **2027-02-20T00:00:00Z**",
      "python examples/python/connect.py",
      "scb verify secure-connect-checkout-payments-prod.zip",
      "scb fetch payments-prod/checkout",
      contents.certificate.sha256,
    ]) {
      expect(readme).toContain(fact)
    }
  })

  it("tells its reader whether a password is needed too", () => {
    const readme = (authentication: "mutual-tls" | "password") =>
      textOf(assembleBundle({ ...contents, cluster: { ...contents.cluster, authentication } }).zip, "README.md")
    expect(readme("mutual-tls")).toContain("takes any")
    expect(readme("password")).toContain("SCB_USERNAME")
  })

  it("is published without the private entries when the key stays with its owner", async () => {
    const { contents: csr } = await sampleBundle({ keySource: "csr" })
    const { zip } = assembleBundle(csr)
    expect([...read(zip).keys()].slice(0, 5)).toEqual(["config.json", "ca.crt", "cert", "trustStore.jks", "cqlshrc"])
    expect(JSON.parse(textOf(zip, "config.json"))).toMatchObject({
      keyStorePassword: expect.stringMatching(/^\w{17}$/),
      trustStorePassword: expect.stringMatching(/^\w{17}$/),
      pfxCertPassword: expect.stringMatching(/^\w{17}$/),
    })
    expect(textOf(zip, "README.md")).toContain("scb complete secure-connect-checkout-payments-prod.zip --key")
  })

  it("mentions the private key and the passwords nowhere but in their entries", () => {
    const entries = read(assembleBundle(contents).zip)
    const { keyStorePassword, pfxCertPassword } = JSON.parse(entries.get("config.json")?.toString() ?? "")
    const keyLine = entries.get("key")?.toString().split("\n")[1] ?? "-"
    for (const [name, data] of entries) {
      if (name !== "key") expect(data.includes(keyLine), name).toBe(false)
      if (name !== "config.json")
        expect(data.includes(keyStorePassword) || data.includes(pfxCertPassword), name).toBe(false)
    }
  })

  it("refuses a platform that the catalogue does not have", () => {
    expect(() => assembleBundle({ ...contents, drivers: ["php"] })).toThrow(/php/)
  })

  it("refuses an example that C# would take for a root entry", () => {
    const python = contents.platforms.get("python")
    if (python === undefined) throw new Error("no platform python")
    const platforms = new Map([["python", { ...python, files: new Map([["sub/Config.json", "{}"]]) }]])
    expect(() => assembleBundle({ ...contents, drivers: ["python"], platforms })).toThrow(/hides an entry/)
  })

  it.each(["P-256", "RSA-2048"] as const)("stays below 64 KiB with all platforms and a key of %s", async algorithm => {
    const { contents: all } = await sampleBundle({ algorithm })
    expect(assembleBundle(all).zip.length).toBeLessThan(64 * 1024)
    expect(assembleBundle({ ...all, drivers: SIX }).zip.length).toBeLessThan(40 * 1024)
  })
})
