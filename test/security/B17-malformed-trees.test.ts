import { execFileSync } from "node:child_process"
import { mkdtempSync } from "node:fs"
import { join } from "node:path"
import { afterAll, describe, expect, it } from "vitest"
import { gitHistory } from "../../src/adapters/history-git.ts"
import { gitWorkspace } from "../../src/adapters/workspace-git.ts"
import { git, newRepository, temporaryDirectory } from "../support/git.ts"

const temporary = temporaryDirectory()
afterAll(() => temporary.remove())

type Entry = readonly [mode: string, name: string, id: string]

/** A repository, and a way to put into it trees that `git add` would never write, as a forge without fsck takes them. */
function repository() {
  const directory = mkdtempSync(join(temporary.path, "trees-"))
  newRepository(directory, { ".github/w.yml": "good\n", "bundles/prod/a.yaml": "good\n" })
  const write = (type: string, input: string | Buffer): string =>
    execFileSync("git", ["hash-object", "-t", type, "-w", "--literally", "--stdin"], { cwd: directory, input })
      .toString()
      .trim()
  const tree = (...entries: readonly Entry[]): string =>
    write(
      "tree",
      Buffer.concat(
        entries.flatMap(([mode, name, id]) =>
          [`${mode} ${name}\0`, Buffer.from(id, "hex")].map(part => Buffer.from(part)),
        ),
      ),
    )
  const head = git(directory, "rev-parse", "HEAD")
  return {
    tree,
    evil: write("blob", "evil\n"),
    at: (path: string) => git(directory, "rev-parse", `HEAD:${path}`),
    async judge(root: string) {
      const commit = git(directory, "commit-tree", root, "-p", head, "-m", "odd")
      const history = gitHistory(directory)
      const { tree: read } = await gitWorkspace(directory).readCommit(commit)
      return {
        changed: await history.changedPaths(head, commit),
        odd: (await history.unreviewable(head, commit)).map(({ path, problem }) => `${path}: ${problem}`),
        unread: read.problems?.map(({ path }) => path) ?? [],
      }
    },
  }
}

describe("B17: trees that every reader reads otherwise", () => {
  it("refuses a file that is there twice, of which git shows the first and others the last", async () => {
    const { tree, evil, at, judge } = repository()
    const github = tree(["100644", "w.yml", evil], ["100644", "w.yml", at(".github/w.yml")])
    expect(await judge(tree(["40000", ".github", github], ["40000", "bundles", at("bundles")]))).toEqual({
      changed: [".github/w.yml"],
      odd: [".github/w.yml: it is there twice"],
      unread: [],
    })
  })

  it("refuses a folder that is there twice", async () => {
    const { tree, evil, at, judge } = repository()
    const github = tree(["100644", "w.yml", evil])
    const root = tree(
      ["40000", ".github", github],
      ["40000", ".github", at(".github")],
      ["40000", "bundles", at("bundles")],
    )
    expect(await judge(root)).toEqual({ changed: [".github"], odd: [".github: it is there twice"], unread: [] })
  })

  it.each(["040000", "100666", "100600", "120644"])("refuses the mode %s, which git reads as another", async mode => {
    const { tree, evil, at, judge } = repository()
    const prod = tree(
      ["100644", "a.yaml", at("bundles/prod/a.yaml")],
      [mode, "b.yaml", mode === "040000" ? at("bundles/prod") : evil],
    )
    const root = tree(["40000", ".github", at(".github")], ["40000", "bundles", tree(["40000", "prod", prod])])
    expect(await judge(root)).toEqual({
      changed: ["bundles/prod/b.yaml"],
      odd: [`bundles/prod/b.yaml: it has the mode ${mode}, expected 100644 or 100755`],
      unread: ["bundles/prod/b.yaml"],
    })
  })

  it.each(["..", ".git", ".GIT"])("refuses a folder %s, which no checkout shows", async name => {
    const { tree, evil, at, judge } = repository()
    const prod = tree(["100644", "a.yaml", evil])
    const bundles = tree(["40000", name, prod], ["40000", "prod", at("bundles/prod")])
    const path = `bundles/${name}/a.yaml`
    expect(await judge(tree(["40000", ".github", at(".github")], ["40000", "bundles", bundles]))).toEqual({
      changed: [path],
      odd: [`${path}: no checkout can hold such a name`],
      unread: [path],
    })
  })
})
