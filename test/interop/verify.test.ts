import { execFileSync } from "node:child_process"
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { checkBundle } from "../../src/artifact/checks/check-bundle.ts"
import type { Finding } from "../../src/domain/findings.ts"
import { type AstraBundle, astraBundle } from "../support/astra-bundle.ts"
import { hasTool } from "../support/tools.ts"
import { NOW } from "../support/zip.ts"

/** Bundles made by the programs that people make them with: no byte of theirs comes from our own writers. */
const folder = mkdtempSync(join(tmpdir(), "scb-verify-"))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

let astra: AstraBundle
beforeAll(async () => {
  astra = await astraBundle(NOW)
  writeFileSync(at("cert"), astra.material.certPem)
  writeFileSync(at("key"), astra.material.keyPem)
  writeFileSync(at("ca.crt"), astra.material.caPem)
})

function at(name: string): string {
  return join(folder, name)
}

function run(program: string, ...args: readonly string[]): void {
  execFileSync(program, args, { cwd: folder, stdio: ["ignore", "ignore", "pipe"] })
}

/** What is said beside the ten years of every bundle here. */
function rows(zip: Uint8Array): readonly string[] {
  return checkBundle(zip, NOW, { maximumLifetimeDays: 4000 }).map(summary)
}

function summary({ code, severity, breaks = [] }: Finding): string {
  return [code, severity, ...breaks].join(" ")
}

/** cert.pfx by OpenSSL. */
function pfx(...how: readonly string[]): Uint8Array {
  const { passwords } = astra.material
  const password = ["-passout", `pass:${passwords.pfx}`]
  run(
    "openssl",
    "pkcs12",
    "-export",
    "-inkey",
    "key",
    "-in",
    "cert",
    "-certfile",
    "ca.crt",
    "-out",
    "pfx",
    ...password,
    ...how,
  )
  return readFileSync(at("pfx"))
}

describe.runIf(hasTool("openssl"))("files of OpenSSL", () => {
  it("cert.pfx with AES has no finding", () => {
    expect(rows(astra.pack({ "cert.pfx": pfx() }))).toEqual([])
  })

  it("cert.pfx with RC2-40 and one MAC iteration, as Astra has it, is P2", () => {
    const zip = astra.pack({ "cert.pfx": pfx("-legacy", "-certpbe", "PBE-SHA1-RC2-40", "-nomaciter") })
    expect(rows(zip)).toEqual(["P2 warning csharp"])
  })

  it("cert.pfx with 3DES has no finding", () => {
    const zip = astra.pack({ "cert.pfx": pfx("-legacy", "-certpbe", "PBE-SHA1-3DES", "-keypbe", "PBE-SHA1-3DES") })
    expect(rows(zip)).toEqual([])
  })

  it("a PKCS#12 without a key under the name of trustStore.jks is J2", () => {
    const password = `pass:${astra.material.passwords.trustStore}`
    run("openssl", "pkcs12", "-export", "-nokeys", "-in", "ca.crt", "-out", "trust", "-passout", password)
    const zip = astra.pack({ "cert.pfx": pfx(), "trustStore.jks": readFileSync(at("trust")) })
    expect(rows(zip)).toEqual(["J2 error java java3"])
  })

  it("a key that is encrypted is K3", () => {
    run("openssl", "pkcs8", "-topk8", "-in", "key", "-out", "encrypted", "-passout", "pass:test-passphrase")
    const zip = astra.pack({ "cert.pfx": pfx(), key: readFileSync(at("encrypted")) })
    expect(rows(zip)).toEqual(["K3 error python nodejs cpp gocql-astra cql-proxy zdm-proxy cqlsh"])
  })
})

describe.runIf(hasTool("keytool") && hasTool("openssl"))("files of keytool", () => {
  function keystore(type: "JKS" | "PKCS12", keyPassword?: string): Uint8Array {
    const { passwords } = astra.material
    const name = `identity-${type}-${keyPassword}`
    writeFileSync(at(`${name}.p12`), pfx())
    run(
      "keytool",
      "-importkeystore",
      ...["-srckeystore", `${name}.p12`, "-srcstoretype", "PKCS12", "-srcstorepass", passwords.pfx, "-srcalias", "1"],
      ...["-destkeystore", name, "-deststoretype", type, "-deststorepass", passwords.keyStore, "-destalias", "client"],
      ...["-destkeypass", keyPassword ?? passwords.keyStore],
    )
    return readFileSync(at(name))
  }

  function trustStore(type: "JKS" | "PKCS12"): Uint8Array {
    const store = ["-keystore", `trust-${type}`, "-storetype", type, "-storepass", astra.material.passwords.trustStore]
    run("keytool", "-importcert", "-noprompt", "-alias", "remote", "-file", "ca.crt", ...store)
    return readFileSync(at(`trust-${type}`))
  }

  it("JKS has no finding", () => {
    const zip = astra.pack({ "cert.pfx": pfx(), "identity.jks": keystore("JKS"), "trustStore.jks": trustStore("JKS") })
    expect(rows(zip)).toEqual([])
  })

  it("PKCS#12 is J3 in both places and nothing else", () => {
    const stores = { "identity.jks": keystore("PKCS12"), "trustStore.jks": trustStore("PKCS12") }
    expect(rows(astra.pack({ "cert.pfx": pfx(), ...stores }))).toEqual([
      "J3 warning java java3",
      "J3 warning java java3",
    ])
  })

  it("a key with a password of its own is J1", () => {
    const zip = astra.pack({ "cert.pfx": pfx(), "identity.jks": keystore("JKS", "another-password") })
    expect(rows(zip)).toEqual(["J1 error java java3"])
  })
})

describe.runIf(hasTool("zip") && hasTool("unzip") && hasTool("openssl"))("archives of Info-ZIP", () => {
  const NAMES = ["ca.crt", "key", "cert", "identity.jks", "trustStore.jks", "config.json", "cqlshrc", "cert.pfx"]

  /** The folder `files` holds a bundle that has no finding. */
  function zip(name: string, ...how: readonly string[]): Uint8Array {
    writeFileSync(at("unpacked.zip"), astra.pack({ "cert.pfx": pfx() }))
    run("unzip", "-q", "-o", "unpacked.zip", "-d", "files")
    execFileSync("zip", ["-q", ...how, at(name), ...NAMES], { cwd: at("files") })
    return readFileSync(at(name))
  }

  it("have no finding, deflated or stored", () => {
    expect(rows(zip("deflated.zip"))).toEqual([])
    expect(rows(zip("stored.zip", "-0", "-X"))).toEqual([])
  })

  it("with a password are Z1 and nothing else", () => {
    expect(new Set(rows(zip("secret.zip", "-P", "test-password")).map(each => each.slice(0, 8)))).toEqual(
      new Set(["Z1 error"]),
    )
  })

  it("with bzip2 are Z1, and Python reads them", () => {
    const said = rows(zip("bzip2.zip", "-Z", "bzip2")).join()
    expect(said).toMatch(/^Z1 error/)
    expect(said).not.toMatch(/python|cqlsh/)
  })

  it("that were packed from outside of their folder are Z4", () => {
    zip("any.zip")
    run("zip", "-q", "-r", "folder.zip", "files")
    expect(rows(readFileSync(at("folder.zip")))).toEqual([
      "Z4 error java java3 python nodejs cpp gocql-astra cql-proxy zdm-proxy cqlsh",
    ])
  })
})
