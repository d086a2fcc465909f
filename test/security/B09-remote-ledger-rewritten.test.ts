import { join } from "node:path"
import { afterAll, afterEach, describe, expect, it } from "vitest"
import { type GitRemote, gitRemote } from "../../src/adapters/git-remote.ts"
import { gitRemoteLedger } from "../../src/adapters/git-remote-ledger.ts"
import { instantFromMillis } from "../../src/domain/instant.ts"
import type { Ledger } from "../../src/ports.ts"
import { type LedgerForge, ledgerForge } from "../support/forge/ledger-forge.ts"
import { git, newRepository, temporaryDirectory } from "../support/git.ts"
import { SIGNATURE } from "../support/writing.ts"

const AUTHOR = { name: "scb", email: "scb@localhost" }
const temporary = temporaryDirectory()
afterAll(() => temporary.remove())
const forges: LedgerForge[] = []
afterEach(async () => {
  await Promise.all(forges.splice(0).map(forge => forge.close()))
})
let made = 0

interface Desk {
  readonly forge: LedgerForge
  readonly there: string
  readonly here: string
  readonly ledger: Ledger
  commit(text: string): Promise<string>
}

/** `between` stands between the ledger and its remote. */
async function desk(between = (remote: GitRemote): GitRemote => remote): Promise<Desk> {
  const forge = await ledgerForge()
  forges.push(forge)
  const here = join(temporary.path, `here-${made++}`)
  newRepository(here)
  const ledger = gitRemoteLedger({
    directory: here,
    remote: between(gitRemote({ ...forge, directory: here })),
    author: AUTHOR,
  })
  async function commit(text: string): Promise<string> {
    const { head } = await ledger.read()
    const files = new Map([["ledger.yaml", text]])
    return ledger.commit(await ledger.prepare(head, files, text, instantFromMillis(0)), SIGNATURE)
  }
  return { forge, there: forge.there, here, ledger, commit }
}

describe("B09: the ledger of a remote whose history is rewritten", () => {
  it("is refused when it goes back behind what was seen, and nothing is forgotten", async () => {
    const { there, here, ledger, commit } = await desk()
    const first = await commit("1\n")
    const second = await commit("2\n")
    git(there, "update-ref", "refs/heads/ledger", first)
    await expect(ledger.read()).rejects.toMatchObject({ code: "ledger-corrupt" })
    await expect(ledger.history()).rejects.toMatchObject({ code: "ledger-corrupt" })
    await expect(commit("3\n")).rejects.toMatchObject({ code: "ledger-corrupt" })
    expect(git(here, "rev-parse", "ledger")).toBe(second)
  })

  it("is refused when it leads past what was seen", async () => {
    const { there, ledger, commit } = await desk()
    const first = await commit("1\n")
    await commit("2\n")
    const tree = git(there, "rev-parse", `${first}^{tree}`)
    git(there, "update-ref", "refs/heads/ledger", git(there, "commit-tree", "-p", first, "-m", "other", tree))
    await expect(ledger.read()).rejects.toMatchObject({ code: "ledger-corrupt" })
  })

  it("is refused when it is gone", async () => {
    const { there, ledger, commit } = await desk()
    await commit("1\n")
    git(there, "update-ref", "-d", "refs/heads/ledger")
    await expect(ledger.read()).rejects.toMatchObject({ code: "ledger-corrupt" })
    await expect(commit("2\n")).rejects.toMatchObject({ code: "ledger-corrupt" })
  })

  it("is followed when it only goes on", async () => {
    const { there, here, ledger, commit } = await desk()
    const first = await commit("1\n")
    const next = git(there, "commit-tree", "-p", first, "-m", "next", git(there, "rev-parse", `${first}^{tree}`))
    git(there, "update-ref", "refs/heads/ledger", next)
    expect((await ledger.read()).head).toBe(next)
    expect(git(here, "rev-parse", "ledger")).toBe(next)
    expect(git(here, "rev-parse", "--abbrev-ref", "HEAD")).toBe("main")
  })
})

describe("an answer of the remote ledger that is lost", () => {
  it("is found by looking", async () => {
    const { forge, there, ledger, commit } = await desk()
    await commit("1\n")
    forge.github.faults.next("git-receive-pack", { kind: "lost-answer" })
    const second = await commit("2\n")
    expect(git(there, "rev-parse", "ledger")).toBe(second)
    expect((await ledger.read()).head).toBe(second)
    expect(git(there, "rev-list", "--count", "ledger")).toBe("2")
    expect(forge.github.faults.unmet).toEqual([])
  })

  it("is found by looking where libcurl has sent again what had arrived, and was told that somebody was faster", async () => {
    const { there, commit } = await desk(remote => ({
      ...remote,
      push: async (...swap) => ((await remote.push(...swap)) === "pushed" ? "moved" : "pushed"),
    }))
    const first = await commit("1\n")
    expect(git(there, "rev-parse", "ledger")).toBe(first)
  })

  it("is an error when it has not arrived; running again does it, and twice does nothing", async () => {
    const { forge, there, ledger } = await desk()
    const prepared = await ledger.prepare(null, new Map([["ledger.yaml", "1\n"]]), "1", instantFromMillis(0))
    forge.github.faults.next("git-receive-pack", { kind: "502" })
    await expect(ledger.commit(prepared, SIGNATURE)).rejects.toMatchObject({ code: "forge-unreachable" })
    const head = await ledger.commit(prepared, SIGNATURE)
    expect(await ledger.commit(prepared, SIGNATURE)).toBe(head)
    expect(git(there, "rev-list", "--count", "ledger")).toBe("1")
  })
})
