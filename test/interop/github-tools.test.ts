import { spawn, spawnSync } from "node:child_process"
import { createHash } from "node:crypto"
import { once } from "node:events"
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { temporaryDirectory } from "../support/git.ts"
import type { Seed } from "../support/github/seed.ts"
import { type Gnupg, openGnupg } from "../support/gnupg.ts"
import { hasTool, INTEROP_CACHE } from "../support/tools.ts"

const ROOT = fileURLToPath(new URL("../../", import.meta.url))
const TSX = ["--import", join(ROOT, "node_modules/tsx/dist/loader.mjs")]
const GH = join(INTEROP_CACHE, "gh/gh")
const HAS_NAMESPACES = ["unshare", "ip", "curl", "gpg", "jq", "sha256sum"].every(hasTool)

const TAG = "orders/checkout/v1.0.0"
const BUNDLE = Buffer.from("a bundle, sealed\n")
const FILES = ["SHA256SUMS", "SHA256SUMS.asc", "bundle.zip.gpg"]

let folder: ReturnType<typeof temporaryDirectory>
let gnupg: Gnupg
let downloads = 0

beforeAll(() => {
  folder = temporaryDirectory()
  gnupg = openGnupg()
  gnupg.generate(["Key-Type: eddsa", "Key-Curve: ed25519", "Name-Real: publisher"])
  const sums = `${createHash("sha256").update(BUNDLE).digest("hex")}  bundle.zip.gpg\n`
  const signature = gnupg.run(["--armor", "--detach-sign", "--output", "-", gnupg.file("SHA256SUMS", sums)]).stdout
  const contents = [Buffer.from(sums), signature, BUNDLE]
  const assets = Object.fromEntries(FILES.map((name, at) => [name, contents[at]?.toString("base64") ?? ""]))
  const files = { "README.md": "x\n" }
  const seed: Seed = {
    users: [{ login: "ada", id: 1, token: "token-of-ada" }],
    repositories: [
      { name: "acme/bundles", files },
      { name: "acme/secret", files, private: true, roles: { ada: "read" } },
    ],
    releases: [
      { repository: "acme/bundles", tag: TAG, assets },
      { repository: "acme/secret", tag: TAG, assets },
    ],
  }
  writeFileSync(join(folder.path, "seed.json"), JSON.stringify(seed))
})

afterAll(() => {
  gnupg.close()
  folder.remove()
})

/** Runs a script where GitHub's names lead to the fake, in an empty folder; ends with 70 where it broke a promise. */
function atGithub(script: string): { readonly status: number | null; readonly output: string; readonly to: string } {
  const to = join(folder.path, `download-${++downloads}`)
  mkdirSync(to)
  const fake = [...TSX, join(ROOT, "test/support/github/main.ts")]
  const options = ["--tls", "--port", "443", "--seed", join(folder.path, "seed.json")]
  const { output, status } = spawnSync(
    join(ROOT, "scripts/in-namespace.sh"),
    [process.execPath, ...fake, ...options, "--", "sh", "-euc", script],
    {
      cwd: to,
      encoding: "utf8",
      env: {
        PATH: process.env["PATH"],
        HOME: folder.path,
        LC_ALL: "C",
        GNUPGHOME: gnupg.home,
        GH_CONFIG_DIR: join(folder.path, "gh"),
        GH_NO_UPDATE_NOTIFIER: "1",
        GH_PROMPT_DISABLED: "1",
        GH,
        TAG,
      },
    },
  )
  return { status, output: output.join(""), to }
}

const VERIFY = "gpg --batch --verify SHA256SUMS.asc SHA256SUMS && sha256sum --check --strict SHA256SUMS"

describe.runIf(HAS_NAMESPACES)("curl", () => {
  it("downloads what is public by its address, which sums and signature prove", () => {
    const { output, status, to } = atGithub(`
      for file in ${FILES.join(" ")}; do
        curl -fsSL --proto =https --tlsv1.3 -O "https://github.com/acme/bundles/releases/download/$TAG/$file"
      done
      ${VERIFY}`)
    expect([status, output]).toEqual([0, expect.stringContaining("Good signature from")])
    expect(output).toContain("bundle.zip.gpg: OK")
    expect(readFileSync(join(to, "bundle.zip.gpg"))).toEqual(BUNDLE)
  })

  it("downloads what is private with a token, which stays with GitHub", () => {
    const { output, status, to } = atGithub(`
      curl="curl -fsSL --proto =https --tlsv1.3"
      token="Authorization: Bearer token-of-ada"
      $curl -H "$token" "https://api.github.com/repos/acme/secret/releases/tags/$TAG" |
        jq -r '.assets[] | .url + " " + .name' |
        while read -r url name; do $curl -H "$token" -H "Accept: application/octet-stream" -o "$name" "$url"; done
      ${VERIFY}`)
    expect([status, output]).toEqual([0, expect.stringContaining("bundle.zip.gpg: OK")])
    expect(readdirSync(to)).toEqual(FILES)
  })

  it("is told nothing of what is private without one", () => {
    const { status } = atGithub(`curl -fsSL "https://github.com/acme/secret/releases/download/$TAG/SHA256SUMS"`)
    expect(status).toBe(22) // HTTP says no
  })
})

describe("the fake as a process", () => {
  it("tells where it is, takes orders, and says what was broken", async () => {
    const main = join(ROOT, "test/support/github/main.ts")
    const fake = spawn(process.execPath, [...TSX, main, "--seed", join(folder.path, "seed.json")], {
      stdio: ["ignore", "pipe", "pipe"],
    })
    const [line] = (await once(fake.stdout, "data")) as [Buffer]
    const { control, urls } = JSON.parse(line.toString())
    const order = async (path: string, body?: unknown): Promise<unknown> => {
      const post = body === undefined ? {} : { method: "POST", body: JSON.stringify(body) }
      return (await fetch(`${control}${path}`, post)).json()
    }
    const address = `${urls.web}/acme/bundles/releases/download/${TAG}/SHA256SUMS`
    await order("/faults", { operation: "browser-download", fault: { kind: "503" } })
    expect([(await fetch(address)).status, (await fetch(address)).status]).toEqual([503, 200])
    const push = { login: "acme", repository: "acme/bundles", act: "push", args: ["main", { "README.md": "y\n" }] }
    expect(await order("/person", push)).toMatch(/^[0-9a-f]{40}$/)
    expect(await (await fetch(`${urls.raw}/acme/bundles/main/README.md`)).text()).toBe("y\n")
    await fetch(`${urls.api}/nothing`)
    expect(await order("/state")).toMatchObject({ violations: ["GET /nothing: no such operation at api"], unmet: [] })
    const ended = once(fake, "exit")
    fake.kill("SIGTERM")
    expect(await ended).toEqual([70, null])
  })
})

describe.runIf(HAS_NAMESPACES && hasTool(GH))("gh", () => {
  it.each(["acme/bundles", "acme/secret"])("downloads a release of %s", repository => {
    const { output, status, to } = atGithub(`
      GH_TOKEN=token-of-ada "$GH" release download "$TAG" -R ${repository}
      ${VERIFY}`)
    expect([status, output]).toEqual([0, expect.stringContaining("bundle.zip.gpg: OK")])
    expect(readdirSync(to)).toEqual(FILES)
  })

  it("downloads the files that a pattern names", () => {
    const download = `GH_TOKEN=token-of-ada "$GH" release download "$TAG" -R acme/secret -p 'SHA256SUMS*'`
    const { status, to } = atGithub(download)
    expect([status, readdirSync(to)]).toEqual([0, FILES.slice(0, 2)])
  })

  it("says that there is no such release", () => {
    const { output, status } = atGithub(`GH_TOKEN=token-of-ada "$GH" release download v0 -R acme/bundles`)
    expect([status, output]).toEqual([1, expect.stringContaining("release not found")])
  })

  it.each(["release verify", "release verify-asset", "attestation verify"])("has the command %s", command => {
    const { status, stdout } = spawnSync(GH, [...command.split(" "), "--help"], { encoding: "utf8" })
    expect([status, stdout]).toEqual([0, expect.stringContaining(`gh ${command}`)])
  })
})
