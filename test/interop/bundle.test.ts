import { spawnSync } from "node:child_process"
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, describe, expect, it } from "vitest"
import { assembleBundle } from "../../src/artifact/bundle.ts"
import { completeBundle } from "../../src/artifact/complete.ts"
import { readZip } from "../../src/artifact/zip-read.ts"
import { sampleBundle } from "../support/bundle.ts"
import { hasTool } from "../support/tools.ts"

const folder = mkdtempSync(join(tmpdir(), "scb-bundle-"))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const MAXIMUM_BYTES = 64 * 1024

/** An unpacked bundle, and the passwords that its config.json tells drivers. */
interface Unpacked {
  readonly size: number
  readonly path: (name: string) => string
  readonly config: {
    readonly keyStorePassword: string
    readonly trustStorePassword: string
    readonly pfxCertPassword: string
  }
}

function unpack(name: string, zip: Uint8Array): Unpacked {
  const { entries, problems } = readZip(zip)
  expect(problems).toEqual([])
  const path = (entry: string): string => join(folder, name, entry)
  mkdirSync(join(folder, name))
  for (const { name: entry, data } of entries.slice(0, 8)) writeFileSync(path(entry), data ?? "")
  return { size: zip.length, path, config: JSON.parse(Buffer.from(entries[0]?.data ?? []).toString()) }
}

const BUNDLES = await Promise.all([
  ...(["P-256", "P-384", "RSA-2048", "RSA-3072", "RSA-4096"] as const).map(
    async (algorithm): Promise<[string, Unpacked]> => {
      const { contents } = await sampleBundle({ algorithm })
      return [algorithm, unpack(algorithm, assembleBundle(contents).zip)]
    },
  ),
  (async (): Promise<[string, Unpacked]> => {
    const { contents, client } = await sampleBundle({ keySource: "csr" })
    const published = assembleBundle(contents).zip
    return ["csr", unpack("csr", completeBundle(published, client.keyPem, undefined))]
  })(),
])

function run(command: string, args: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync(command, args, {
    encoding: "utf8",
    env: { ...process.env, LC_ALL: "C" },
  })
  expect(status, `${command} ${args[0]}: ${stderr}`).toBe(0)
  return stdout
}

describe.each(BUNDLES)("the bundle with a key of %s", (_, { size, path, config }) => {
  it("is smaller than 64 KiB with all platforms", () => {
    expect(size).toBeLessThan(MAXIMUM_BYTES)
  })

  it.runIf(hasTool("openssl"))("has a certificate, a key and a PKCS#12 that OpenSSL takes for one", () => {
    const fromCert = run("openssl", ["x509", "-in", path("cert"), "-noout", "-pubkey"])
    const fromKey = run("openssl", ["pkey", "-in", path("key"), "-pubout"])
    writeFileSync(path("pfx-password"), config.pfxCertPassword)
    const pfx = ["pkcs12", "-in", path("cert.pfx"), "-passin", `file:${path("pfx-password")}`, "-nokeys", "-clcerts"]
    writeFileSync(path("pfx-cert"), run("openssl", pfx))
    const fromPfx = run("openssl", ["x509", "-in", path("pfx-cert"), "-noout", "-pubkey"])
    expect([fromKey, fromPfx]).toEqual([fromCert, fromCert])
    run("openssl", ["verify", "-no_check_time", "-CAfile", path("ca.crt"), "-untrusted", path("cert"), path("cert")])
  })

  it.runIf(hasTool("keytool"))("has stores that Java opens with their passwords", () => {
    const identity = run("keytool", ["-list", "-keystore", path("identity.jks"), "-storepass", config.keyStorePassword])
    expect(identity).toMatch(/Keystore type: JKS[\s\S]*contains 1 entry[\s\S]*client, .*PrivateKeyEntry/)
    const trust = run("keytool", [
      "-list",
      "-keystore",
      path("trustStore.jks"),
      "-storepass",
      config.trustStorePassword,
    ])
    expect(trust).toMatch(/contains 1 entry[\s\S]*trustedCertEntry/)
  })
})
