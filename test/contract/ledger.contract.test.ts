import { join } from "node:path"
import { afterAll, describe, expect, it } from "vitest"
import { gitLedger } from "../../src/adapters/git-ledger.ts"
import { gitRemote } from "../../src/adapters/git-remote.ts"
import { gitRemoteLedger } from "../../src/adapters/git-remote-ledger.ts"
import { memoryLedger } from "../../src/adapters/ledger-memory.ts"
import { type Instant, instantFromMillis } from "../../src/domain/instant.ts"
import type { Ledger } from "../../src/ports.ts"
import { git, newRepository, temporaryDirectory } from "../support/git.ts"

const NOW = instantFromMillis(Date.UTC(2026, 10, 22))
const SIGNATURE = "-----BEGIN PGP SIGNATURE-----\n\nnot a real one\n=0000\n-----END PGP SIGNATURE-----\n"
const AUTHOR = { name: "scb", email: "scb@localhost" }

const temporary = temporaryDirectory()
afterAll(() => temporary.remove())
let made = 0

function freshGitLedger(): Ledger {
  const directory = join(temporary.path, `ledger-${made++}`)
  newRepository(directory)
  return gitLedger({ directory, author: AUTHOR, patienceMillis: 60_000 })
}

function freshRemoteLedger(): Ledger {
  const directory = join(temporary.path, `ledger-${made++}`)
  const url = `${directory}.git`
  newRepository(directory)
  git(directory, "init", "--quiet", "--bare", url)
  return gitRemoteLedger({ directory, remote: gitRemote({ directory, url }), author: AUTHOR, patienceMillis: 60_000 })
}

/** `crowd`: how many append at once; over a remote each of them is a dozen processes. */
const KINDS: readonly { readonly kind: string; readonly fresh: () => Ledger; readonly crowd: number }[] = [
  { kind: "memory", fresh: () => memoryLedger(), crowd: 20 },
  { kind: "git", fresh: freshGitLedger, crowd: 20 },
  { kind: "a git remote", fresh: freshRemoteLedger, crowd: 5 },
]

const files = (entries: Readonly<Record<string, string>>) => new Map(Object.entries(entries))

async function commit(
  ledger: Ledger,
  parent: string | null,
  entries: Readonly<Record<string, string>>,
  at: Instant = NOW,
) {
  return ledger.commit(await ledger.prepare(parent, files(entries), "change", at), SIGNATURE)
}

/** What an application does: read, prepare, commit, and from the start again when somebody was faster. */
async function append(ledger: Ledger, path: string, text: string): Promise<void> {
  for (;;) {
    const { head } = await ledger.read()
    try {
      await commit(ledger, head, { [path]: text })
      return
    } catch (cause) {
      expect(cause).toMatchObject({ code: "ledger-moved" })
    }
  }
}

describe.each(KINDS)("a ledger in $kind", ({ fresh, crowd }) => {
  it("is empty before its first commit", async () => {
    const ledger = fresh()
    expect(await ledger.read()).toEqual({ head: null, files: new Map(), ids: new Map() })
    expect(await ledger.history()).toEqual([])
  })

  it("gives back what was committed", async () => {
    const ledger = fresh()
    const head = await commit(ledger, null, { "ledger.yaml": "a: ü\n", "bundles/c/b.yaml": "\uFEFFb\r\n" })
    expect(head).toMatch(/^[0-9a-f]{40}$/)
    expect(await ledger.read()).toEqual({
      head,
      files: files({ "bundles/c/b.yaml": "\uFEFFb\r\n", "ledger.yaml": "a: ü\n" }),
      ids: files({
        "bundles/c/b.yaml": "37e8ac464ef38436cbb55944c5e3ed9f89d76244",
        "ledger.yaml": "9269d554da923ad30d7ba2312b69403dd4ce92a6",
      }),
    })
  })

  it("reads texts when they are asked for, if it may wait, and gives the same", async () => {
    const ledger = fresh()
    const texts = { "bundles/c/a.yaml": "a\n", "bundles/c/b.yaml": "b\n", "ledger.yaml": "1\n" }
    await commit(ledger, null, texts)
    const { ids } = await ledger.read()
    const snapshot = await ledger.read({ wait: true })
    expect(snapshot.ids).toEqual(ids)
    expect(new Map(snapshot.files)).toEqual(files(texts))
    expect(snapshot.files.has("bundles/c/z.yaml")).toBe(false)
  })

  it("keeps the files that a commit does not name", async () => {
    const ledger = fresh()
    const first = await commit(ledger, null, {
      "ledger.yaml": "1\n",
      "bundles/c/a.yaml": "a\n",
      "bundles/d/a.yaml": "d\n",
    })
    await commit(ledger, first, { "ledger.yaml": "2\n", "bundles/c/b.yaml": "b\n" })
    expect((await ledger.read()).files).toEqual(
      files({ "bundles/c/a.yaml": "a\n", "bundles/c/b.yaml": "b\n", "bundles/d/a.yaml": "d\n", "ledger.yaml": "2\n" }),
    )
  })

  it("prepares the same payload for the same arguments, and stores nothing", async () => {
    const ledger = fresh()
    const one = await ledger.prepare(null, files({ "ledger.yaml": "1\n" }), "change", NOW)
    const two = await ledger.prepare(null, files({ "ledger.yaml": "1\n" }), "change", NOW)
    expect(one).toEqual(two)
    expect((await ledger.read()).head).toBeNull()
  })

  it("gives back payloads, signatures and parents, newest first", async () => {
    const ledger = fresh()
    const prepared = await ledger.prepare(null, files({ "ledger.yaml": "1\n" }), "first\n\nbody", NOW)
    const first = await ledger.commit(prepared, SIGNATURE.replaceAll("\n", "\r\n"))
    const second = await commit(ledger, first, { "ledger.yaml": "2\n" })
    const history = await ledger.history()
    expect(history.map(({ id, parent }) => ({ id, parent }))).toEqual([
      { id: second, parent: first },
      { id: first, parent: null },
    ])
    expect(history[1]).toEqual({ id: first, parent: null, payload: prepared.payload, signature: SIGNATURE })
    expect(await ledger.history(1)).toEqual(history.slice(0, 1))
    expect(await ledger.history(5, first)).toEqual(history.slice(0, 1))
    expect(await ledger.history(undefined, second)).toEqual([])
  })

  it("says that its history was rewritten when a known commit is not in it", async () => {
    const ledger = fresh()
    await commit(ledger, null, { "ledger.yaml": "1\n" })
    await expect(ledger.history(undefined, "f".repeat(40))).rejects.toMatchObject({ code: "ledger-corrupt" })
  })

  it("lets one of two commits on the same head win", async () => {
    const ledger = fresh()
    const one = await ledger.prepare(null, files({ "one.yaml": "1\n" }), "one", NOW)
    const two = await ledger.prepare(null, files({ "two.yaml": "2\n" }), "two", NOW)
    const outcomes = await Promise.allSettled([ledger.commit(one, SIGNATURE), ledger.commit(two, SIGNATURE)])
    expect(outcomes.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"])
    expect(outcomes.find(({ status }) => status === "rejected")).toMatchObject({ reason: { code: "ledger-moved" } })
    expect((await ledger.read()).files.size).toBe(1)
  })

  it("does nothing when the commit already is its head", async () => {
    const ledger = fresh()
    const prepared = await ledger.prepare(null, files({ "ledger.yaml": "1\n" }), "change", NOW)
    const head = await ledger.commit(prepared, SIGNATURE)
    expect(await ledger.commit(prepared, SIGNATURE)).toBe(head)
    expect(await ledger.history()).toHaveLength(1)
  })

  it("refuses the same commit with another signature", async () => {
    const ledger = fresh()
    const prepared = await ledger.prepare(null, files({ "ledger.yaml": "1\n" }), "change", NOW)
    await ledger.commit(prepared, SIGNATURE)
    await expect(ledger.commit(prepared, SIGNATURE.replace("0000", "1111"))).rejects.toMatchObject({
      code: "ledger-moved",
    })
  })

  it("refuses a commit on an older head, and one on a parent that it does not know", async () => {
    const ledger = fresh()
    const first = await commit(ledger, null, { "ledger.yaml": "1\n" })
    await commit(ledger, first, { "ledger.yaml": "2\n" })
    await expect(commit(ledger, first, { "ledger.yaml": "3\n" })).rejects.toMatchObject({ code: "ledger-moved" })
    await expect(commit(ledger, null, { "ledger.yaml": "3\n" })).rejects.toMatchObject({ code: "ledger-moved" })
    await expect(commit(ledger, "f".repeat(40), {})).rejects.toMatchObject({ code: "ledger-moved" })
  })

  it("refuses a payload that is about other files or another parent", async () => {
    const ledger = fresh()
    const first = await commit(ledger, null, { "ledger.yaml": "1\n" })
    const prepared = await ledger.prepare(first, files({ "ledger.yaml": "2\n" }), "change", NOW)
    const others = { ...prepared, files: files({ "ledger.yaml": "3\n" }) }
    await expect(ledger.commit(others, SIGNATURE)).rejects.toMatchObject({ code: "digest-mismatch" })
    const orphan = { ...prepared, payload: prepared.payload.replace(/^parent .*\n/m, "") }
    await expect(ledger.commit(orphan, SIGNATURE)).rejects.toMatchObject({ code: "digest-mismatch" })
    expect((await ledger.read()).head).toBe(first)
  })

  it("commits what was prepared elsewhere", async () => {
    const [here, there] = [fresh(), fresh()]
    const prepared = await there.prepare(null, files({ "bundles/c/b.yaml": "1\n" }), "change", NOW)
    await here.commit(structuredClone(prepared), SIGNATURE)
    expect((await here.read()).files).toEqual(prepared.files)
  })

  it.each(["../up.yaml", "/root.yaml", ".git/config", "a//b", "A.yaml", "a/", "a\\b", ""])(
    "never writes a file named %j",
    async path => {
      await expect(fresh().prepare(null, files({ [path]: "" }), "change", NOW)).rejects.toThrow(/no ledger file/)
    },
  )

  it("never lets a file and a folder have one name", async () => {
    const ledger = fresh()
    const first = await commit(ledger, null, { "a/b.yaml": "1\n" })
    await expect(ledger.prepare(first, files({ a: "" }), "change", NOW)).rejects.toThrow(/both a file and a folder/)
  })

  it(`loses nothing when ${crowd} append at once`, async () => {
    const ledger = fresh()
    const paths = Array.from({ length: crowd }, (_, index) => `bundles/c/b${index}.yaml`)
    await Promise.all(paths.map(path => append(ledger, path, `${path}\n`)))
    expect([...(await ledger.read()).files.keys()].sort()).toEqual([...paths].sort())
    expect(await ledger.history()).toHaveLength(crowd)
  })
})

describe("ledgers in memory, git and a git remote", () => {
  it("give one history the same ids", async () => {
    const heads = []
    for (const { fresh } of KINDS) {
      const ledger = fresh()
      const first = await commit(ledger, null, {
        "ledger.yaml": "1\n",
        "bundles/c/b.yaml": "x\n",
        "bundles-old/a": "\n",
      })
      heads.push(await commit(ledger, first, { "bundles/c.d/b.yaml": "y\n" }))
    }
    expect(new Set(heads).size).toBe(1)
  })
})

describe("a ledger in memory", () => {
  it("fails where it is told to, before it writes", async () => {
    const failing = { at: "" }
    const ledger = memoryLedger({
      beforeWrite: operation => {
        if (operation === failing.at) throw new Error(`no ${operation}`)
      },
    })
    failing.at = "head"
    await expect(commit(ledger, null, { "ledger.yaml": "1\n" })).rejects.toThrow("no head")
    expect((await ledger.read()).head).toBeNull()
    failing.at = ""
    await expect(commit(ledger, null, { "ledger.yaml": "1\n" })).resolves.toMatch(/^[0-9a-f]{40}$/)
  })
})
