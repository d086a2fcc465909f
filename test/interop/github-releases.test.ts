import { execFile } from "node:child_process"
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { promisify } from "node:util"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { demoEnvironment, type Environment, openShell, type Shell } from "../support/cli.ts"
import { git } from "../support/git.ts"
import { githubCertificate } from "../support/github/certificate.ts"
import type { Repository } from "../support/github/model.ts"
import { type FakeGithub, startFakeGithub } from "../support/github/server.ts"
import { publishedIn, sha256 } from "../support/github-releases.ts"

const execute = promisify(execFile)

let github: FakeGithub
let repository: Repository
let shell: Shell
let env: Environment
let head: string

/** A demonstration whose releases go to GitHub, pushed there. */
beforeAll(async () => {
  const tls = await githubCertificate()
  github = await startFakeGithub({ tls, enterprise: true, demandsVersion: false })
  github.addToken("ghs_OfTheJob", { login: "github-actions[bot]", permissions: { contents: "write" } })
  repository = await github.addRepository("acme/bundles")
  shell = openShell()
  expect((await shell.scb(["init", "demo", "--demo"])).code).toBe(0)
  const caFile = join(shell.folder, "ca.pem")
  writeFileSync(caFile, tls.ca)
  env = {
    ...demoEnvironment(join(shell.folder, "demo-keys")),
    GITHUB_TOKEN: "ghs_OfTheJob",
    GITHUB_SERVER_URL: github.urls.web,
    SCB_CA_FILE: caFile,
  }
  const demo = join(shell.folder, "demo")
  const policy = join(demo, "policies/distribution.yaml")
  const releases = [
    "releases:",
    "  kind: github",
    "  repository: acme/bundles",
    `  repositoryId: ${repository.id}`,
    `  server: ${github.urls.web}`,
    "  waveAbove: 2",
    "",
  ].join("\n")
  writeFileSync(policy, readFileSync(policy, "utf8").replace(/^releases:.*\n/m, releases))
  git(demo, "commit", "--quiet", "--all", "--message=releases go to GitHub")
  head = git(demo, "rev-parse", "HEAD").trim()
  await pushMain(demo, caFile)
})

afterAll(async () => {
  expect(github.violations).toEqual([])
  await github.close()
  shell.remove()
})

/** Beside this process, in which the server has to answer meanwhile. */
async function pushMain(folder: string, caFile: string): Promise<void> {
  const basic = Buffer.from("x-access-token:ghs_OfTheJob").toString("base64")
  const settings = ["-c", `http.extraHeader=Authorization: Basic ${basic}`, "-c", `http.sslCAInfo=${caFile}`]
  await execute(
    "git",
    [...settings, "push", "--quiet", `${github.urls.web}/acme/bundles.git`, "HEAD:refs/heads/main"],
    {
      cwd: folder,
      env: { PATH: process.env["PATH"], HOME: shell.folder, GIT_CONFIG_NOSYSTEM: "1" },
    },
  )
}

const inDemo = (...args: readonly string[]) => shell.scb(args, { in: "demo", env })

describe("a bundle repository whose releases are on GitHub", () => {
  it("is published by build and publish, once", async () => {
    expect((await inDemo("build", "--out", "../build")).stderr).not.toContain("error")
    const estimate = await inDemo("publish", "--from", "../build", "--estimate", "--format", "json")
    expect(JSON.parse(estimate.stdout)).toMatchObject({ kind: "PublishEstimate", versions: 3, layout: "wave" })
    expect(repository.releases).toEqual([])

    const published = await inDemo("publish", "--from", "../build", "--format", "json")
    expect([published.code, published.stderr]).toEqual([0, expect.any(String)])
    const { releases, catalog } = JSON.parse(published.stdout)
    expect(catalog).toBe("published")
    expect(releases).toHaveLength(3)
    const [wave] = publishedIn(repository)
    expect(repository.releases).toHaveLength(1)
    expect(wave?.tag).toMatch(/^wave-[0-9a-f]{16}$/)
    expect(wave?.body).toContain(head)
    expect(repository.git.ref(`refs/tags/${wave?.tag}`)).toBe(head)
    for (const branch of ["ledger", "catalog"]) expect(repository.git.ref(`refs/heads/${branch}`)).toBeDefined()

    const again = await inDemo("publish", "--from", "../build", "--format", "json")
    expect(JSON.parse(again.stdout)).toMatchObject({ catalog: "already" })
    expect(JSON.parse(again.stdout).releases.map((each: { outcome: string }) => each.outcome)).toEqual(
      Array(3).fill("already"),
    )
    const applied = await inDemo("apply", "--format", "json")
    expect([applied.code, JSON.parse(applied.stdout).plan.steps]).toEqual([0, []])
  })

  it("is changed by apply, as a release of its own that names no host", async () => {
    const file = join(shell.folder, "demo/bundles/shop-dev/checkout.yaml")
    writeFileSync(file, readFileSync(file, "utf8").replace(/keyspace: \w+/, "keyspace: second"))
    git(join(shell.folder, "demo"), "commit", "--quiet", "--all", "--message=another keyspace")
    await pushMain(join(shell.folder, "demo"), env["SCB_CA_FILE"] ?? "")
    const applied = await inDemo("apply", "--format", "json")
    expect([applied.code, applied.stderr]).toEqual([0, expect.any(String)])
    const { published, verified } = JSON.parse(applied.stdout)
    expect(published.releases).toMatchObject([{ bundle: "shop-dev/checkout", outcome: "published" }])
    expect(verified).toHaveLength(1)
    const [{ version, location }] = published.releases
    const release = publishedIn(repository).find(({ tag }) => tag === `shop-dev/checkout/v${version}`)
    expect(location).toBe(`${github.urls.web}/acme/bundles/releases/tag/shop-dev/checkout/v${version}`)
    expect(release?.name).toMatch(
      new RegExp(`^shop-dev/checkout ${version.replaceAll(".", "\\.")} \\(\\w+\\), good until `),
    )
    expect(release?.body).toMatch(/Who must act/)
    expect(`${release?.name}${release?.body}`).not.toMatch(/127\.0\.0\.1|localhost|\.example|29080/)
    expect(JSON.parse((await inDemo("apply", "--format", "json")).stdout).plan.steps).toEqual([])
  })

  it("is fetched, from a wave and from a release of its own", async () => {
    for (const bundle of ["shop-dev/checkout", "shop-prod/checkout"]) {
      const out = join(shell.folder, `${bundle.replace("/", "-")}.zip`)
      const fetched = await inDemo("fetch", bundle, "--out", out, "--format", "json")
      expect([fetched.code, fetched.stdout.length > 0]).toEqual([0, true])
      expect(existsSync(out)).toBe(true)
    }
  })

  it("has shards that unzip opens, into the layout of a directory", async () => {
    const [wave] = publishedIn(repository).filter(({ tag }) => tag.startsWith("wave-"))
    const shard = wave?.assets.find(({ name }) => name.endsWith(".zip"))
    expect(shard?.name).toBe(`${sha256(shard?.bytes ?? new Uint8Array())}.zip`)
    const zip = join(shell.folder, "shard.zip")
    const folder = join(shell.folder, "shard")
    writeFileSync(zip, shard?.bytes ?? "")
    await execute("unzip", ["-q", zip, "-d", folder])
    for (const path of readdirSync(folder, { recursive: true, encoding: "utf8" }).filter(each =>
      each.endsWith("SHA256SUMS"),
    )) {
      const { stdout } = await execute("sha256sum", ["--check", "SHA256SUMS"], { cwd: join(folder, path, "..") })
      expect(stdout.trim().split("\n")).toHaveLength(3)
    }
    const index = wave?.assets.find(({ name }) => name === "index-shop-dev.json")?.bytes
    const { versions } = JSON.parse(new TextDecoder().decode(index))
    for (const { files } of Object.values<{ files: { name: string; size: number; sha256: string; offset: number }[] }>(
      versions,
    ))
      for (const file of files) {
        const cut = `tail -c +${file.offset + 1} ${zip} | head -c ${file.size} | sha256sum`
        expect((await execute("sh", ["-c", cut])).stdout.slice(0, 64)).toBe(file.sha256)
      }
  })
})
