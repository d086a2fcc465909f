import { execFileSync } from "node:child_process"
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { createSecureContext } from "node:tls"
import { afterAll, describe, expect, it } from "vitest"
import { buildRequest, readRequest } from "../../src/artifact/csr.ts"
import { openKeyEntry, readJks, writeIdentityStore, writeTrustStore } from "../../src/artifact/jks.ts"
import { readPrivateKey } from "../../src/artifact/keys.ts"
import { encodePem } from "../../src/artifact/pem.ts"
import { writePkcs12 } from "../../src/artifact/pkcs12.ts"
import { RC2_40, readPkcs12 } from "../../src/artifact/pkcs12-read.ts"
import type { KeyAlgorithm } from "../../src/domain/bundle.ts"
import { seededEntropy } from "../support/entropy.ts"
import { type CertifiedLeaf, makePki, type Pki } from "../support/pki.ts"
import { hasTool } from "../support/tools.ts"

const directory = mkdtempSync(join(tmpdir(), "scb-keys-"))
afterAll(() => rmSync(directory, { recursive: true }))

const PASSWORD = "FakePassword12345"
const CLIENT_AT = ["-attime", String(Date.UTC(2026, 10, 23) / 1000)]

interface Written {
  readonly pki: Pki
  readonly client: CertifiedLeaf
  /** Absolute path of one of its files. */
  path(name: string): string
}

const written = new Map<KeyAlgorithm, Promise<Written>>()

function write(algorithm: KeyAlgorithm): Promise<Written> {
  const made = written.get(algorithm) ?? writeAll(algorithm)
  written.set(algorithm, made)
  return made
}

async function writeAll(algorithm: KeyAlgorithm): Promise<Written> {
  const pki = await makePki({ algorithm })
  const client = await pki.client()
  const entropy = seededEntropy(algorithm)
  const path = (name: string) => join(directory, `${algorithm}-${name}`)
  const common = { privateKey: client.privateKey, chain: client.chain, password: PASSWORD, createdAt: pki.now }
  writeFileSync(path("root.pem"), pki.root.certificatePem)
  writeFileSync(path("issuer.pem"), pki.issuer.certificatePem)
  writeFileSync(path("server.pem"), pki.server.certificatePem)
  writeFileSync(path("cert.pem"), client.certificatePem)
  writeFileSync(path("key.pem"), client.keyPem)
  writeFileSync(path("identity.jks"), writeIdentityStore({ ...common, alias: "client", salt: entropy.bytes(20) }))
  writeFileSync(
    path("trustStore.jks"),
    writeTrustStore({ ...common, certificates: [pki.root.certificate, pki.issuer.certificate] }),
  )
  writeFileSync(path("cert.pfx"), writePkcs12({ ...common, friendlyName: "client", randomBytes: entropy.bytes }))
  writeFileSync(path("request.pem"), encodePem("CERTIFICATE REQUEST", buildRequest(client, "checkout")))
  return { pki, client, path }
}

/** Standard output and error together: openssl and keytool are not of one mind where to speak. */
function run(command: string, ...parameters: readonly string[]): string {
  return execFileSync("sh", ["-c", '"$0" "$@" 2>&1', command, ...parameters], {
    encoding: "utf8",
    env: { ...process.env, LC_ALL: "C" },
  })
}

const openssl = (...parameters: readonly string[]) => run("openssl", ...parameters)
const keytool = (...parameters: readonly string[]) => run("keytool", "-J-Duser.language=en", ...parameters)
const fingerprint = (pem: string) =>
  openssl("x509", "-in", pem, "-noout", "-fingerprint", "-sha256").split("=")[1]?.trim()
const read = (path: string) => new Uint8Array(readFileSync(path))

const ALGORITHMS: readonly KeyAlgorithm[] = ["P-256", "P-384", "RSA-2048", "RSA-3072"]

describe.runIf(hasTool("openssl"))("openssl", () => {
  describe.each(ALGORITHMS)("for %s", async algorithm => {
    const { client, path } = await write(algorithm)

    it("verifies client and server certificate strictly, for their own purpose only", () => {
      const verify = (purpose: string, leaf: string) =>
        openssl(
          "verify",
          "-x509_strict",
          ...CLIENT_AT,
          ...["-purpose", purpose, "-CAfile", path("root.pem"), "-untrusted", path("issuer.pem"), path(leaf)],
        )
      expect(verify("sslclient", "cert.pem")).toContain(": OK")
      expect(verify("sslserver", "server.pem")).toContain(": OK")
      expect(() => verify("sslserver", "cert.pem")).toThrow()
      expect(() => verify("sslclient", "server.pem")).toThrow()
    })

    it("shows the certificate's profile", () => {
      const text = openssl("x509", "-in", path("cert.pem"), "-noout", "-text")
      for (const line of [
        "X509v3 Basic Constraints: critical\n                CA:FALSE",
        "X509v3 Key Usage: critical\n                Digital Signature\n",
        "X509v3 Extended Key Usage: \n                TLS Web Client Authentication\n",
        "X509v3 Subject Alternative Name: \n                URI:spiffe://example.com/payments/checkout\n",
        "X509v3 Subject Key Identifier:",
        "X509v3 Authority Key Identifier:",
      ]) {
        expect(text).toContain(line)
      }
    })

    it("finds the key sound and the certificate's own", () => {
      expect(openssl("pkey", "-in", path("key.pem"), "-check", "-noout")).toContain("Key is valid")
      expect(openssl("pkey", "-in", path("key.pem"), "-pubout")).toBe(
        openssl("x509", "-in", path("cert.pem"), "-noout", "-pubkey"),
      )
    })

    it("opens the PKCS#12 file", () => {
      const info = openssl("pkcs12", "-info", "-in", path("cert.pfx"), "-passin", `pass:${PASSWORD}`, "-nodes")
      expect(info).toContain("MAC: sha256, Iteration 2048")
      expect(info.match(/PBES2, PBKDF2, AES-256-CBC, Iteration 2048, PRF hmacWithSHA256/g)).toHaveLength(2)
      expect(info.match(/friendlyName: client/g)).toHaveLength(2)
      expect(info.match(/BEGIN CERTIFICATE/g)).toHaveLength(2)
      const key = openssl("pkcs12", "-in", path("cert.pfx"), "-passin", `pass:${PASSWORD}`, "-nodes", "-nocerts")
      expect(readPrivateKey(key).publicKey).toEqual(client.publicKey)
    })

    it("verifies the certificate request", () => {
      expect(openssl("req", "-in", path("request.pem"), "-noout", "-verify", "-subject")).toContain("verify OK")
    })

    it("makes requests whose possession we see proved", () => {
      const request = openssl("req", "-new", "-key", path("key.pem"), "-subj", "/CN=checkout/O=Example", "-sha256")
      const { facts, publicKey } = readRequest(Buffer.from(request))
      expect(facts).toMatchObject({ keyAlgorithm: algorithm, provesPossession: true })
      expect(publicKey).toEqual(client.publicKey)
    })

    it.each<[string, readonly string[], readonly string[]]>([
      ["as it likes best", [], ["PBES2 aes-256-cbc", "PBES2 aes-256-cbc"]],
      [
        "for old Windows",
        ["-keypbe", "PBE-SHA1-3DES", "-certpbe", "PBE-SHA1-3DES", "-macalg", "sha1"],
        Array(2).fill("pbeWithSHAAnd3-KeyTripleDES-CBC"),
      ],
      ["as Astra did", ["-legacy"], [RC2_40, "pbeWithSHAAnd3-KeyTripleDES-CBC"]],
      ["with SHA-512", ["-macalg", "sha512"], ["PBES2 aes-256-cbc", "PBES2 aes-256-cbc"]],
      ["without integrity", ["-nomac"], ["PBES2 aes-256-cbc"]],
    ])("writes PKCS#12 files %s that we open", (_, flags, encryptions) => {
      const file = path("openssl.pfx")
      openssl(
        ...["pkcs12", "-export", "-inkey", path("key.pem"), "-in", path("cert.pem"), "-certfile", path("issuer.pem")],
        ...["-out", file, "-passout", `pass:${PASSWORD}`, ...flags],
      )
      const store = readPkcs12(read(file), PASSWORD)
      expect(store.certificates).toEqual(client.chain)
      expect(store.keys.map(key => readPrivateKey(key).publicKey)).toEqual([client.publicKey])
      expect(store.encryptions).toEqual(encryptions)
      expect(() => readPkcs12(read(file), "another")).toThrow(expect.objectContaining({ code: "key-wrong-passphrase" }))
    })
  })

  it("signs requests by RSA-PSS that prove possession", async () => {
    const { path } = await write("RSA-2048")
    const request = openssl(
      ...["req", "-new", "-key", path("key.pem"), "-subj", "/CN=x", "-sha256"],
      ...["-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:32"],
    )
    expect(readRequest(Buffer.from(request)).facts.provesPossession).toBe(true)
  })

  it("signs requests by SHA-1 that prove nothing", async () => {
    const { path } = await write("RSA-2048")
    const request = openssl("req", "-new", "-key", path("key.pem"), "-subj", "/CN=x", "-sha1")
    expect(readRequest(Buffer.from(request)).facts.provesPossession).toBe(false)
  })
})

describe.runIf(hasTool("keytool"))("keytool", () => {
  describe.each(ALGORITHMS)("for %s", async algorithm => {
    const { pki, client, path } = await write(algorithm)
    const list = (file: string) => keytool("-list", "-v", "-keystore", path(file), "-storepass", PASSWORD)

    it("lists the identity as a true JKS with key and chain", () => {
      const text = list("identity.jks")
      expect(text).toContain("Keystore type: JKS")
      expect(text).toContain("Alias name: client\n")
      expect(text).toContain("Entry type: PrivateKeyEntry\nCertificate chain length: 2\n")
      expect(text).toContain(fingerprint(path("cert.pem")))
    })

    it("lists what is trusted, root first", () => {
      const text = list("trustStore.jks")
      expect(text.match(/Entry type: trustedCertEntry/g)).toHaveLength(2)
      expect(text).toContain("Alias name: remote\n")
      expect(text).toContain("Alias name: remote-2\n")
      expect(text).toContain(fingerprint(path("root.pem")))
    })

    it("lists the PKCS#12 file", () => {
      const text = list("cert.pfx")
      expect(text).toContain("Keystore type: PKCS12")
      expect(text).toContain("Alias name: client\n")
      expect(text).toContain("Certificate chain length: 2\n")
    })

    it("takes the key out of the identity under the store's one password", () => {
      const target = path("copy.p12")
      rmSync(target, { force: true })
      keytool(
        ...["-importkeystore", "-noprompt", "-srckeystore", path("identity.jks"), "-srcstorepass", PASSWORD],
        ...["-destkeystore", target, "-deststoretype", "PKCS12", "-deststorepass", PASSWORD],
      )
      const store = readPkcs12(read(target), PASSWORD)
      expect(store.keys.map(key => readPrivateKey(key).publicKey)).toEqual([client.publicKey])
      expect(store.certificates[0]).toEqual(client.certificate)
    })

    it("writes JKS that we open", () => {
      const target = path("copy.jks")
      rmSync(target, { force: true })
      keytool(
        ...["-importkeystore", "-noprompt", "-srckeystore", path("cert.pfx"), "-srcstorepass", PASSWORD],
        ...["-destkeystore", target, "-deststoretype", "JKS", "-deststorepass", PASSWORD],
      )
      const [entry] = readJks(read(target), PASSWORD)
      if (entry?.kind !== "key") throw new Error("no key entry")
      expect(entry.chain).toEqual(client.chain)
      expect(readPrivateKey(openKeyEntry(entry, PASSWORD)).publicKey).toEqual(client.publicKey)
    })

    it("writes a PKCS#12 trust store whose mark we see", () => {
      const target = path("trust.p12")
      rmSync(target, { force: true })
      keytool(
        ...["-importcert", "-noprompt", "-file", path("root.pem"), "-alias", "remote"],
        ...["-keystore", target, "-storetype", "PKCS12", "-storepass", PASSWORD],
      )
      const store = readPkcs12(read(target), PASSWORD)
      expect(store).toMatchObject({ keys: [], certificates: [pki.root.certificate], hasJavaTrustAttribute: true })
    })
  })
})

describe("Node's TLS", () => {
  it.each(ALGORITHMS)("takes key and chain from the %s PKCS#12 file", async algorithm => {
    const { path } = await write(algorithm)
    expect(() => createSecureContext({ pfx: Buffer.from(read(path("cert.pfx"))), passphrase: PASSWORD })).not.toThrow()
  })
})
