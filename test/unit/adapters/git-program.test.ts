import { mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { afterAll, describe, expect, it } from "vitest"
import type { GitObject } from "../../../src/adapters/git-objects.ts"
import { catFiles, catFilesNow, maybeChanged } from "../../../src/adapters/git-program.ts"
import { objectReader, openRepository } from "../../../src/adapters/git-repository.ts"
import { gitWorkspace } from "../../../src/adapters/workspace-git.ts"
import { git, newRepository, temporaryDirectory } from "../../support/git.ts"

const temporary = temporaryDirectory()
afterAll(() => temporary.remove())

/** Sizes around those of pipes and pages, so that objects begin and end anywhere in what is read at once. */
const SIZES = Array.from({ length: 60 }, (_, index) => (index % 7 === 0 ? 65_536 + index : index * 97))
const FILES = Object.fromEntries(
  SIZES.map((size, index) => [`bundles/c/b${index}.yaml`, `${index}\n`.padEnd(size, "\n")]),
)

function packed(name: string): { readonly directory: string; readonly gitDirectory: string; readonly ids: string[] } {
  const directory = join(temporary.path, name)
  newRepository(directory, FILES)
  git(directory, "gc", "--quiet")
  const ids = git(directory, "ls-tree", "-r", "--object-only", "HEAD").split("\n")
  return { directory, gitDirectory: join(directory, ".git"), ids }
}

const MISSING = "0123456789".repeat(4)

describe("git", () => {
  it("gives the objects that isomorphic-git gives, whole, and leaves out what is not there", async () => {
    const { directory, gitDirectory, ids } = packed("same")
    const reader = objectReader(await openRepository(directory), "io")
    const now = new Map<string, GitObject>()
    const then = new Map<string, GitObject>()
    expect(await catFiles(gitDirectory, [MISSING, ...ids], (id, object) => void then.set(id, object))).toBe(true)
    expect(catFilesNow(gitDirectory, [...ids, MISSING], (id, object) => void now.set(id, object))).toBe(true)
    expect([...then.keys()].sort()).toEqual([...new Set(ids)].sort())
    for (const id of ids) {
      const object = await reader.find(id)
      expect(object?.id).toBe(id)
      expect(Buffer.compare(then.get(id)?.content ?? Buffer.of(), object?.content ?? Buffer.of(1))).toBe(0)
      expect(Buffer.compare(now.get(id)?.content ?? Buffer.of(), object?.content ?? Buffer.of(1))).toBe(0)
    }
  })

  it("says that it cannot read what is no repository", async () => {
    const take = (): void => {}
    expect(await catFiles(join(temporary.path, "nowhere"), [MISSING], take)).toBe(false)
    expect(catFilesNow(join(temporary.path, "nowhere"), [MISSING], take)).toBe(false)
    expect(await maybeChanged(join(temporary.path, "nowhere"), temporary.path, ["bundles"])).toBeUndefined()
  })

  it("names what its index has not seen unchanged", async () => {
    const { directory, gitDirectory } = packed("changed")
    writeFileSync(join(directory, "bundles/c/b1.yaml"), "other\n")
    expect([...((await maybeChanged(gitDirectory, directory, ["bundles"])) ?? [])].filter(Boolean)).toEqual([
      "bundles/c/b1.yaml",
    ])
  })

  it("is not led elsewhere by the environment of whoever calls it", async () => {
    const { gitDirectory, ids } = packed("environment")
    const before = process.env["GIT_OBJECT_DIRECTORY"]
    process.env["GIT_OBJECT_DIRECTORY"] = temporary.path
    const found: string[] = []
    try {
      await catFiles(gitDirectory, ids, id => void found.push(id))
    } finally {
      if (before === undefined) delete process.env["GIT_OBJECT_DIRECTORY"]
      else process.env["GIT_OBJECT_DIRECTORY"] = before
    }
    expect(found.length).toBe(ids.length)
  })
})

describe("a workspace of many packed files", () => {
  it("gives a file that was put off as it gives the others, and finds what is changed, new and gone", async () => {
    const { directory } = packed("workspace")
    const workspace = gitWorkspace(directory)
    const { tree } = await workspace.readCommit()
    const later = await workspace.readCommit("HEAD", () => true)
    expect(later.tree.ids).toEqual(tree.ids)
    expect([...later.tree.keys()]).toEqual([...tree.keys()])
    for (const path of ["bundles/c/b0.yaml", "bundles/c/b59.yaml"]) expect(later.tree.get(path)).toEqual(tree.get(path))
    expect(await workspace.uncommittedChanges()).toEqual([])
    mkdirSync(join(directory, "bundles/d"))
    writeFileSync(join(directory, "bundles/d/new.yaml"), "new\n")
    writeFileSync(join(directory, "bundles/c/b2.yaml"), "other\n")
    git(directory, "rm", "--quiet", "bundles/c/b3.yaml")
    expect(await workspace.uncommittedChanges()).toEqual([
      "bundles/c/b2.yaml",
      "bundles/c/b3.yaml",
      "bundles/d/new.yaml",
    ])
  })
})
