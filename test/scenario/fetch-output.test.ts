import { existsSync, readFileSync, statSync } from "node:fs"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { parse } from "yaml"
import type { Io } from "../../src/cli/io.ts"
import { demoEnvironment, type Environment, openShell, type Shell } from "../support/cli.ts"

let shell: Shell
let env: Environment
let zip: Buffer

beforeAll(async () => {
  shell = openShell()
  expect((await shell.scb(["init", "demo", "--demo"])).code).toBe(0)
  env = demoEnvironment(join(shell.folder, "demo-keys"))
  expect((await shell.scb(["apply"], { in: "demo", env })).code).toBe(0)
  expect((await fetched("--out", "../plain.zip")).code).toBe(0)
  zip = readFileSync(join(shell.folder, "plain.zip"))
})

afterAll(() => shell.remove())

const fetched = (...args: readonly string[]) => shell.scb(["fetch", "shop-prod/checkout", ...args], { in: "demo", env })

/** As {@link fetched}, with the bytes of stdout. */
async function piped(args: readonly string[], { bundle = "shop-prod/checkout", io = {} as Partial<Io> } = {}) {
  const written: Uint8Array[] = []
  const stdout = (text: string | Uint8Array) => void written.push(Buffer.from(text))
  const { code, stderr } = await shell.scb(["fetch", bundle, ...args], { in: "demo", env, io: { stdout, ...io } })
  return { code, stderr, stdout: Buffer.concat(written) }
}

describe("scb fetch --stdout", () => {
  it("writes the ZIP and nothing else to stdout, and what was done to stderr", async () => {
    const { code, stdout, stderr } = await piped(["--stdout"])
    expect(code).toBe(0)
    expect(stdout.equals(zip)).toBe(true)
    expect(stderr).toContain("verified shop-prod/checkout 1.0.0 (stable)\n  written to   stdout\n")
  })

  it("writes nothing with --dry-run", async () => {
    const { code, stdout, stderr } = await piped(["--stdout", "--dry-run"])
    expect([code, stdout.length]).toEqual([0, 0])
    expect(stderr).toContain("written to   nowhere")
  })

  it.each([["--stdout"], ["--output=base64"], ["--output=secret"]])("refuses a terminal: %s", async option => {
    const { code, stdout, stderr } = await piped([option], { io: { stdoutIsTerminal: true } })
    expect([code, stdout.length]).toEqual([2, 0])
    expect(stderr).toContain("--force")
  })

  it("does as it is told with --force", async () => {
    const { code, stdout } = await piped(["--stdout", "--force"], { io: { stdoutIsTerminal: true } })
    expect([code, stdout.equals(zip)]).toEqual([0, true])
  })

  it.each([
    ["--stdout", "--out", "../a.zip"],
    ["--stdout", "--format", "json"],
    ["--output", "secret", "--format", "json"],
    ["--output", "base64", "--namespace", "shop"],
    ["--secret-name", "scb"],
    ["--output", "secret", "--secret-name", "Scb"],
    ["--output", "secret", "--namespace", "shop.prod"],
    ["--output", "yaml"],
  ])("is a wrong command line before anything is fetched: %s %s %s %s", async (...args) => {
    expect((await fetched(...args)).code).toBe(2)
  })
})

describe("scb fetch --output base64", () => {
  it("writes one line", async () => {
    const { stdout } = await piped(["--output", "base64"])
    expect(stdout.toString()).toMatch(/^[A-Za-z0-9+/]+={0,2}\n$/)
    expect(Buffer.from(stdout.toString(), "base64").equals(zip)).toBe(true)
  })

  it("writes it into a file that only its owner reads, and says so", async () => {
    const { code, stdout } = await fetched("--output", "base64", "--out", "../a.txt", "--format", "json")
    expect([code, JSON.parse(stdout)]).toMatchObject([0, { output: "base64", path: join(shell.folder, "a.txt") }])
    expect(statSync(join(shell.folder, "a.txt")).mode & 0o777).toBe(0o600)
  })
})

describe("scb fetch --output secret", () => {
  it("writes a manifest with the ZIP, twice the same", async () => {
    const args = ["--output", "secret", "--namespace", "shop", "--immutable"]
    const { code, stdout } = await piped(args)
    expect(code).toBe(0)
    const { metadata, data, ...rest } = parse(stdout.toString())
    expect(rest).toEqual({ apiVersion: "v1", kind: "Secret", type: "Opaque", immutable: true })
    expect(metadata).toMatchObject({
      name: "secure-connect-checkout-shop-prod-1.0.0",
      namespace: "shop",
      annotations: { "scb/version": "1.0.0", "scb/catalog-version": "1" },
    })
    expect(Object.keys(data)).toEqual(["secure-connect.zip"])
    expect(Buffer.from(data["secure-connect.zip"], "base64").equals(zip)).toBe(true)
    expect((await piped(args)).stdout.equals(stdout)).toBe(true)
  })

  it("completes a csr bundle to the same bytes each time", async () => {
    const [first, second] = await Promise.all([
      piped(["--output", "secret"], { bundle: "shop-prod/reporting" }),
      piped(["--output", "secret"], { bundle: "shop-prod/reporting" }),
    ])
    expect([first.code, first.stdout.equals(second.stdout)]).toEqual([0, true])
  })

  it("makes none of a bundle that lacks its owner's key", async () => {
    const args = ["fetch", "shop-prod/reporting", "--output", "secret", "--out", "../no.yaml"]
    const { code, stderr } = await shell.scb(args, { in: "demo", env: { ...env, SCB_PRIVATE_KEY_FILE: undefined } })
    expect([code, stderr]).toEqual([3, expect.stringContaining("[key-missing]")])
    expect(existsSync(join(shell.folder, "no.yaml"))).toBe(false)
  })

  it("holds the published file as it is with --encrypted", async () => {
    const { stdout } = await piped(["--output", "secret", "--encrypted"])
    const { data } = parse(stdout.toString())
    const published = "demo-releases/releases/shop-prod/checkout/1.0.0/secure-connect-checkout-shop-prod.zip.gpg"
    expect(Object.keys(data)).toEqual(["secure-connect.zip.gpg"])
    expect(Buffer.from(data["secure-connect.zip.gpg"], "base64")).toEqual(readFileSync(join(shell.folder, published)))
  })
})
