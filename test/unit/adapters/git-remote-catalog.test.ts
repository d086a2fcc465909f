import { join } from "node:path"
import { afterAll, describe, expect, it } from "vitest"
import { type GitRemoteCatalog, gitRemoteCatalog } from "../../../src/adapters/git-remote-catalog.ts"
import { instantFromMillis } from "../../../src/domain/instant.ts"
import { git, newRepository, temporaryDirectory } from "../../support/git.ts"

const temporary = temporaryDirectory()
afterAll(() => temporary.remove())
let made = 0

/** Several who publish to one place, each from a repository of its own. */
function publishers(count: number): {
  readonly url: string
  readonly all: readonly [GitRemoteCatalog, ...GitRemoteCatalog[]]
} {
  const url = join(temporary.path, `catalog-${made++}.git`)
  git(temporary.path, "init", "--quiet", "--bare", url)
  const open = (): GitRemoteCatalog => {
    const directory = join(temporary.path, `publisher-${made++}`)
    newRepository(directory)
    const author = { name: "scb", email: "scb@localhost" }
    return gitRemoteCatalog({ directory, url, branch: "catalog", author, now: () => instantFromMillis(0) })
  }
  return { url, all: [open(), ...Array.from({ length: count - 1 }, open)] }
}

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)
const put = (catalog: GitRemoteCatalog, files: Readonly<Record<string, string | null>>) =>
  catalog.publish(
    "catalog",
    async () => new Map(Object.entries(files).map(([path, text]) => [path, text === null ? null : bytes(text)])),
  )

describe("a catalog on a branch of another repository", () => {
  it("is empty before the first", async () => {
    const { all } = publishers(1)
    const tree = await all[0].newest()
    expect(tree.paths.size).toBe(0)
    expect(await tree.read("catalog/index.json", 100)).toBeUndefined()
  })

  it("gives everybody what one has published, and twice does nothing", async () => {
    const {
      all: [one, other = one],
    } = publishers(2)
    expect(await put(one, { "catalog/index.json": "1", "catalog/shards/a.json": "a" })).toBe("published")
    expect(await put(one, { "catalog/index.json": "1" })).toBe("already")
    expect(
      await put(other, { "catalog/index.json": "2", "catalog/shards/b.json": "b", "catalog/shards/a.json": null }),
    ).toBe("published")
    const tree = await one.newest()
    expect(tree.paths).toEqual(new Set(["catalog/index.json", "catalog/shards/b.json"]))
    expect(await tree.read("catalog/index.json", 100)).toEqual(bytes("2"))
  })

  it("reads no more than it is told", async () => {
    const {
      all: [one],
    } = publishers(1)
    await put(one, { a: "12345" })
    await expect((await one.newest()).read("a", 4)).rejects.toMatchObject({ code: "too-large" })
  })

  it("never replaces history, and leaves other branches and the own repository alone", async () => {
    const {
      url,
      all: [one, other = one],
    } = publishers(2)
    await put(one, { a: "1" })
    await put(other, { a: "2" })
    expect(git(url, "log", "--format=%s", "catalog")).toBe("catalog\ncatalog")
    expect(git(url, "for-each-ref", "--format=%(refname)")).toBe("refs/heads/catalog")
  })

  it("asks again what is to change when somebody was faster", async () => {
    const {
      url,
      all: [one, other = one],
    } = publishers(2)
    const seen: (readonly string[])[] = []
    await one.publish("slow", async ({ paths }) => {
      seen.push([...paths])
      if (seen.length === 1) await put(other, { "fast.json": "1" })
      return new Map([["slow.json", bytes("1")]])
    })
    expect(seen).toEqual([[], ["fast.json"]])
    expect(git(url, "ls-tree", "--name-only", "catalog")).toBe("fast.json\nslow.json")
  })
})
