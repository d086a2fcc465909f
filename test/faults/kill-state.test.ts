import { join } from "node:path"
import { afterAll, describe, expect, it } from "vitest"
import { gitLedger } from "../../src/adapters/git-ledger.ts"
import { directoryReleases } from "../../src/adapters/releases-directory.ts"
import { CATALOG_INDEX, catalogShardPath, catalogSignaturePath, type Releases } from "../../src/ports.ts"
import { contentOf, runWriter } from "../support/child.ts"
import { git, newRepository, temporaryDirectory } from "../support/git.ts"
import { append, catalog, publishEverything, release, sha256, writeTransactions } from "../support/writing.ts"

const temporary = temporaryDirectory()
afterAll(() => temporary.remove())
const author = { name: "scb", email: "scb@localhost" }
const SIZE = 5_000

/** Kills a writer before its first, second, … write until one comes through. `check` sees what each left behind. */
async function killEverywhere(
  fresh: (name: string) => Promise<string>,
  verb: readonly [string, ...string[]],
  check: (directory: string) => Promise<void>,
): Promise<number> {
  const [name, ...rest] = verb
  for (let at = 0; ; at += 4) {
    const runs = [at, at + 1, at + 2, at + 3].map(async killAt => {
      const directory = await fresh(`${name}-${killAt}`)
      const ending = await runWriter([name, directory, ...rest], { killAt })
      expect(ending.signal ?? ending.code).toBe(ending.signal === null ? 0 : "SIGKILL")
      await check(directory)
      return ending.signal === null
    })
    const finished = (await Promise.all(runs)).indexOf(true)
    if (finished >= 0) return at + finished
  }
}

async function seesAllOrNothing(releases: Releases): Promise<void> {
  const found = await releases.find("c/b", "1.0.0")
  expect([undefined, release(SIZE).size]).toContain(found?.length)
  const index = await releases.readCatalogFile(CATALOG_INDEX, 1e6)
  const shown = [catalog(1), catalog(2)].find(each => Buffer.from(each.index).equals(index ?? new Uint8Array()))
  expect(shown).toBeDefined()
  expect(await releases.readCatalogFile(catalogSignaturePath(sha256(shown?.index ?? new Uint8Array())), 1e6)).toEqual(
    shown?.signature,
  )
  for (const [digest, content] of shown?.shards ?? [])
    expect(await releases.readCatalogFile(catalogShardPath(digest), 1e6)).toEqual(content)
}

describe("killed at every write", () => {
  it("releases show all or nothing, and end as if nothing had happened", { timeout: 400_000 }, async () => {
    const fresh = async (name: string): Promise<string> => {
      const root = join(temporary.path, name)
      await directoryReleases(root).publishCatalog(catalog(1))
      return root
    }
    const unkilled = await fresh("unkilled")
    await publishEverything(directoryReleases(unkilled), SIZE)
    const kills = await killEverywhere(fresh, ["publish", `${SIZE}`], async root => {
      const releases = directoryReleases(root)
      await seesAllOrNothing(releases)
      await publishEverything(releases, SIZE)
      expect(contentOf(root)).toEqual(contentOf(unkilled))
    })
    expect(kills).toBeGreaterThan(40)
  })

  it("a ledger is sound after each, and ends as if nothing had happened", { timeout: 400_000 }, async () => {
    const fresh = async (name: string): Promise<string> => {
      const directory = join(temporary.path, name)
      newRepository(directory)
      return directory
    }
    const unkilled = await fresh("unkilled-ledger")
    const head = await writeTransactions(gitLedger({ directory: unkilled, author }))
    await append(gitLedger({ directory: unkilled, author }), "next.yaml")
    const kills = await killEverywhere(fresh, ["transact"], async directory => {
      expect(git(directory, "fsck", "--strict", "--no-dangling")).toBe("")
      expect(await writeTransactions(gitLedger({ directory, author }))).toBe(head)
      await append(gitLedger({ directory, author }), "next.yaml")
      expect(git(directory, "fsck", "--strict")).toBe("")
      expect(gitState(directory)).toEqual(gitState(unkilled))
    })
    expect(kills).toBeGreaterThan(40)
  })
})

/** Objects, branches and what scb keeps for itself: no lock, no temporary file. */
function gitState(directory: string): readonly string[] {
  return Object.keys(contentOf(join(directory, ".git")))
    .filter(path => !/^objects\/(?!tmp)/.test(path) && !path.startsWith("logs/"))
    .concat(git(directory, "rev-list", "--objects", "ledger"))
}
