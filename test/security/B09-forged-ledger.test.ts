import { readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest"
import { gitLedger } from "../../src/adapters/git-ledger.ts"
import { openPgpSigner } from "../../src/adapters/signer-openpgp.ts"
import { demoEnvironment, type Environment, openShell, type Shell } from "../support/cli.ts"
import { git } from "../support/git.ts"
import { eccKey } from "../support/pgp.ts"
import { START } from "../support/world.ts"

let shell: Shell
let env: Environment
let directory: string
let good: string

beforeAll(async () => {
  shell = openShell()
  expect((await shell.scb(["init", "demo", "--demo"])).code).toBe(0)
  env = demoEnvironment(join(shell.folder, "demo-keys"))
  directory = join(shell.folder, "demo")
  expect((await shell.scb(["apply"], { in: "demo", env })).code).toBe(0)
  good = git(directory, "rev-parse", "ledger")
})

afterAll(() => shell.remove())
beforeEach(() => void git(directory, "update-ref", "refs/heads/ledger", good))

/** What plan, apply and status say, and that none of them moved the ledger. */
async function refusals(): Promise<readonly unknown[]> {
  const head = git(directory, "rev-parse", "ledger")
  const said: unknown[] = []
  for (const verb of ["plan", "apply", "status"]) {
    const { code, stdout } = await shell.scb([verb, "--format", "json"], { in: "demo", env })
    said.push([verb, code, JSON.parse(stdout).error?.code])
  }
  expect(git(directory, "rev-parse", "ledger")).toBe(head)
  return said
}

function edit(before: string, after: string): void {
  const file = join(directory, "bundles/shop-dev/checkout.yaml")
  writeFileSync(file, readFileSync(file, "utf8").replace(before, after))
  git(directory, "commit", "--quiet", "--all", "--message=edit")
}

const allOf = (code: string) => ["plan", "apply", "status"].map(verb => [verb, 3, code])

describe("B09: a ledger that somebody else wrote to", () => {
  it("is refused when its last commit is not signed", async () => {
    const forged = git(directory, "commit-tree", `${good}^{tree}`, "-p", good, "-m", "0 released")
    git(directory, "update-ref", "refs/heads/ledger", forged)
    expect(await refusals()).toEqual(allOf("signature-missing"))
  })

  it("is refused when its last commit is signed by a key that the policy does not name", async () => {
    const ledger = gitLedger({ directory, author: { name: "scb", email: "scb@localhost" } })
    const signer = await openPgpSigner({ privateKeyArmored: (await eccKey("mallory")).privateKeyArmored })
    const files = new Map([["bundles/shop-dev/checkout.yaml", "apiVersion: scb/v1\n"]])
    const prepared = await ledger.prepare(good, files, "0 released", START)
    await ledger.commit(prepared, await signer.sign(new TextEncoder().encode(prepared.payload), START))
    expect(await refusals()).toEqual(allOf("signer-untrusted"))
  })

  it("is refused when a genuine signature stands over another commit", async () => {
    const raw = git(directory, "cat-file", "commit", good).replace("3 released", "4 released")
    const file = join(shell.folder, "forged")
    writeFileSync(file, `${raw}\n`)
    const forged = git(directory, "hash-object", "-t", "commit", "-w", file)
    git(directory, "update-ref", "refs/heads/ledger", forged)
    expect(await refusals()).toEqual(allOf("signature-invalid"))
  })

  it("is refused when it was set back, or is not in this clone at all, for the published catalog is newer", async () => {
    edit("keyspace: shop", "keyspace: shop2")
    expect((await shell.scb(["apply"], { in: "demo", env })).code).toBe(0)
    const newest = git(directory, "rev-parse", "ledger")
    git(directory, "update-ref", "refs/heads/ledger", good)
    expect(await refusals()).toEqual(allOf("ledger-moved"))
    git(directory, "branch", "--quiet", "-D", "ledger")
    for (const verb of ["plan", "apply", "status"]) {
      const { code, stdout } = await shell.scb([verb, "--format", "json"], { in: "demo", env })
      expect([verb, code, JSON.parse(stdout).error?.code]).toEqual([verb, 3, "ledger-moved"])
    }
    expect(git(directory, "for-each-ref", "refs/heads/ledger")).toBe("")
    good = newest
  })

  it("goes on once it is back at its last signed commit", async () => {
    expect((await shell.scb(["plan"], { in: "demo" })).stdout).toContain("nothing to do")
  })
})
