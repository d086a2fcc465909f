import { execFileSync } from "node:child_process"
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { KEY_ALGORITHMS } from "../../src/domain/bundle.ts"
import { instantFromMillis } from "../../src/domain/instant.ts"
import { demoEnvironment, type Environment, openShell, type Shell } from "../support/cli.ts"
import { hasTool } from "../support/tools.ts"

const ALGORITHMS = KEY_ALGORITHMS.filter(algorithm => algorithm !== "RSA-4096")
const bundleOf = (algorithm: string) => `key-${algorithm.toLowerCase()}`
const NOW = instantFromMillis(Date.now()) // other people's programs read the real clock

let shell: Shell
let env: Environment
let gnupg: string

/** A bundle of each key algorithm, published by `apply` and opened with nothing of ours. */
beforeAll(async () => {
  shell = openShell()
  expect((await shell.scb(["init", "demo", "--demo"], { now: NOW })).code).toBe(0)
  env = demoEnvironment(join(shell.folder, "demo-keys"))
  const folder = join(shell.folder, "demo/bundles/shop-dev")
  const checkout = readFileSync(join(folder, "checkout.yaml"), "utf8")
  for (const algorithm of ALGORITHMS) {
    const yaml = checkout
      .replace("name: checkout", `name: ${bundleOf(algorithm)}`)
      .replace("algorithm: P-256", `algorithm: ${algorithm}`)
    writeFileSync(join(folder, `${bundleOf(algorithm)}.yaml`), yaml)
  }
  execFileSync("git", ["add", "bundles"], { cwd: join(shell.folder, "demo") })
  const author = ["-c", "user.name=Alice", "-c", "user.email=alice@example.com", "-c", "commit.gpgsign=false"]
  execFileSync("git", [...author, "commit", "-qm", "A bundle of each algorithm"], { cwd: join(shell.folder, "demo") })
  const applied = await shell.scb(["apply"], { in: "demo", env, now: NOW })
  expect(applied, applied.stderr).toMatchObject({ code: 0 })

  gnupg = mkdtempSync(join(tmpdir(), "gpg-"))
  gpg(["--import", join(shell.folder, "demo/policies/keys/release.asc")])
  gpg([...unlocked(), "--import", join(shell.folder, "demo-keys/alice.key.asc")])
})

afterAll(() => {
  execFileSync("gpgconf", ["--homedir", gnupg, "--kill", "all"])
  rmSync(gnupg, { recursive: true, force: true })
  shell.remove()
})

const TOOLS = ["gpg", "sha256sum", "unzip", "openssl", "keytool"]

describe.runIf(TOOLS.every(hasTool)).each(ALGORITHMS)("a published bundle with a key of %s", algorithm => {
  const releaseOf = () => join(shell.folder, "demo-releases/releases/shop-dev", bundleOf(algorithm), "1.0.0")
  const payload = `secure-connect-${bundleOf(algorithm)}-shop-dev.zip.gpg`
  const opened = () => join(shell.folder, bundleOf(algorithm))
  const tool = (program: string, ...args: readonly string[]) =>
    execFileSync(program, args, { cwd: opened(), encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] })

  it("has a manifest that gpg --verify accepts, and sums that sha256sum -c accepts", () => {
    const status = gpg(["--status-fd", "1", "--verify", "manifest.json.asc", "manifest.json"], releaseOf())
    expect(status).toContain("[GNUPG:] VALIDSIG")
    expect(execFileSync("sha256sum", ["-c", "SHA256SUMS"], { cwd: releaseOf(), encoding: "utf8" })).toContain(
      `${payload}: OK`,
    )
  })

  it("is decrypted by gpg, its inner signature verified, and taken by unzip -t", () => {
    const zip = join(shell.folder, `${bundleOf(algorithm)}.zip`)
    const status = gpg([...unlocked(), "--status-fd", "1", "--output", zip, "--decrypt", payload], releaseOf())
    expect(status).toContain("[GNUPG:] VALIDSIG")
    expect(status).toContain("[GNUPG:] DECRYPTION_OKAY")
    expect(execFileSync("unzip", ["-t", zip], { encoding: "utf8" })).toContain("No errors detected")
    execFileSync("unzip", ["-q", zip, "-d", opened()])
    const { plaintext } = JSON.parse(readFileSync(join(releaseOf(), "manifest.json"), "utf8"))
    expect(execFileSync("sha256sum", [zip], { encoding: "utf8" })).toContain(plaintext.sha256)
  })

  it("has a certificate that openssl verifies as a TLS client of its issuer, with its SPIFFE ID", () => {
    const issuer = join(shell.folder, "demo/bundles/shop-dev/ca/issuer.crt")
    const verified = tool(
      "openssl",
      "verify",
      "-x509_strict",
      "-purpose",
      "sslclient",
      "-CAfile",
      issuer,
      "-untrusted",
      "cert",
      "cert",
    )
    expect(verified).toBe("cert: OK\n")
    const text = tool("openssl", "x509", "-in", "cert", "-noout", "-text")
    expect(text).toContain("URI:spiffe://example.com/shop-dev/checkout")
    expect(text).toContain("TLS Web Client Authentication")
    const spki = (args: readonly string[]) => tool("openssl", ...args)
    expect(spki(["pkey", "-in", "key", "-pubout"])).toBe(spki(["x509", "-in", "cert", "-noout", "-pubkey"]))
  })

  it("has a cert.pfx that openssl opens without its legacy provider, and stores that keytool opens", () => {
    const config = JSON.parse(readFileSync(join(opened(), "config.json"), "utf8"))
    const pfx = tool("openssl", "pkcs12", "-in", "cert.pfx", "-nodes", "-passin", `pass:${config.pfxCertPassword}`)
    expect(pfx).toContain("BEGIN PRIVATE KEY")
    expect(pfx.match(/BEGIN CERTIFICATE/g)?.length).toBeGreaterThanOrEqual(1)
    const keys = tool("keytool", "-list", "-keystore", "identity.jks", "-storepass", config.keyStorePassword)
    expect(keys).toContain("client, ")
    expect(keys).toContain("PrivateKeyEntry")
    const trust = tool("keytool", "-list", "-keystore", "trustStore.jks", "-storepass", config.trustStorePassword)
    expect(trust).toContain("trustedCertEntry")
  })
})

function gpg(args: readonly string[], cwd = shell.folder): string {
  const all = ["--batch", "--quiet", "--homedir", gnupg, "--trust-model", "always", ...args]
  const input = `${env["SCB_IDENTITY_KEY_PASSPHRASE"]}\n`
  return execFileSync("gpg", all, { cwd, encoding: "utf8", input, stdio: ["pipe", "pipe", "pipe"] })
}

function unlocked(): readonly string[] {
  return ["--pinentry-mode", "loopback", "--passphrase-fd", "0"]
}
