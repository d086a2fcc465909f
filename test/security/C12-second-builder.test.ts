import { readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { skeletonOf } from "../../src/artifact/skeleton.ts"
import { demoEnvironment, openShell, type Shell } from "../support/cli.ts"
import { git } from "../support/git.ts"

const BUNDLES = ["shop-dev/checkout", "shop-prod/checkout", "shop-prod/reporting"]

let shell: Shell
let honest: Readonly<Record<string, string>>
beforeAll(async () => {
  shell = openShell()
  expect((await shell.scb(["init", "demo", "--demo"])).code).toBe(0)
  honest = await builder("first")
})
afterAll(() => shell.remove())

/** Builds in a clone of its own, with keys and passwords of its own, as a second machine would; gives each skeleton. */
async function builder(
  name: string,
  tamper: (clone: string) => void = () => {},
): Promise<Readonly<Record<string, string>>> {
  const env = {
    ...demoEnvironment(join(shell.folder, "demo-keys")),
    XDG_STATE_HOME: join(shell.folder, `${name}-state`),
  }
  const clone = join(shell.folder, name, "demo") // releases go beside it, to demo-releases
  git(shell.folder, "clone", "--quiet", "demo", clone)
  tamper(clone)
  const at = `${name}/demo`
  expect((await shell.scb(["apply"], { in: at, env })).code).toBe(0)
  const skeletons = BUNDLES.map(async bundle => {
    const file = join(shell.folder, name, bundle.replace("/", "-"))
    expect((await shell.scb(["fetch", bundle, "--out", file], { in: at, env })).code).toBe(0)
    return [bundle, skeletonOf(readFileSync(file)).sha256] as const
  })
  return Object.fromEntries(await Promise.all(skeletons))
}

describe("C12: a second builder", () => {
  it("comes, from the same commit, to the same bundles but for keys, passwords and dates", async () => {
    expect(await builder("second")).toEqual(honest)
  })

  it("comes to another where somebody has built something else than the commit says", async () => {
    const evil = await builder("evil", clone => {
      git(clone, "config", "user.name", "evil")
      git(clone, "config", "user.email", "evil@example.com")
      const file = "bundles/shop-prod/cluster.yaml"
      const text = readFileSync(join(clone, file), "utf8").replace(
        "cassandra.shop-prod.example.com",
        "cassandra.evil.example.com",
      )
      writeFileSync(join(clone, file), text)
      git(clone, "commit", "--quiet", "--all", "--message=evil")
    })
    const different = BUNDLES.filter(bundle => honest[bundle] !== evil[bundle])
    expect(different).toEqual(["shop-prod/checkout", "shop-prod/reporting"])
  })
})
