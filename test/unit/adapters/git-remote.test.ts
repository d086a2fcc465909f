import { execFileSync } from "node:child_process"
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { afterAll, afterEach, describe, expect, it } from "vitest"
import { type GitRemote, type GitRemoteOptions, gitRemote } from "../../../src/adapters/git-remote.ts"
import { instantFromMillis } from "../../../src/domain/instant.ts"
import { type AnsweringServer, answering } from "../../support/forge/answering.ts"
import { type LedgerForge, ledgerForge } from "../../support/forge/ledger-forge.ts"
import { git, newRepository, temporaryDirectory } from "../../support/git.ts"
import { makePki } from "../../support/pki.ts"

const temporary = temporaryDirectory()
afterAll(() => temporary.remove())
const closing: (() => Promise<void>)[] = []
afterEach(async () => {
  await Promise.all(closing.splice(0).map(close => close()))
})
let made = 0

interface Desk extends LedgerForge {
  readonly here: string
  readonly remote: GitRemote
  open(options: Partial<GitRemoteOptions>): GitRemote
}

async function desk(options: Parameters<typeof ledgerForge>[0] = {}): Promise<Desk> {
  const forge = await ledgerForge(options)
  closing.push(forge.close)
  const here = join(temporary.path, `here-${made++}`)
  newRepository(here)
  const open = (others: Partial<GitRemoteOptions>) => gitRemote({ ...forge, directory: here, ...others })
  return { ...forge, here, remote: open({}), open }
}

/** A server that answers the same to whatever is asked. */
async function answeringWith(status: number, headers: Readonly<Record<string, string>> = {}): Promise<AnsweringServer> {
  const server = await answering((_, response) => response.writeHead(status, headers).end())
  closing.push(server.close)
  return server
}

/** A commit that follows `parent`, on no branch. */
function commit(directory: string, parent: string | null, message = "change"): string {
  const tree = git(directory, "mktree", "--missing")
  const parents = parent === null ? [] : ["-p", parent]
  return git(directory, "commit-tree", ...parents, "-m", message, tree)
}

describe("branches of another repository", () => {
  it("are brought here with all that they need, or are not there", async () => {
    const { remote, there, here } = await desk()
    expect(await remote.fetch("ledger", "with its past")).toBeNull()
    const one = commit(there, null)
    const two = commit(there, one)
    git(there, "update-ref", "refs/heads/ledger", two)
    expect(await remote.fetch("ledger", "with its past")).toBe(two)
    expect(git(here, "log", "--format=%H", two)).toBe(`${two}\n${one}`)
    expect(await remote.isPast(one, two)).toBe(true)
    expect(await remote.isPast(two, one)).toBe(false)
  })

  it("leave the branches of the own repository alone", async () => {
    const { remote, there, here } = await desk()
    git(there, "update-ref", "refs/heads/ledger", commit(there, null))
    const before = git(here, "for-each-ref")
    await remote.fetch("ledger", "with its past")
    expect(git(here, "for-each-ref")).toBe(before)
  })

  it("move by compare and swap", async () => {
    const { remote, there, here } = await desk()
    const one = commit(here, null, "one")
    const two = commit(here, one, "two")
    const other = commit(here, one, "other")
    expect(await remote.push("ledger", null, one)).toBe("pushed")
    expect(await remote.push("ledger", null, one)).toBe("pushed") // it is there
    expect(await remote.push("ledger", null, other)).toBe("moved")
    expect(await remote.push("ledger", one, two)).toBe("pushed")
    expect(await remote.push("ledger", one, other)).toBe("moved")
    expect(git(there, "rev-parse", "ledger")).toBe(two)
  })

  it("are never rewritten", async () => {
    const { remote, there, here } = await desk()
    const one = commit(here, null, "one")
    await remote.push("ledger", null, one)
    await expect(remote.push("ledger", one, commit(here, null, "other"))).rejects.toThrow(/does not follow/)
    expect(git(there, "rev-parse", "ledger")).toBe(one)
  })

  it("are refused by a rule of the repository, which is said", async () => {
    const { remote, there, here } = await desk()
    mkdirSync(join(there, "hooks"))
    writeFileSync(join(there, "hooks", "pre-receive"), "#!/bin/sh\nexit 1\n", { mode: 0o755 })
    await expect(remote.push("ledger", null, commit(here, null))).rejects.toMatchObject({
      code: "forge-refused",
      hint: "a rule of the repository forbids it, or the token may not write (contents: write)",
    })
  })
})

describe("another repository that does not answer as it should", () => {
  const answers = [
    { status: 401, code: "forge-refused" },
    { status: 403, code: "forge-refused" },
    { status: 404, code: "forge-refused" },
    { status: 301, code: "forge-refused" },
    { status: 429, code: "forge-limited" },
    { status: 500, code: "forge-unreachable" },
    { status: 502, code: "forge-unreachable" },
  ]
  it.each(answers)("is $code when it answers $status", async ({ status, code }) => {
    const { open } = await desk()
    const { url } = await answeringWith(status, { location: "https://evil.example.com/" })
    const error = await open({ url: `${url}/x.git` })
      .fetch("ledger", "with its past")
      .catch(each => each)
    expect(error).toMatchObject({ code })
    expect(`${error.stack} ${error.hint} ${error.cause}`).not.toMatch(/Canary|eC1hY2Nlc3M/)
  })

  it("refuses a token that is no good, and asks nobody for a password", async () => {
    const { open } = await desk()
    for (const token of ["expired", ""]) {
      await expect(open({ token }).fetch("ledger", "with its past")).rejects.toMatchObject({ code: "forge-refused" })
    }
  })

  it("is unreachable when it takes too long, and when nobody listens", async () => {
    const { open } = await desk()
    const mute = await answering(() => {})
    const patient = { url: `${mute.url}/x.git`, timeoutMillis: 500 }
    await expect(open(patient).fetch("ledger", "with its past")).rejects.toMatchObject({
      code: "forge-unreachable",
      message: `${patient.url} does not answer in time`,
    })
    await mute.close()
    await expect(open({ url: patient.url }).fetch("ledger", "with its past")).rejects.toMatchObject({
      code: "forge-unreachable",
    })
  })

  it("is refused when it speaks TLS 1.2 at most, or shows a certificate of an unknown authority", async () => {
    const pki = await makePki({ host: "localhost", now: instantFromMillis(Date.now()), name: "Git forge" })
    const caFile = join(temporary.path, "ca.pem")
    writeFileSync(caFile, pki.root.certificatePem)
    const tls = { cert: pki.server.chainPem, key: pki.server.keyPem }
    const good = await desk({ tls })
    expect(await good.open({ caFile }).fetch("ledger", "with its past")).toBeNull()
    await expect(good.remote.fetch("ledger", "with its past")).rejects.toMatchObject({
      code: "forge-unreachable",
      hint: "if it is of your company's authority, name its PEM file in SCB_CA_FILE",
    })
    const old = await desk({ tls: { ...tls, maxVersion: "TLSv1.2" } })
    await expect(old.open({ caFile }).fetch("ledger", "with its past")).rejects.toMatchObject({
      code: "forge-unreachable",
      message: expect.stringContaining("does not speak TLS 1.3"),
    })
  })

  it.each([
    "http://forge.example.com/acme/bundles.git",
    "ssh://forge.example.com/acme/bundles.git",
    "https://x:ghs_CanaryCanaryCanary@forge.example.com/acme/bundles.git",
    "ext::sh -c evil",
    "--upload-pack=evil",
  ])("is not asked at %s", async url => {
    const { open } = await desk()
    const failing = (async () => open({ url }).fetch("ledger", "with its past"))()
    await expect(failing).rejects.toMatchObject({ code: expect.stringMatching(/^forge-/) })
    expect(String(await failing.catch(error => error))).not.toContain("Canary")
  })
})

describe("speaking to another repository", () => {
  it("runs no hook and heeds no setting of the own one", async () => {
    const { here, there, remote } = await desk()
    const ran = join(here, "ran")
    for (const hook of ["pre-push", "reference-transaction", "post-checkout"]) {
      writeFileSync(join(here, ".git", "hooks", hook), `#!/bin/sh\ntouch ${ran}\n`, { mode: 0o755 })
    }
    git(here, "config", "url.https://evil.example.com/.pushInsteadOf", "http://")
    git(here, "config", "url.https://evil.example.com/.insteadOf", "http://127.0.0.1")
    git(here, "config", "credential.helper", `!touch ${ran}`)
    git(here, "config", "http.extraHeader", "Authorization: basic of-somebody-else")
    const one = commit(here, null)
    expect(await remote.push("ledger", null, one)).toBe("pushed")
    expect(git(there, "rev-parse", "ledger")).toBe(one)
    expect(await remote.fetch("ledger", "with its past")).toBe(one)
    expect(() => readFileSync(ran)).toThrow(/ENOENT/)
  })

  it("shows its token neither in the repository nor in arguments, which every user of the machine sees", async () => {
    const { here, open, token } = await desk()
    const basic = Buffer.from(`x-access-token:${token}`).toString("base64")
    const shown: string[] = []
    const watching = await answering((_, response) => {
      shown.push(...commandLines())
      response.writeHead(503).end()
    })
    await open({ url: `${watching.url}/x.git` })
      .fetch("ledger", "with its past")
      .catch(() => {})
    await watching.close()
    expect(watching.asked[0]?.headers.authorization).toBe(`basic ${basic}`)
    expect(shown.filter(line => line.includes("ls-remote")).length).toBeGreaterThan(0)
    expect(shown.filter(line => line.includes(token) || line.includes(basic))).toEqual([])
    expect(readFileSync(join(here, ".git", "config"), "utf8")).not.toMatch(/extraheader|Canary/i)
  })
})

/** Of all processes. */
function commandLines(): readonly string[] {
  if (!existsSync("/proc/self/cmdline"))
    return execFileSync("ps", ["-axww", "-o", "args"], { encoding: "utf8" }).split("\n")
  return readdirSync("/proc")
    .filter(name => /^\d+$/.test(name))
    .map(id => {
      try {
        return readFileSync(join("/proc", id, "cmdline"), "utf8")
      } catch {
        return "" // it has ended meanwhile
      }
    })
}
