import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { readZip } from "../../src/artifact/zip-read.ts"
import { parseInstant } from "../../src/domain/instant.ts"
import { demoEnvironment, openShell } from "../support/cli.ts"

/** Text that must appear nowhere but inside the encrypted payload and in the keys folder. */
function canaries(zip: Uint8Array, passphrase: string): readonly string[] {
  const entries = new Map(readZip(zip).entries.map(entry => [entry.name, entry.data]))
  const text = (name: string) => Buffer.from(entries.get(name) ?? []).toString("utf8")
  const config: Readonly<Record<string, unknown>> = JSON.parse(text("config.json"))
  const passwords = ["keyStorePassword", "trustStorePassword", "pfxCertPassword"].map(name => String(config[name]))
  const keyLines = text("key")
    .split("\n")
    .filter(line => line.length > 30 && !line.startsWith("-----"))
  const der = Buffer.from(keyLines.join(""), "base64")
  return [...passwords, passphrase, ...keyLines.slice(1), der.toString("hex"), der.toString("latin1")]
}

describe("C14: private keys, passwords and passphrases", () => {
  it("are in no file that was published or committed, in nothing that was printed, in no client state", async () => {
    const shell = openShell()
    await shell.scb(["init", "demo", "--demo"])
    const env = demoEnvironment(join(shell.folder, "demo-keys"))
    const bundles = ["shop-dev/checkout", "shop-prod/checkout", "shop-prod/reporting"]
    for (const args of [
      ["plan"],
      ["build", "--out", "../build"],
      ["apply"],
      ["apply"],
      ["status"],
      ["plan", "--format", "json"],
    ]) {
      expect((await shell.scb(args, { in: "demo", env })).code).toBe(0)
    }
    const secrets: string[] = []
    for (const [index, bundle] of bundles.entries()) {
      const file = join(shell.folder, `${index}.zip`)
      await shell.scb(["fetch", bundle, "--out", file], { in: "demo", env })
      for (const verb of ["verify", "inspect"]) {
        for (const format of ["text", "json"]) await shell.scb([verb, file, "--format", format])
      }
      secrets.push(...canaries(readFileSync(file), env["SCB_CA_KEY_PASSPHRASE"] ?? ""))
    }
    // errors, too: wrong passphrases, wrong keys, keys that are none
    const wrong = "wrong-passphrase-canary"
    secrets.push(wrong)
    const later = parseInstant("2027-01-10")
    for (const name of [
      "SCB_CA_KEY_PASSPHRASE",
      "SCB_SIGNING_KEY_PASSPHRASE",
      "SCB_IDENTITY_KEY_PASSPHRASE",
      "SCB_PRIVATE_KEY_PASSPHRASE",
    ]) {
      const bad = { ...env, [name]: wrong }
      await shell.scb(["apply"], { in: "demo", env: bad, ...(later && { now: later }) })
      await shell.scb(["fetch", "shop-prod/reporting", "--dry-run", "--format", "json"], { in: "demo", env: bad })
    }
    expect(secrets.length).toBeGreaterThan(15)

    const written = ["demo", "demo-releases", "build", "state"].flatMap(folder =>
      filesBelow(join(shell.folder, folder)),
    )
    expect(written.length).toBeGreaterThan(40)
    const everything = [shell.printed(), ...written.map(file => readFileSync(file, "latin1"))].join("\n")
    expect(secrets.filter(secret => everything.includes(secret))).toEqual([])
    shell.remove()
  }, 60_000)
})

function filesBelow(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile())
    .map(entry => join(entry.parentPath, entry.name))
}
