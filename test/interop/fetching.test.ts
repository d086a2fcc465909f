import { spawn } from "node:child_process"
import { cpSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs"
import { createServer, type Server } from "node:https"
import type { AddressInfo } from "node:net"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { secureFetch } from "../../src/adapters/secure-fetch.ts"
import { makeThrowawayAuthority } from "../../src/artifact/throwaway-authority.ts"
import { instantFromMillis } from "../../src/domain/instant.ts"
import { contentOf } from "../support/child.ts"
import { demoEnvironment, type Environment, openShell, type Shell } from "../support/cli.ts"
import type { Repository } from "../support/github/model.ts"
import { type FakeGithub, startFakeGithub } from "../support/github/server.ts"
import { publishOnGithub } from "../support/github-published.ts"
import { type Gnupg, openGnupg } from "../support/gnupg.ts"
import { hasTool } from "../support/tools.ts"

const PAGE = readFileSync(new URL("../../docs/fetching.md", import.meta.url), "utf8")
const [, PLAIN = ""] = PAGE.split("## Without our program")
const [WANTED = "", MIRROR = "", PUBLIC = "", PRIVATE = "", GH = "", WAVE = "", SCRIPT = ""] = [
  ...PLAIN.matchAll(/```sh\n([\s\S]*?)```/g),
].map(([, text = ""]) => text)
const TOOLS = ["bash", "curl", "gpg", "gpgv", "jq", "sha256sum", "unzip"]

interface Ending {
  readonly code: number | null
  readonly said: string
}

describe.runIf(TOOLS.every(hasTool))("the plain tools of docs/fetching.md", () => {
  let shell: Shell
  let env: Environment
  let gnupg: Gnupg
  let files: Map<string, Uint8Array>
  let mirror: Server
  let github: FakeGithub
  let tls: { readonly key: string; readonly cert: string }

  beforeAll(async () => {
    shell = openShell()
    const now = instantFromMillis(Date.now()) // the programs read the clock
    expect((await shell.scb(["init", "demo", "--demo"], { now })).code).toBe(0)
    const demo = demoEnvironment(join(shell.folder, "demo-keys"))
    expect((await shell.scb(["apply"], { in: "demo", env: demo, now })).code).toBe(0)
    expect(
      (await shell.scb(["fetch", "shop-prod/checkout", "--out", "../ours.zip"], { in: "demo", env: demo, now })).code,
    ).toBe(0)
    files = published()

    gnupg = openGnupg()
    const passphrase = gnupg.file("passphrase", demo["SCB_IDENTITY_KEY_PASSPHRASE"] ?? "")
    gnupg.file("gpg.conf", `batch\npinentry-mode loopback\npassphrase-file ${passphrase}\ntrust-model always\n`)
    gnupg.import(readFileSync(demo["SCB_IDENTITY_KEY_FILE"] ?? "", "utf8"))
    gnupg.import(readFileSync(join(shell.folder, "demo/policies/keys/release.asc"), "utf8"))

    const hosts = { name: "tests", hosts: ["localhost"], passphrase: "open", now, days: 2 }
    const authority = await makeThrowawayAuthority(hosts)
    const ca = join(shell.folder, "ca.pem")
    writeFileSync(ca, authority.root)
    tls = { key: authority.serverKey, cert: authority.serverChain }
    env = {
      PATH: process.env["PATH"],
      HOME: shell.folder,
      GNUPGHOME: gnupg.home,
      CURL_CA_BUNDLE: ca,
      GH_TOKEN: "reader",
    }
    const withPassphrase = { ...tls, passphrase: "open" }
    mirror = createServer(withPassphrase, (request, response) => {
      const bytes = files.get((request.url ?? "").replace(/^\/scb\//, ""))
      response.writeHead(bytes === undefined ? 404 : 200).end(bytes)
    })
    await new Promise<void>(resolve => mirror.listen(0, "localhost", resolve))
    github = await startFakeGithub({ enterprise: true, tls: withPassphrase, demandsVersion: false })
    github.addToken("job", { login: "github-actions[bot]", permissions: { contents: "write" } })
    github.addToken("reader", { login: "github-actions[bot]", permissions: { contents: "read" } })
  })

  afterAll(async () => {
    mirror.close()
    gnupg.close()
    shell.remove()
    expect(github.violations).toEqual([])
    await github.close()
  })

  function published(): Map<string, Uint8Array> {
    const content = contentOf(join(shell.folder, "demo-releases"))
    return new Map(Object.entries(content).map(([path, text]) => [path, Buffer.from(text, "latin1")]))
  }

  const trusting = () =>
    secureFetch({ hosts: [new URL(github.urls.web).host], ca: readFileSync(join(shell.folder, "ca.pem"), "utf8") })

  /** As printed, but for the names of hosts and of the bundle. */
  function run(place: string, folder = newFolder()): Promise<Ending> {
    const { port } = mirror.address() as AddressInfo
    const text = [WANTED, place, SCRIPT]
      .join("\n")
      .replaceAll("payments-prod/checkout", "shop-prod/checkout")
      .replaceAll("https://mirror.example.com", `https://localhost:${port}`)
      .replaceAll("https://api.github.com", github.urls.api)
      .replaceAll("https://raw.githubusercontent.com", github.urls.raw)
      .replaceAll("https://github.com", github.urls.web)
    const child = spawn("bash", ["-c", text], {
      cwd: folder,
      env: env as NodeJS.ProcessEnv,
      stdio: ["ignore", "pipe", "pipe"],
    })
    let said = ""
    for (const stream of [child.stdout, child.stderr])
      stream.on("data", chunk => {
        said += String(chunk)
      })
    return new Promise((resolve, reject) => {
      child.on("error", reject)
      child.on("close", code => resolve({ code, said }))
    })
  }

  function forget(repository: Repository): void {
    repository.git.remove()
    github.model.repositories.clear()
  }

  function newFolder(): string {
    const folder = mkdtempSync(join(shell.folder, "plain-"))
    cpSync(join(shell.folder, "demo/policies/keys/release.asc"), join(folder, "release.asc"))
    return folder
  }

  async function fetchedFrom(place: string): Promise<void> {
    const folder = newFolder()
    const { code, said } = await run(place, folder)
    expect(code, said).toBe(0)
    expect(said).toMatch(/Good signature from/)
    expect(readFileSync(join(folder, "secure-connect.zip")).equals(readFileSync(join(shell.folder, "ours.zip")))).toBe(
      true,
    )
  }

  it("fetch from a mirror", () => fetchedFrom(MIRROR))

  it("fetch from a public repository, and with a token from a private one", async () => {
    const repository = await github.addRepository("acme/bundles", { files: { "README.md": "x\n" } })
    await publishOnGithub(github, repository, files, { fetch: trusting() })
    await fetchedFrom(PUBLIC)
    repository.private = true
    await fetchedFrom(PRIVATE)
    expect((await run(PUBLIC)).code).not.toBe(0)
    forget(repository)
  })

  it("fetch from a wave", async () => {
    const repository = await github.addRepository("acme/bundles", { files: { "README.md": "x\n" } })
    await publishOnGithub(github, repository, files, { layout: "wave", fetch: trusting() })
    await fetchedFrom(WAVE)
    forget(repository)
  })

  it.each([
    ["the catalog", "catalog/index.json"],
    ["a shard", "catalog/shards/"],
    ["a manifest", "releases/shop-prod/checkout/1.0.0/manifest.json"],
    ["a payload", ".zip.gpg"],
  ])("end without a bundle when somebody has changed %s", async (_, part) => {
    files = new Map(
      [...files].map(([path, bytes]) => [
        path,
        path.includes(part) ? bytes.map((byte, at) => (at === 9 ? byte ^ 1 : byte)) : bytes,
      ]),
    )
    try {
      const folder = newFolder()
      mkdirSync(join(folder, "empty"))
      expect((await run(MIRROR, folder)).code).not.toBe(0)
      expect(() => readFileSync(join(folder, "secure-connect.zip"))).toThrow()
    } finally {
      files = published()
    }
  })

  it("end at a catalog that is older than the one seen last", async () => {
    const folder = newFolder()
    writeFileSync(join(folder, "seen"), "1000\n")
    expect((await run(MIRROR, folder)).code).not.toBe(0)
  })

  it("are written without an error of syntax, those of gh too", async () => {
    const folder = newFolder()
    const child = spawn("bash", ["-n", "-c", GH], { cwd: folder, stdio: "ignore" })
    expect(await new Promise(resolve => child.on("close", resolve))).toBe(0)
  })
})
