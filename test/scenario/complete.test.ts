import { generateKeyPairSync } from "node:crypto"
import { readFileSync, statSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { demoEnvironment, type Environment, openShell, type Shell } from "../support/cli.ts"

let shell: Shell
let env: Environment
let published: Buffer

const file = (name: string): string => join(shell.folder, name)

/** A csr bundle as `gpg --decrypt` leaves it, and what `fetch --key` makes of it. */
beforeAll(async () => {
  shell = openShell()
  expect((await shell.scb(["init", "demo", "--demo"])).code).toBe(0)
  env = demoEnvironment(file("demo-keys"))
  expect((await shell.scb(["apply"], { in: "demo", env })).code).toBe(0)
  const fetch = (out: string, own: Environment) =>
    shell.scb(["fetch", "shop-prod/reporting", "--out", `../${out}`], { in: "demo", env: own })
  expect((await fetch("published.zip", { ...env, SCB_PRIVATE_KEY_FILE: undefined })).code).toBe(0)
  expect((await fetch("fetched.zip", env)).code).toBe(0)
  published = readFileSync(file("published.zip"))
})

afterAll(() => shell.remove())

describe("scb complete", () => {
  it("makes what fetch --key would have made, mode 0600, and leaves the other as it is", async () => {
    const args = ["complete", "published.zip", "--out", "complete.zip", "--format", "json"]
    const { code, stdout } = await shell.scb(args, { env })
    expect([code, JSON.parse(stdout)]).toEqual([
      0,
      { apiVersion: "scb/v1", kind: "Completion", path: file("complete.zip"), added: true },
    ])
    expect(readFileSync(file("complete.zip"))).toEqual(readFileSync(file("fetched.zip")))
    expect(statSync(file("complete.zip")).mode & 0o777).toBe(0o600)
    expect(readFileSync(file("published.zip"))).toEqual(published)
    expect((await shell.scb(["verify", "complete.zip"])).code).toBe(0)
  })

  it("completes the file where it lies without --out, and changes nothing the second time", async () => {
    writeFileSync(file("here.zip"), published)
    const { SCB_PRIVATE_KEY_FILE: key = "", ...unlocked } = env
    expect(await shell.scb(["complete", "here.zip", "--key", key], { env: unlocked })).toMatchObject({
      code: 0,
      stdout: `complete ${file("here.zip")}\n`,
    })
    const once = readFileSync(file("here.zip"))
    expect(await shell.scb(["complete", "here.zip", "--key", key], { env: unlocked })).toMatchObject({
      code: 0,
      stdout: expect.stringContaining("already"),
    })
    expect(readFileSync(file("here.zip"))).toEqual(once)
  })

  it("writes nothing without a key, with another one, or for no bundle", async () => {
    const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" })
    writeFileSync(file("other.pem"), privateKey.export({ type: "pkcs8", format: "pem" }))
    const refused = async (...args: readonly string[]) =>
      /\[(.*)\]/.exec((await shell.scb(["complete", ...args])).stderr)?.[1]
    expect(await refused("published.zip")).toBe("key-missing")
    expect(await refused("published.zip", "--key", "other.pem")).toBe("key-mismatch")
    expect(await refused("other.pem", "--key", "other.pem")).toBe("bundle-invalid")
    expect(readFileSync(file("published.zip"))).toEqual(published)
  })
})
