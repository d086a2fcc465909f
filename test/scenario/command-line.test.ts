import {
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import type { Io } from "../../src/cli/io.ts"
import { type Instant, parseInstant } from "../../src/domain/instant.ts"
import { MAXIMUM_BUILD_BYTES } from "../../src/schema/documents.ts"
import { demoEnvironment, type Environment, openShell, type Shell } from "../support/cli.ts"
import { git } from "../support/git.ts"

let shell: Shell
let env: Environment

beforeAll(async () => {
  shell = openShell()
  expect((await shell.scb(["init", "demo", "--demo"])).code).toBe(0)
  env = demoEnvironment(join(shell.folder, "demo-keys"))
  expect((await shell.scb(["apply"], { in: "demo", env })).code).toBe(0)
})

afterAll(() => shell.remove())

function instant(text: string): Instant {
  const found = parseInstant(text)
  if (found === undefined) throw new Error(`${text} is no instant`)
  return found
}

const inDemo = (...args: readonly string[]) => shell.scb(args, { in: "demo", env })

describe("scb", () => {
  it("prints help with examples for every verb", async () => {
    const verbs = [
      "init",
      "validate",
      "plan",
      "build",
      "publish",
      "apply",
      "status",
      "fetch",
      "complete",
      "inspect",
      "verify",
    ]
    for (const verb of [...verbs.map(name => [name]), ["gateway", "serve"]]) {
      const { code, stdout } = await shell.scb([...verb, "--help"])
      expect([verb, code, stdout.includes("Examples:\n  $ ")]).toEqual([verb, 0, true])
    }
  })

  it("ends with 2 for a wrong command line, and says what it expected", async () => {
    expect((await shell.scb(["conjure"])).code).toBe(2)
    expect((await shell.scb(["plan", "--format", "yaml"])).code).toBe(2)
    expect(await inDemo("plan", "--now", "tomorrow")).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("2027-03-01T12:00:00Z"),
    })
    expect((await inDemo("fetch", "checkout")).code).toBe(2)
    expect((await inDemo("fetch", "shop-dev/checkout", "--channel", "stable", "--version", "1.0.0")).code).toBe(2)
  })

  it("ends with 3 when the world fails, with a code and a hint, as JSON too", async () => {
    const result = await shell.scb(["plan", "--format", "json"])
    expect(result.code).toBe(3)
    expect(JSON.parse(result.stdout)).toMatchObject({ error: { code: "not-a-repository" } })
    expect(result.stderr).toContain("hint: ")
    const withoutKeys = await shell.scb(["apply"], { in: "demo", now: instant("2026-12-30") })
    expect(withoutKeys).toMatchObject({ code: 3, stderr: expect.stringContaining("SCB_SIGNING_KEY") })
  })

  it("publishes nothing that is dated ahead of the clock, but looks ahead", async () => {
    for (const verb of [["apply"], ["build", "--out", "../ahead"], ["publish", "--from", "../ahead"]]) {
      const { code, stderr } = await inDemo(...verb, "--now", "2026-12-01")
      expect([verb[0], code]).toEqual([verb[0], 2])
      expect(stderr).toContain("--now: expected an instant until now (2026-11-22T10:00:00Z)")
    }
    expect(existsSync(join(shell.folder, "ahead"))).toBe(false)
    for (const verb of [["plan"], ["status"], ["apply", "--dry-run"]]) {
      expect((await inDemo(...verb, "--now", "2026-12-01")).code).toBe(0)
    }
  })

  it("ends with 1 for findings of severity error, all of them at once, with file, line and column", async () => {
    const file = join(shell.folder, "demo/bundles/shop-dev/checkout.yaml")
    const before = readFileSync(file, "utf8")
    writeFileSync(
      file,
      before.replace("owner: shop-team", "owner: nobody").replace("role: checkout_rw", "rolle: checkout_rw"),
    )
    const { code, stdout } = await inDemo("validate", "--format", "json")
    writeFileSync(file, before)
    expect(code).toBe(1)
    const { findings } = JSON.parse(stdout)
    expect(findings.length).toBeGreaterThanOrEqual(2)
    for (const finding of findings) expect(finding.at).toMatchObject({ file: "bundles/shop-dev/checkout.yaml" })
    expect((await inDemo("validate")).code).toBe(0)
  })
})

describe("output", () => {
  it.each([
    [["init", "unmade", "--dry-run"], "Init"],
    [["plan", "--repo", "demo"], "Plan"],
    [["apply", "--repo", "demo"], "Apply"],
    [["status", "--repo", "demo"], "Status"],
    [["build", "--repo", "demo", "--out", "empty-build"], "Plan"],
    [["publish", "--repo", "demo", "--from", "empty-build"], "Publish"],
    [["fetch", "shop-dev/checkout", "--repo", "demo", "--out", "json.zip"], "Fetch"],
    [["inspect", "json.zip"], "Inspection"],
    [["validate", "--repo", "demo"], "Findings"],
    [["verify", "json.zip"], "Findings"],
  ])("of %j is one JSON value where that is asked for", async (args, kind) => {
    const { code, stdout, stderr } = await shell.scb([...args, "--format", "json"], { env })
    expect([code, stderr.replaceAll(/^(?:\[|warning:).*\n/gm, ""), JSON.parse(stdout).kind]).toEqual([0, "", kind])
  })

  it("has colours on a terminal only, and not where NO_COLOR is set", async () => {
    const ink = "\u001b["
    const terminal = { stdoutIsTerminal: true, stderrIsTerminal: true }
    const colored = async (args: readonly string[], io: Partial<Io>, more: Environment = {}) => {
      const { stdout, stderr } = await shell.scb(args, { env: { ...env, ...more }, io })
      return (stdout + stderr).includes(ink)
    }
    for (const args of [
      ["status", "--repo", "demo"],
      ["validate", "--repo", "demo"],
      ["plan", "--repo", "nowhere"],
    ]) {
      expect(await colored(args, terminal)).toBe(true)
      expect(await colored(args, terminal, { NO_COLOR: "1" })).toBe(false)
      expect(await colored(args, {})).toBe(false)
      expect(await colored([...args, "--format", "json"], { stdoutIsTerminal: true })).toBe(false)
    }
  })

  it("of our own bugs ends with 70", async () => {
    const now = () => {
      throw new Error("a bug")
    }
    const { code, stderr } = await shell.scb(["plan", "--repo", "demo"], { io: { now } })
    expect([code, stderr]).toEqual([70, "scb: a bug [bug]\n"])
  })
})

describe("findings beside a result", () => {
  it("are in its JSON too, and end with 1 where they are errors", async () => {
    expect((await shell.scb(["init", "decided", "--demo"])).code).toBe(0)
    const own = demoEnvironment(join(shell.folder, "decided-keys"))
    const directory = join(shell.folder, "decided")
    const file = join(directory, "bundles/shop-dev/checkout.yaml")
    const before = readFileSync(file, "utf8")
    const decision = "versions:\n  7.0.0: { revoked: { reason: superseded } }\n"
    writeFileSync(file, before.replace("channels:", `${decision}channels:`))
    git(directory, "commit", "--quiet", "--all", "--message=revoke")
    for (const args of [["plan"], ["build", "--out", "../decided-build"], ["apply"], ["apply"], ["status"]]) {
      const { code, stdout, stderr } = await shell.scb([...args, "--format", "json"], { in: "decided", env: own })
      expect([args[0], code, JSON.parse(stdout).findings]).toMatchObject([args[0], 1, [{ code: "S01" }]])
      expect(stderr).toContain("S01")
    }
  })
})

describe("scb init", () => {
  it("never touches a folder that is not empty", async () => {
    expect(await shell.scb(["init", "demo"])).toMatchObject({
      code: 3,
      stderr: expect.stringContaining("already-exists"),
    })
  })

  it("changes nothing when it is run again, and says where something is in the way", async () => {
    mkdirSync(join(shell.folder, "cut-off"))
    writeFileSync(join(shell.folder, "cut-off/README.md"), "")
    const half = await shell.scb(["init", "cut-off", "--demo", "--format", "json"])
    expect([half.code, JSON.parse(half.stdout).error]).toMatchObject([
      3,
      { code: "already-exists", message: expect.stringMatching(/cut-off is not empty$/), hint: expect.any(String) },
    ])
    expect(existsSync(join(shell.folder, "cut-off-keys"))).toBe(false)
    const keys = readFileSync(join(shell.folder, "demo-keys/env.sh"))
    expect((await shell.scb(["init", "demo", "--demo"])).code).toBe(3)
    expect(readFileSync(join(shell.folder, "demo-keys/env.sh"))).toEqual(keys)
    mkdirSync(join(shell.folder, "keyed-keys"))
    writeFileSync(join(shell.folder, "keyed-keys/ca.key"), "")
    const keyed = await shell.scb(["init", "keyed", "--demo"])
    expect(keyed).toMatchObject({ code: 3, stderr: expect.stringContaining("keyed-keys is not empty") })
    expect(existsSync(join(shell.folder, "keyed"))).toBe(false)
  })

  it("writes nothing on a dry run", async () => {
    expect((await shell.scb(["init", "nothing", "--dry-run"])).code).toBe(0)
    expect(existsSync(join(shell.folder, "nothing"))).toBe(false)
  })

  it("makes a repository whose findings are the list of what its owner still has to supply", async () => {
    expect((await shell.scb(["init", "fresh", "--cluster", "payments-prod", "--bundle", "checkout"])).code).toBe(0)
    const { code, stdout } = await shell.scb(["validate", "--format", "json"], { in: "fresh" })
    expect(code).toBe(1)
    const hints = JSON.stringify(JSON.parse(stdout).findings)
    for (const missing of ["release.asc", "oncall.asc", "issuer.crt", "server-root.crt"])
      expect(hints).toContain(missing)
  })

  it("makes a sound repository when it is given the public material", async () => {
    const demo = (path: string) => join(shell.folder, "demo", path)
    const given = [
      ["--signer-key", demo("policies/keys/release.asc")],
      ["--recipient-key", demo("policies/keys/alice.asc")],
      ["--issuer", demo("bundles/shop-dev/ca/issuer.crt")],
      ["--server-root", demo("bundles/shop-dev/ca/server-root.crt")],
    ].flat()
    expect((await shell.scb(["init", "sound", ...given])).code).toBe(0)
    expect(await shell.scb(["validate"], { in: "sound" })).toMatchObject({ code: 0 })
  })
})

describe("scb fetch", () => {
  it("writes a bundle that only its owner can read, and that verify finds nothing in", async () => {
    expect((await inDemo("fetch", "shop-dev/checkout", "--out", "../a.zip")).code).toBe(0)
    expect(statSync(join(shell.folder, "a.zip")).mode & 0o777).toBe(0o600)
    expect(await shell.scb(["verify", "a.zip"])).toMatchObject({
      code: 0,
      stdout: expect.stringContaining("no findings"),
    })
  })

  it("takes --version as the bundle's version, not as a question for ours", async () => {
    const fetched = await inDemo("fetch", "shop-dev/checkout", "--version", "1.0.0", "--dry-run")
    expect(fetched).toMatchObject({ code: 0, stdout: expect.stringContaining("shop-dev/checkout 1.0.0\n") })
    expect(await inDemo("fetch", "shop-dev/checkout", "--version", "9.9.9")).toMatchObject({ code: 3 })
  })

  it("works without a repository, from a folder and a key that the client knows", async () => {
    const args = ["fetch", "shop-prod/checkout", "--from", "demo-releases", "--trust", "demo/policies/keys/release.asc"]
    const result = await shell.scb([...args, "--out", "b.zip", "--format", "json"], { env })
    expect(result.code).toBe(0)
    expect(JSON.parse(result.stdout)).toMatchObject({
      kind: "Fetch",
      bundle: "shop-prod/checkout",
      version: "1.0.0",
      complete: true,
    })
    const stranger = args.map(arg => arg.replace("release.asc", "alice.asc"))
    expect(await shell.scb([...stranger, "--state", "other.json"], { env })).toMatchObject({
      code: 3,
      stderr: expect.stringContaining("signer-untrusted"),
    })
  })

  it("completes a csr bundle with its owner's key, and refuses another key", async () => {
    const incomplete = await shell.scb(["fetch", "shop-prod/reporting", "--out", "../c.zip"], {
      in: "demo",
      env: { ...env, SCB_PRIVATE_KEY_FILE: undefined },
    })
    expect(incomplete).toMatchObject({ code: 0, stdout: expect.stringContaining("complete     no") })
    expect((await inDemo("fetch", "shop-prod/reporting", "--out", "../c.zip")).stdout).toContain("complete     yes")
    expect((await shell.scb(["verify", "c.zip"])).code).toBe(0)
    const wrong = await inDemo("fetch", "shop-prod/reporting", "--key", "../demo-keys/ca.key", "--out", "../c.zip")
    expect(wrong.code).toBe(3)
  })

  it("gives the encrypted file, verified, to who keeps the key in gpg-agent or on a card", async () => {
    const args = ["fetch", "shop-dev/checkout", "--encrypted", "--out", "../e.gpg", "--format", "json"]
    const { code, stdout } = await shell.scb(args, { in: "demo" })
    expect([code, JSON.parse(stdout)]).toMatchObject([0, { kind: "Fetch", version: "1.0.0", encrypted: true }])
    const published = "demo-releases/releases/shop-dev/checkout/1.0.0/secure-connect-checkout-shop-dev.zip.gpg"
    expect(readFileSync(join(shell.folder, "e.gpg"))).toEqual(readFileSync(join(shell.folder, published)))
    expect(statSync(join(shell.folder, "e.gpg")).mode & 0o777).toBe(0o600)
    const text = await shell.scb(args.slice(0, -2), { in: "demo" })
    expect(text.stdout).toContain("gpg --output secure-connect-checkout-shop-dev.zip --decrypt ")
    expect((await inDemo("fetch", "shop-dev/checkout", "--encrypted", "--key", "mine.pem")).code).toBe(2)
  })

  it("refuses a stale catalog, and says since when", async () => {
    const now = instant("2026-12-20T10:00:00Z")
    expect(await shell.scb(["fetch", "shop-dev/checkout", "--dry-run"], { in: "demo", env, now })).toMatchObject({
      code: 3,
      stderr: expect.stringContaining("catalog-expired"),
    })
  })
})

describe("scb build and publish, as two jobs", () => {
  it("make the same state as apply, and publish needs no key", async () => {
    expect((await shell.scb(["init", "two", "--demo"])).code).toBe(0)
    const own = demoEnvironment(join(shell.folder, "two-keys"))
    expect((await shell.scb(["build", "--out", "../two-build"], { in: "two", env: own })).code).toBe(0)
    expect((await shell.scb(["build", "--out", "../two-build"], { in: "two", env: own })).code).toBe(0)
    expect((await shell.scb(["plan"], { in: "two" })).stdout).toContain("3 to release")
    const published = await shell.scb(["publish", "--from", "../two-build", "--format", "json"], { in: "two" })
    expect(published.code).toBe(0)
    expect(JSON.parse(published.stdout).releases.map((each: { outcome: string }) => each.outcome)).toEqual(
      Array(3).fill("published"),
    )
    expect((await shell.scb(["plan"], { in: "two" })).stdout).toContain("nothing to do")
    const again = await shell.scb(["publish", "--from", "../two-build", "--format", "json"], { in: "two" })
    expect(JSON.parse(again.stdout)).toMatchObject({ catalog: "already" })
  })

  it("publish refuses a build whose signed ledger commit was changed on the way", async () => {
    const file = join(shell.folder, "two-build/build.json")
    const before = readFileSync(file, "utf8")
    writeFileSync(file, before.replaceAll("first release", "first Release"))
    const result = await shell.scb(["publish", "--from", "../two-build"], { in: "two" })
    writeFileSync(file, before)
    expect(result.code).toBe(3)
    expect(result.stderr).toMatch(/signature-invalid|digest-mismatch/)
  })

  it("publish reads no build without an end, and nothing that is no file", async () => {
    const endless = join(shell.folder, "endless-build")
    mkdirSync(endless)
    writeFileSync(join(endless, "build.json"), "")
    truncateSync(join(endless, "build.json"), MAXIMUM_BUILD_BYTES + 1)
    const publish = () => shell.scb(["publish", "--from", "../endless-build"], { in: "two" })
    expect(await publish()).toMatchObject({ code: 3, stderr: expect.stringContaining("[too-large]") })
    rmSync(join(endless, "build.json"))
    symlinkSync("/dev/zero", join(endless, "build.json"))
    expect(await publish()).toMatchObject({ code: 3, stderr: expect.stringContaining("[io]") })
  })
})

describe("scb inspect", () => {
  it("shows what a bundle is for, and none of its secrets", async () => {
    await inDemo("fetch", "shop-dev/checkout", "--out", "../d.zip")
    const { stdout } = await shell.scb(["inspect", "d.zip"])
    expect(stdout).toContain("spiffe://example.com/shop-dev/checkout")
    expect(JSON.parse((await shell.scb(["inspect", "d.zip", "--format", "json"])).stdout)).toMatchObject({
      kind: "Inspection",
      config: { host: "cassandra.shop-dev.example.com" },
    })
  })

  it("says of a file that is no ZIP what is wrong with it, and ends with 1", async () => {
    const { code, stdout, stderr } = await shell.scb(["inspect", "demo/README.md", "--format", "json"])
    expect([code, JSON.parse(stdout).problems]).toEqual([1, ["not-a-zip"]])
    expect(stderr).toContain("error Z1: the file is not a ZIP")
  })
})

describe("scb status", () => {
  it("lists every bundle with its channels and what is due", async () => {
    const { stdout } = await inDemo("status", "--format", "json")
    expect(
      JSON.parse(stdout).bundles.map((each: { bundle: string; due: unknown[] }) => [each.bundle, each.due]),
    ).toEqual([
      ["shop-dev/checkout", []],
      ["shop-prod/checkout", []],
      ["shop-prod/reporting", []],
    ])
  })
})
