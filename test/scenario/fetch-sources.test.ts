import { cpSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest"
import { later } from "../../src/domain/instant.ts"
import { contentOf } from "../support/child.ts"
import { type CliResult, demoEnvironment, type Environment, openShell, type Shell } from "../support/cli.ts"
import { git } from "../support/git.ts"
import { publishOnGithub } from "../support/github-published.ts"
import { startGithub } from "../support/github-releases.ts"
import { type StaticServer, serveFiles } from "../support/static-server.ts"
import { START } from "../support/world.ts"

const BUNDLE = "shop-dev/checkout"
const LATER = later(START, 3_600_000)

let shell: Shell
let env: Environment
const path = (...parts: readonly string[]): string => join(shell.folder, ...parts)

/** `stale` is the releases as they were before the second version. */
beforeAll(async () => {
  shell = openShell()
  expect((await shell.scb(["init", "demo", "--demo"])).code).toBe(0)
  env = demoEnvironment(path("demo-keys"))
  expect((await shell.scb(["apply"], { in: "demo", env })).code).toBe(0)
  cpSync(path("demo-releases"), path("stale"), { recursive: true })
  const file = path("demo/bundles", `${BUNDLE}.yaml`)
  writeFileSync(file, readFileSync(file, "utf8").replace(/^role: .*$/m, "role: other_role"))
  git(path("demo"), "commit", "--quiet", "--all", "--message=another role")
  expect((await shell.scb(["apply"], { in: "demo", env, now: LATER })).code).toBe(0)
})
afterAll(() => shell.remove())

const servers: StaticServer[] = []
afterEach(async () => {
  rmSync(path("state"), { recursive: true, force: true })
  for (const server of servers.splice(0)) await server.close()
})

function fetched(places: readonly string[], more: Environment = {}): Promise<CliResult> {
  const from = places.flatMap(place => ["--from", place])
  const args = ["fetch", BUNDLE, ...from, "--trust", path("demo/policies/keys/release.asc"), "--format", "json"]
  return shell.scb([...args, "--out", "out.zip"], { env: { ...env, ...more }, now: LATER })
}

const filesOf = (folder: string) =>
  new Map(Object.entries(contentOf(path(folder))).map(([name, text]) => [name, Buffer.from(text, "latin1")]))

async function mirror(folder: string): Promise<string> {
  const server = await serveFiles(filesOf(folder))
  servers.push(server)
  return server.url
}

describe("scb fetch --from several places", () => {
  it("takes the newest, wherever it stands, and warns of the one that lags", async () => {
    const stale = await mirror("stale")
    for (const places of [
      [stale, "demo-releases"],
      ["demo-releases", stale],
    ]) {
      const { code, stdout, stderr } = await fetched(places)
      expect([code, JSON.parse(stdout).version]).toEqual([0, "2.0.0"])
      expect(stderr).toContain(`warning: ${stale} lags behind`)
    }
  })

  it("is held to what one of them has shown, when it asks another one alone", async () => {
    expect((await fetched(["demo-releases", "stale"])).code).toBe(0)
    const { code, stdout } = await fetched(["stale"])
    expect([code, JSON.parse(stdout).error.code]).toEqual([3, "catalog-rollback"])
  })

  it("goes on without a place that does not answer", async () => {
    const gone = await mirror("stale")
    await servers.pop()?.close()
    const { code, stderr } = await fetched([gone, "demo-releases"])
    expect(code).toBe(0)
    expect(stderr).toContain(`warning: ${gone} was not believed`)
  })

  it("names them all when none is good", async () => {
    const { code, stderr } = await fetched(["nothing-here", "nor-here"])
    expect(code).toBe(3)
    for (const place of ["nothing-here", "nor-here"]) expect(stderr).toContain(path(place))
  })

  it.each([
    "http://mirror.example.com",
    "ftp://mirror.example.com",
    "https://me:swordfish@mirror.example.com",
    "github:acme",
  ])("refuses %s before it asks anybody, and does not repeat it", async place => {
    const { code, stdout, stderr } = await fetched([place])
    expect(code).toBe(2)
    expect(stdout + stderr).not.toContain("swordfish")
  })
})

describe("scb fetch --from github:", () => {
  it("reads a private repository with the token of the environment, and tells of it without", async () => {
    const github = await startGithub()
    try {
      github.addToken("job", { login: "github-actions[bot]", permissions: { contents: "write" } })
      const repository = await github.addRepository("acme/bundles", { files: { "README.md": "x\n" } })
      await publishOnGithub(github, repository, filesOf("demo-releases"))
      repository.private = true
      const place = `github:${github.urls.web}/acme/bundles`
      const withToken = { GITHUB_SERVER_URL: github.urls.web, GITHUB_TOKEN: "job" }
      const first = await fetched([place], withToken)
      expect(first.code, first.stderr).toBe(0)
      expect((await fetched([place, "demo-releases"], { GITHUB_TOKEN: "job" })).code).toBe(0)
      const { code, stdout } = await fetched([place], { GITHUB_TOKEN: "job" })
      expect([code, JSON.parse(stdout).error.code]).toEqual([3, "release-missing"])
      expect(github.violations).toEqual([])
    } finally {
      await github.close()
    }
  })
})

describe("the mirrors of the distribution policy", () => {
  it("are asked beside the place where is published", async () => {
    const file = path("demo/policies/distribution.yaml")
    const text = readFileSync(file, "utf8")
    writeFileSync(
      file,
      text.replace(/^signers:/m, `mirrors: ["${await mirror("demo-releases")}", "../stale"]\nsigners:`),
    )
    git(path("demo"), "commit", "--quiet", "--all", "--message=mirrors")
    const { code, stderr } = await shell.scb(["fetch", BUNDLE, "--out", "../policy.zip"], {
      in: "demo",
      env,
      now: LATER,
    })
    expect(code, stderr).toBe(0)
    expect(stderr).toContain(`${path("stale")} lags behind`)
  })
})
