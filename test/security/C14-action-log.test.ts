import { readFileSync } from "node:fs"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { secretForms, secretsInConfig } from "../../src/action/secret-forms.ts"
import { readZip } from "../../src/artifact/zip-read.ts"
import { instantFromMillis } from "../../src/domain/instant.ts"
import { decodeUtf8 } from "../../src/domain/utf8.ts"
import { openRunner, type Runner } from "../support/built-action.ts"
import { demoEnvironment, openShell, type Shell } from "../support/cli.ts"

describe("C14 log leakage, from the action", () => {
  let shell: Shell
  let runner: Runner
  let inputs: Readonly<Record<string, string>>

  beforeAll(async () => {
    shell = openShell()
    runner = openRunner("fetch-bundle", "bundle/index.mjs")
    const now = instantFromMillis(Date.now())
    expect((await shell.scb(["init", "demo", "--demo"], { now })).code).toBe(0)
    const env = demoEnvironment(join(shell.folder, "demo-keys"))
    expect((await shell.scb(["apply"], { in: "demo", env, now })).code).toBe(0)
    const read = (name: string): string => readFileSync(env[`${name}_FILE`] ?? "", "utf8")
    inputs = {
      bundle: "shop-prod/reporting",
      source: join(shell.folder, "demo-releases"),
      trust: join(shell.folder, "demo/policies/keys/release.asc"),
      "identity-key": read("SCB_IDENTITY_KEY"),
      "identity-passphrase": env["SCB_IDENTITY_KEY_PASSPHRASE"] ?? "",
      "private-key": read("SCB_PRIVATE_KEY"),
      "private-key-passphrase": env["SCB_PRIVATE_KEY_PASSPHRASE"] ?? "",
      token: "ghs_0123456789abcdef",
    }
  })
  afterAll(() => {
    runner.remove()
    shell.remove()
  })

  const secrets = () =>
    ["identity-key", "identity-passphrase", "private-key", "private-key-passphrase", "token"].flatMap(name =>
      secretForms(inputs[name]),
    )

  it("masks every secret, and every form of it, before it says anything", async () => {
    const { code, stdout, masks, outputs } = await runner.run(inputs)
    expect(code).toBe(0)
    const zip = readFileSync(outputs["path"] ?? "")
    const config = readZip(zip).entries.find(({ name }) => name === "config.json")?.data
    const passwords = secretsInConfig(decodeUtf8(config))
    expect(passwords.length).toBeGreaterThan(0)
    expect([...secrets(), ...passwords].filter(secret => !masks.includes(secret))).toEqual([])
    const firstWord = stdout.split("\n").findIndex(line => line !== "" && !line.startsWith("::add-mask::"))
    const lastInput = stdout.split("\n").findLastIndex(line => line.includes("ghs_0123456789abcdef"))
    expect(lastInput).toBeLessThan(firstWord)
  })

  const CHANGES: readonly (readonly [string, Readonly<Record<string, string>>])[] = [
    ["when all is well", {}],
    ["when the passphrase is wrong", { "identity-passphrase": "open sesame" }],
    ["when the key is no key", { "identity-key": "-----BEGIN PGP PRIVATE KEY BLOCK-----\n\nc2VjcmV0\n" }],
    ["when a key was put into the wrong input", { trust: "-----BEGIN PGP PRIVATE KEY BLOCK-----\n\nswordfish7f3a9c" }],
    ["when a password was put into an address", { source: "https://me:swordfish7f3a9c@mirror.example.com" }],
  ]

  it.each(CHANGES)("says none of them %s", async (_, changes) => {
    const given: Readonly<Record<string, string>> = { ...inputs, ...changes }
    const { log, summary, outputs } = await runner.run(given)
    const said = [log, summary, ...Object.values(outputs)].join("\n")
    const written = Object.entries(given).flatMap(([name, value]) =>
      /key|pass|token/.test(name) ? secretForms(value) : [],
    )
    expect(written.filter(secret => said.includes(secret))).toEqual([])
    expect(said).not.toContain("swordfish7f3a9c")
    const keyLines = (given["identity-key"] ?? "").split("\n").filter(line => /^[A-Za-z0-9+/=]{20,}$/.test(line))
    expect(keyLines.filter(line => said.includes(line))).toEqual([])
  })

  it("takes no document for a secret, which would mask its braces", async () => {
    const { masks } = await runner.run(inputs)
    expect(masks.filter(mask => mask.length < 4 || mask.trim().startsWith("{"))).toEqual([])
  })
})
