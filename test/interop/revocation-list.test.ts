import { execFileSync, spawnSync } from "node:child_process"
import { readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { buildRevocationList } from "../../src/artifact/crl.ts"
import { encodePem } from "../../src/artifact/pem.ts"
import { readCertificate } from "../../src/artifact/x509-read.ts"
import { readZip } from "../../src/artifact/zip-read.ts"
import { REVOCATION_REASONS } from "../../src/domain/bundle.ts"
import { later } from "../../src/domain/instant.ts"
import { demoEnvironment, type Environment, openShell, type Shell } from "../support/cli.ts"
import { git } from "../support/git.ts"
import { makePki } from "../support/pki.ts"
import { hasTool } from "../support/tools.ts"
import { START } from "../support/world.ts"

const HOUR = 3_600_000

describe.runIf(hasTool("openssl"))("openssl and our revocation lists", () => {
  let shell: Shell
  let env: Environment
  const path = (name: string): string => join(shell.folder, name)

  beforeAll(async () => {
    shell = openShell()
    await scb(0, "init", "demo", "--demo")
    env = demoEnvironment(path("demo-keys"))
    await scb(0, "apply")
    await scb(0, "fetch", "shop-dev/checkout", "--out", path("checkout.zip"))
    const entries = readZip(readFileSync(path("checkout.zip"))).entries
    writeFileSync(path("cert.pem"), entries.find(({ name }) => name === "cert")?.data ?? "")
    await scb(0, "crl", "shop-dev", "--out", path("before.pem"))
    const file = path("demo/bundles/shop-dev/checkout.yaml")
    const text = readFileSync(file, "utf8")
    writeFileSync(
      file,
      text.replace("channels:", "versions:\n  1.0.0: { revoked: { reason: keyCompromise } }\nchannels:"),
    )
    git(path("demo"), "commit", "--quiet", "--all", "--message=revoke")
    await scb(1, "apply")
    await scb(1, "crl", "shop-dev", "--out", path("after.pem"))
    await scb(1, "crl", "shop-dev", "--delta", "--out", path("delta.pem"))
  })
  afterAll(() => shell.remove())

  it("agree that the certificate was good, and is revoked", () => {
    expect(verify("before.pem")).toMatchObject({ status: 0, stdout: expect.stringContaining("OK") })
    expect(verify("after.pem")).toMatchObject({ status: 2, stderr: expect.stringContaining("certificate revoked") })
  })

  it("agree on who signed them", () => {
    const issuer = path("demo/bundles/shop-dev/ca/issuer.crt")
    for (const name of ["before.pem", "after.pem", "delta.pem"]) {
      const said = spawnSync("openssl", ["crl", "-in", path(name), "-noout", "-CAfile", issuer], { encoding: "utf8" })
      expect(said.stderr).toContain("verify OK")
    }
  })

  it("agree on number, reason, and what the delta adds to", () => {
    const [before, after, delta] = ["before.pem", "after.pem", "delta.pem"].map(name =>
      execFileSync("openssl", ["crl", "-in", path(name), "-noout", "-text"], { encoding: "utf8" }),
    )
    expect(before).toContain("No Revoked Certificates.")
    const numbers = [before, after].map(text => /X509v3 CRL Number:\s+(\S+)/.exec(text ?? "")?.[1])
    expect(after).toMatch(/Serial Number: [0-9A-F]+\n\s+Revocation Date: Nov 22 11:00:00 2026 GMT\n[^S]*Key Compromise/)
    expect(delta).toMatch(/X509v3 Delta CRL Indicator: critical\s+/)
    expect(/Delta CRL Indicator: critical\s+(\S+)/.exec(delta ?? "")?.[1]).toBe(numbers[0])
    expect(/X509v3 CRL Number:\s+(\S+)/.exec(delta ?? "")?.[1]).toBe(numbers[1])
  })

  it.each(["P-256", "P-384", "RSA-2048"] as const)(
    "agree on the signature of %s and on every reason",
    async algorithm => {
      const { issuer, now } = await makePki({ algorithm, name: "Lists" })
      const revoked = REVOCATION_REASONS.map((reason, index) => ({ serial: `8${index}`, revokedAt: now, reason }))
      const list = { thisUpdate: now, nextUpdate: later(now, HOUR), number: "80", revoked }
      writeFileSync(path("own.pem"), encodePem("X509 CRL", buildRevocationList(list, issuer.signer)))
      writeFileSync(path("issuer.pem"), issuer.certificatePem)
      const said = spawnSync(
        "openssl",
        ["crl", "-in", path("own.pem"), "-noout", "-text", "-CAfile", path("issuer.pem")],
        {
          encoding: "utf8",
        },
      )
      expect(said.stderr).toContain("verify OK")
      const reasons = [
        "Key Compromise",
        "Affiliation Changed",
        "Superseded",
        "Cessation Of Operation",
        "Privilege Withdrawn",
      ]
      for (const reason of reasons) expect(said.stdout).toContain(reason)
      const keyId = readCertificate(issuer.certificate).subjectKeyId?.match(/../g)?.join(":").toUpperCase()
      expect(said.stdout).toContain(keyId)
    },
  )

  async function scb(hours: number, ...args: readonly string[]): Promise<void> {
    const inside = args[0] === "init" ? {} : { in: "demo", env }
    const { code, stderr } = await shell.scb(args, { ...inside, now: later(START, hours * HOUR) })
    if (code !== 0) throw new Error(stderr)
  }

  function verify(list: string) {
    const anchors = path("demo/bundles/shop-dev/ca/issuer.crt")
    const at = String((START + 2 * HOUR) / 1000)
    const args = ["-attime", at, "-crl_check", "-partial_chain", "-CAfile", anchors, "-CRLfile", path(list)]
    return spawnSync("openssl", ["verify", ...args, path("cert.pem")], { encoding: "utf8" })
  }
})
