import { rmSync, symlinkSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { demoEnvironment, type Environment, openShell, type Shell } from "../support/cli.ts"
import { git } from "../support/git.ts"

let shell: Shell
let env: Environment
let directory: string

beforeAll(async () => {
  shell = openShell()
  expect((await shell.scb(["init", "demo", "--demo"])).code).toBe(0)
  env = demoEnvironment(join(shell.folder, "demo-keys"))
  directory = join(shell.folder, "demo")
})

afterAll(() => shell.remove())

interface Found {
  readonly code: string
  readonly at: { readonly file: string; readonly line: number; readonly column: number }
}

/** Exit code and findings of a verb, wherever it puts them. */
async function found(verb: string): Promise<readonly [number, ...string[]]> {
  const { code, stdout } = await shell.scb([verb, "--format", "json"], { in: "demo", env })
  const { findings = [] } = JSON.parse(stdout) as { findings?: readonly Found[] }
  return [code, ...findings.map(({ code, at }) => `${code} ${at.file}:${at.line}:${at.column}`)]
}

describe("B17: what is no ordinary file", () => {
  it("is a finding while it lies on disk", async () => {
    const link = join(directory, "bundles/shop-dev/linked.yaml")
    symlinkSync("checkout.yaml", link)
    const large = join(directory, "bundles/shop-dev/Checkout.yaml")
    writeFileSync(large, "#".repeat(1024 * 1024 + 1))
    expect(await found("validate")).toEqual([
      1,
      "R08 bundles/shop-dev/Checkout.yaml:1:1",
      "R08 bundles/shop-dev/checkout.yaml:1:1",
      "R08 bundles/shop-dev/linked.yaml:1:1",
    ])
    rmSync(link)
    rmSync(large)
    expect(await found("validate")).toEqual([0])
  })

  it.each([
    ["a symbolic link", "120000", () => blob("../../policies/people.yaml")],
    ["a submodule", "160000", () => git(directory, "rev-parse", "HEAD")],
  ])("stops plan and apply once it is committed: %s", async (_name, mode, object) => {
    const before = git(directory, "rev-parse", "HEAD")
    git(directory, "update-index", "--add", "--cacheinfo", `${mode},${object()},bundles/shop-dev/odd.yaml`)
    git(directory, "commit", "--quiet", "--message=odd")
    for (const verb of ["plan", "build", "apply"]) {
      const args = verb === "build" ? ["--out", "../build"] : []
      const { code, stdout } = await shell.scb([verb, ...args, "--format", "json"], { in: "demo", env })
      expect([verb, code, JSON.parse(stdout)]).toMatchObject([
        verb,
        1,
        {
          error: { code: "invalid-repository" },
          findings: [{ code: "R08", at: { file: "bundles/shop-dev/odd.yaml", line: 1, column: 1 } }],
        },
      ])
    }
    expect(git(directory, "for-each-ref", "refs/heads/ledger")).toBe("")
    git(directory, "reset", "--quiet", "--hard", before)
  })
})

function blob(content: string): string {
  const file = join(shell.folder, "blob")
  writeFileSync(file, content)
  return git(directory, "hash-object", "-w", file)
}
