import { execFileSync, spawnSync } from "node:child_process"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { afterAll, describe, expect, it } from "vitest"
import { gitLedger } from "../../src/adapters/git-ledger.ts"
import { openPgpSigner } from "../../src/adapters/signer-openpgp.ts"
import { generateOpenPgpKey } from "../../src/artifact/openpgp.ts"
import { type Instant, instantFromMillis, later } from "../../src/domain/instant.ts"
import type { Ledger } from "../../src/ports.ts"
import { git, newRepository, temporaryDirectory, writeFiles } from "../support/git.ts"
import { hasTool } from "../support/tools.ts"

const NOW = instantFromMillis(Date.UTC(2025, 0, 1))
const MINUTE = 60_000
const author = { name: "scb", email: "scb@localhost" }
const temporary = temporaryDirectory()
/** Short: an agent's socket lives in it. */
const home = mkdtempSync("/tmp/g-")
afterAll(() => {
  spawnSync("gpgconf", ["--homedir", home, "--kill", "all"])
  rmSync(home, { recursive: true, force: true })
  temporary.remove()
})

const key = await generateOpenPgpKey({
  userId: "Ledger test <ledger@example.com>",
  kind: "ecc",
  createdAt: later(NOW, -MINUTE),
})
const signer = await openPgpSigner({ privateKeyArmored: key.privateKeyArmored })

async function write(ledger: Ledger, path: string, text: string, at: Instant = NOW): Promise<string> {
  const prepared = await ledger.prepare(
    (await ledger.read()).head,
    new Map([[path, text]]),
    `write ${path}\n\nwhy: ü`,
    at,
  )
  return ledger.commit(prepared, await signer.sign(new TextEncoder().encode(prepared.payload), at))
}

function fresh(name: string): { readonly directory: string; readonly ledger: Ledger } {
  const directory = join(temporary.path, name)
  newRepository(directory)
  return { directory, ledger: gitLedger({ directory, author }) }
}

describe("native git and the ledger", () => {
  it("finds nothing wrong with it, and its work tree, index and HEAD untouched", async () => {
    const { directory, ledger } = fresh("untouched")
    writeFiles(directory, { "staged.txt": "x\n" })
    git(directory, "add", "staged.txt")
    const status = git(directory, "status", "--porcelain=v2", "--branch")
    const first = await write(ledger, "ledger.yaml", "sequence: 1\n")
    const second = await write(ledger, "bundles/c/b.yaml", "releases: []\n", later(NOW, MINUTE))
    expect(git(directory, "fsck", "--strict", "--full")).toBe("")
    expect(git(directory, "status", "--porcelain=v2", "--branch")).toBe(status)
    expect(git(directory, "log", "--format=%H %P %an <%ae> %at %s", "ledger").split("\n")).toEqual([
      `${second} ${first} scb <scb@localhost> ${NOW / 1000 + 60} write bundles/c/b.yaml`,
      `${first}  scb <scb@localhost> ${NOW / 1000} write ledger.yaml`,
    ])
    expect(git(directory, "rev-list", "--max-parents=0", "ledger")).toBe(first)
  })

  it("shows each transaction as one change and keeps the branch's log", async () => {
    const { directory, ledger } = fresh("log")
    await write(ledger, "ledger.yaml", "sequence: 1\n")
    await write(ledger, "ledger.yaml", "sequence: 2\n", later(NOW, MINUTE))
    expect(git(directory, "show", "--format=%b", "--unified=0", "ledger")).toMatch(
      /why: ü[\s\S]*-sequence: 1\n\+sequence: 2/,
    )
    expect(git(directory, "reflog", "show", "--format=%gs", "ledger").split("\n")).toEqual([
      "scb: write ledger.yaml",
      "scb: write ledger.yaml",
    ])
  })

  it("works beside it: commits on main, packs refs, collects, clones, fetches", async () => {
    const { directory, ledger } = fresh("beside")
    const clone = join(temporary.path, "clone")
    git(directory, "clone", "--quiet", ".", clone)
    const steps: readonly (() => unknown)[] = [
      () => git(directory, "commit", "--quiet", "--allow-empty", "--message=second"),
      () => git(directory, "pack-refs", "--all", "--prune"),
      () => git(directory, "gc", "--quiet", "--prune=now"),
      () => git(directory, "repack", "-a", "-d", "-f", "--quiet", "--depth=50"),
      () => git(clone, "fetch", "--quiet", "origin", "ledger:ledger"),
    ]
    for (const [at, step] of steps.entries()) {
      const head = await write(ledger, `bundles/c/b${at}.yaml`, "x\n".repeat(at + 1), later(NOW, at * MINUTE))
      step()
      expect((await ledger.read()).head).toBe(head)
      expect((await gitLedger({ directory, author }).read()).files.size).toBe(at + 1)
      expect(await ledger.history()).toHaveLength(at + 1)
      expect(git(directory, "fsck", "--strict")).toBe("")
    }
    expect(await gitLedger({ directory: clone, author }).read()).toEqual(await ledger.read())
  })

  it("moves the branch, and what was prepared before is refused", async () => {
    const { directory, ledger } = fresh("moved")
    await write(ledger, "ledger.yaml", "sequence: 1\n")
    const { head } = await ledger.read()
    const prepared = await ledger.prepare(head, new Map([["ledger.yaml", "sequence: 2\n"]]), "x", NOW)
    const tree = git(directory, "rev-parse", "ledger^{tree}")
    git(
      directory,
      "update-ref",
      "refs/heads/ledger",
      git(directory, "commit-tree", tree, "-p", "ledger", "-m", "by hand"),
    )
    await expect(ledger.commit(prepared, "signature")).rejects.toMatchObject({ code: "ledger-moved" })
    expect((await ledger.history())[0]?.signature).toBeUndefined()
    git(directory, "update-ref", "-d", "refs/heads/ledger")
    await expect(ledger.commit(prepared, "signature")).rejects.toMatchObject({ code: "ledger-moved" })
    expect((await ledger.read()).head).toBeNull()
  })

  it("may have written what no ledger is: merges, links and other kinds of files are refused", async () => {
    const { directory, ledger } = fresh("corrupt")
    const head = await write(ledger, "ledger.yaml", "sequence: 1\n")
    const tree = git(directory, "rev-parse", "ledger^{tree}")
    const merge = git(directory, "commit-tree", tree, "-p", head, "-p", "main", "-m", "merge")
    git(directory, "update-ref", "refs/heads/ledger", merge)
    await expect(ledger.history()).rejects.toMatchObject({ code: "ledger-corrupt" })
    git(directory, "update-ref", "refs/heads/ledger", git(directory, "rev-parse", "main"))
    writeFileSync(join(directory, "blob"), "target")
    const blob = git(directory, "hash-object", "-w", "blob")
    const link = execFileSync("git", ["mktree"], {
      cwd: directory,
      input: `120000 blob ${blob}\tlink\n`,
      encoding: "utf8",
    })
    git(directory, "update-ref", "refs/heads/ledger", git(directory, "commit-tree", link.trim(), "-m", "link"))
    await expect(ledger.read()).rejects.toMatchObject({ code: "ledger-corrupt" })
  })
})

describe.runIf(hasTool("gpg"))("gpg and the ledger", () => {
  it("verifies every commit with git verify-commit, and none that was changed", async () => {
    const { directory, ledger } = fresh("signed")
    execFileSync("gpg", ["--homedir", home, "--batch", "--quiet", "--import"], {
      input: key.publicKeyArmored,
      stdio: "pipe",
    })
    const heads = [
      await write(ledger, "ledger.yaml", "sequence: 1\n"),
      await write(ledger, "bundles/c/b.yaml", "releases: []\n", later(NOW, MINUTE)),
    ]
    for (const head of heads) {
      const verified = verifyCommit(directory, head)
      expect(verified.stderr).toContain(`VALIDSIG ${key.fingerprint}`)
      expect(verified.status).toBe(0)
    }
    const forged = git(directory, "cat-file", "commit", "ledger").replace("why: ü", "why: u")
    const id = execFileSync("git", ["hash-object", "-t", "commit", "-w", "--stdin"], {
      cwd: directory,
      input: `${forged}\n`,
      encoding: "utf8",
    })
    expect(verifyCommit(directory, id.trim()).status).not.toBe(0)
  })

  it("verifies what history gives back: payload and signature belong together", async () => {
    const { ledger } = fresh("history")
    await write(ledger, "ledger.yaml", "sequence: 1\n")
    const [commit] = await ledger.history(1)
    writeFileSync(join(temporary.path, "payload"), commit?.payload ?? "")
    writeFileSync(join(temporary.path, "payload.asc"), commit?.signature ?? "")
    const { status } = spawnSync("gpg", ["--homedir", home, "--batch", "--verify", "payload.asc", "payload"], {
      cwd: temporary.path,
    })
    expect(status).toBe(0)
  })
})

function verifyCommit(directory: string, commit: string): { readonly status: number | null; readonly stderr: string } {
  const env = { PATH: process.env["PATH"], GNUPGHOME: home, GIT_CONFIG_GLOBAL: "/dev/null", GIT_CONFIG_NOSYSTEM: "1" }
  return spawnSync("git", ["verify-commit", "--raw", commit], { cwd: directory, env, encoding: "utf8" })
}
