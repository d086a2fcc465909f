import { execFileSync } from "node:child_process"
import { chmodSync, mkdirSync, renameSync, rmSync, symlinkSync, utimesSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { afterAll, describe, expect, it } from "vitest"
import { gitWorkspace } from "../../src/adapters/workspace-git.ts"
import { memoryWorkspace } from "../../src/adapters/workspace-memory.ts"
import type { Tree, Workspace } from "../../src/ports.ts"
import { git, newRepository, temporaryDirectory, writeFiles } from "../support/git.ts"

/** A workspace, and the hands of its author. */
interface Desk {
  readonly workspace: Workspace
  write(path: string, text: string): void
  remove(path: string): void
  commit(): string
}

const temporary = temporaryDirectory()
afterAll(() => temporary.remove())
let made = 0

const FILES = { "policies/people.yaml": "kind: People\n", "bundles/c/b.yaml": "kind: Bundle\n", "README.md": "x\n" }
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)

function inMemory(): Desk {
  const workspace = memoryWorkspace(new Map(Object.entries(FILES).map(([path, text]) => [path, bytes(text)])))
  return {
    workspace,
    write: (path, text) => workspace.files.set(path, bytes(text)),
    remove: path => workspace.files.delete(path),
    commit: workspace.commit,
  }
}

function inGit(): Desk & { readonly directory: string } {
  const directory = join(temporary.path, `work-${made++}`)
  newRepository(directory, FILES)
  return {
    directory,
    workspace: gitWorkspace(directory),
    write: (path, text) => writeFiles(directory, { [path]: text }),
    remove: path => rmSync(join(directory, path)),
    commit: () => commitAll(directory),
  }
}

function commitAll(directory: string): string {
  git(directory, "add", "--all")
  git(directory, "commit", "--quiet", "--message=change")
  return git(directory, "rev-parse", "HEAD")
}

function texts(tree: Tree): Readonly<Record<string, string>> {
  return Object.fromEntries([...tree].map(([path, content]) => [path, new TextDecoder().decode(content)]))
}

const problems = (tree: Tree) => (tree.problems ?? []).map(({ path, problem }) => `${path}: ${problem}`)

describe.each([
  { kind: "memory", fresh: inMemory },
  { kind: "git", fresh: inGit as () => Desk },
])("a workspace in $kind", ({ fresh }) => {
  it("reads policies and bundles and nothing else, in the order of their paths", async () => {
    const { workspace } = fresh()
    const expected = { "bundles/c/b.yaml": "kind: Bundle\n", "policies/people.yaml": "kind: People\n" }
    const { commit, tree } = await workspace.readCommit()
    expect(commit).toMatch(/^[0-9a-f]{40}$/)
    expect(texts(tree)).toEqual(expected)
    expect(texts(await workspace.readWorkingTree())).toEqual(expected)
    expect([...tree.keys()]).toEqual(Object.keys(expected))
    expect(tree.problems).toBeUndefined()
  })

  it("tells what is on disk from what is committed", async () => {
    const { workspace, write, remove } = fresh()
    write("bundles/c/b.yaml", "changed\n")
    write("bundles/c/new.yaml", "new\n")
    write("README.md", "changed\n")
    remove("policies/people.yaml")
    expect(texts(await workspace.readWorkingTree())).toEqual({
      "bundles/c/b.yaml": "changed\n",
      "bundles/c/new.yaml": "new\n",
    })
    expect(Object.keys(texts((await workspace.readCommit()).tree))).toEqual([
      "bundles/c/b.yaml",
      "policies/people.yaml",
    ])
    expect(await workspace.uncommittedChanges()).toEqual([
      "bundles/c/b.yaml",
      "bundles/c/new.yaml",
      "policies/people.yaml",
    ])
  })

  it("has no changes after a commit, and still reads the commit before", async () => {
    const { workspace, write, commit } = fresh()
    const before = await workspace.readCommit()
    write("bundles/c/b.yaml", "changed\n")
    const head = commit()
    expect(await workspace.uncommittedChanges()).toEqual([])
    expect((await workspace.readCommit()).commit).toBe(head)
    expect(await workspace.readCommit(before.commit)).toEqual(before)
  })

  it("has no commit that is not there", async () => {
    await expect(fresh().workspace.readCommit("0".repeat(40))).rejects.toMatchObject({ code: "not-found" })
    await expect(fresh().workspace.readCommit("no-such-branch")).rejects.toMatchObject({ code: "not-found" })
  })

  it("reports a file that is too large, in both, and does not read it", async () => {
    const { workspace, write, commit } = fresh()
    write("bundles/c/huge.yaml", "x".repeat(1024 * 1024 + 1))
    write("bundles/c/large.yaml", "x".repeat(1024 * 1024))
    commit()
    for (const tree of [await workspace.readWorkingTree(), (await workspace.readCommit()).tree]) {
      expect(problems(tree)).toEqual(["bundles/c/huge.yaml: it is larger than 1024 KiB"])
      expect([...tree.keys()]).toContain("bundles/c/large.yaml")
      expect([...tree.keys()]).not.toContain("bundles/c/huge.yaml")
    }
  })

  it("reports names that differ only in case, and names that are not plain", async () => {
    const { workspace, write, commit } = fresh()
    write("bundles/c/B.yaml", "other\n")
    write("bundles/c/a\\b.yaml", "x")
    write("bundles/c/line\nbreak.yaml", "x")
    write("bundles/c/u\u0308.yaml", "x")
    commit()
    for (const tree of [await workspace.readWorkingTree(), (await workspace.readCommit()).tree]) {
      expect(problems(tree).sort()).toEqual(
        [
          "bundles/c/a\\b.yaml: its name holds a control character or a backslash",
          "bundles/c/b.yaml: its name differs from bundles/c/B.yaml only in case",
          "bundles/c/line\nbreak.yaml: its name holds a control character or a backslash",
          "bundles/c/u\u0308.yaml: its name is not in Unicode normal form C: some systems give it another",
        ].sort(),
      )
      expect([...tree.keys()]).toEqual(["bundles/c/B.yaml", "bundles/c/b.yaml", "policies/people.yaml"])
    }
  })
})

describe("a workspace in git", () => {
  it("reports symbolic links and submodules and follows neither", async () => {
    const { workspace, directory } = inGit()
    symlinkSync("/etc/hostname", join(directory, "bundles/c/link.yaml"))
    symlinkSync("..", join(directory, "policies/up"))
    newRepository(join(directory, "bundles/inner"), { "x.yaml": "x\n" })
    commitAll(directory)
    const expected = [
      "bundles/c/link.yaml: it is a symbolic link",
      "bundles/inner: it is a git repository of its own (a submodule)",
      "policies/up: it is a symbolic link",
    ]
    for (const tree of [await workspace.readWorkingTree(), (await workspace.readCommit()).tree]) {
      expect(problems(tree)).toEqual(expected)
      expect([...tree.keys()]).toEqual(["bundles/c/b.yaml", "policies/people.yaml"])
    }
    expect(await workspace.uncommittedChanges()).toEqual([])
  })

  it("reports the two folders themselves when they are links or files", async () => {
    const { workspace, directory } = inGit()
    renameSync(join(directory, "policies"), join(directory, "elsewhere"))
    symlinkSync("elsewhere", join(directory, "policies"))
    rmSync(join(directory, "bundles"), { recursive: true })
    writeFileSync(join(directory, "bundles"), "x")
    commitAll(directory)
    for (const tree of [await workspace.readWorkingTree(), (await workspace.readCommit()).tree]) {
      expect(tree.size).toBe(0)
      expect(problems(tree)).toEqual(["bundles: it is a file, expected a folder", "policies: it is a symbolic link"])
    }
  })

  it("reports a pipe without waiting for it", async () => {
    const { workspace, directory } = inGit()
    execFileSync("mkfifo", [join(directory, "bundles/c/pipe.yaml")])
    expect(problems(await workspace.readWorkingTree())).toEqual([
      "bundles/c/pipe.yaml: it is neither a file nor a folder",
    ])
    expect(await workspace.uncommittedChanges()).toEqual(["bundles/c/pipe.yaml"])
  })

  it("reports a file that may not be read", async () => {
    const { workspace, directory } = inGit()
    chmodSync(temporary.path, 0o755)
    chmodSync(join(directory, "bundles/c/b.yaml"), 0)
    const tree = await asNobody(() => workspace.readWorkingTree())
    expect(problems(tree)).toEqual(["bundles/c/b.yaml: it cannot be read (EACCES)"])
  })

  it("reads a working tree that is no repository yet, and says so for anything else", async () => {
    const directory = join(temporary.path, `plain-${made++}`)
    writeFiles(directory, FILES)
    const workspace = gitWorkspace(directory)
    expect((await workspace.readWorkingTree()).size).toBe(2)
    const refusal = { code: "not-a-repository", hint: expect.stringContaining("git init") }
    await expect(workspace.readCommit()).rejects.toMatchObject(refusal)
    await expect(workspace.uncommittedChanges()).rejects.toMatchObject(refusal)
    await expect(gitWorkspace(join(directory, "gone")).readWorkingTree()).rejects.toMatchObject({ code: "not-found" })
  })

  it("takes a folder inside a repository for no repository", async () => {
    const { directory } = inGit()
    await expect(gitWorkspace(join(directory, "bundles")).readCommit()).rejects.toMatchObject({
      code: "not-a-repository",
    })
  })

  it("counts everything as uncommitted before the first commit", async () => {
    const directory = join(temporary.path, `empty-${made++}`)
    mkdirSync(directory)
    git(directory, "init", "--quiet")
    writeFiles(directory, FILES)
    const workspace = gitWorkspace(directory)
    await expect(workspace.readCommit()).rejects.toMatchObject({ code: "not-found" })
    expect(await workspace.uncommittedChanges()).toEqual(["bundles/c/b.yaml", "policies/people.yaml"])
  })

  it("compares content, not times, and leaves ignored files alone", async () => {
    const { workspace, directory } = inGit()
    utimesSync(join(directory, "bundles/c/b.yaml"), 0, 0)
    chmodSync(join(directory, "bundles/c/b.yaml"), 0o755)
    writeFiles(directory, { ".gitignore": "*.swp\n", "bundles/c/.b.yaml.swp": "x" })
    expect(await workspace.uncommittedChanges()).toEqual([])
  })

  it.each([
    ["packed", (directory: string) => git(directory, "gc", "--quiet", "--aggressive", "--prune=now")],
    ["packed refs", (directory: string) => git(directory, "pack-refs", "--all")],
    ["a detached HEAD", (directory: string) => git(directory, "checkout", "--quiet", "--detach")],
  ])("reads a repository with %s", async (_, change) => {
    const { workspace, directory, write, commit } = inGit()
    write("bundles/c/b.yaml", "second\n")
    const head = commit()
    change(directory)
    expect((await workspace.readCommit()).commit).toBe(head)
    expect(texts((await workspace.readCommit()).tree)["bundles/c/b.yaml"]).toBe("second\n")
  })

  it("reads again after git has packed what it had read", async () => {
    const { workspace, directory, write, commit } = inGit()
    await workspace.readCommit()
    git(directory, "gc", "--quiet", "--prune=now")
    await workspace.readCommit()
    write("bundles/c/b.yaml", "second\n")
    const head = commit()
    git(directory, "gc", "--quiet", "--prune=now")
    expect((await workspace.readCommit()).commit).toBe(head)
  })

  it("reads branches, tags, annotated tags, short ids and merges", async () => {
    const { workspace, directory, write, commit } = inGit()
    const first = git(directory, "rev-parse", "HEAD")
    git(directory, "tag", "light")
    git(directory, "tag", "--annotate", "--message=x", "heavy")
    git(directory, "checkout", "--quiet", "-b", "side")
    write("bundles/c/side.yaml", "x")
    commit()
    git(directory, "checkout", "--quiet", "main")
    git(directory, "merge", "--quiet", "--no-ff", "--message=merge", "side")
    for (const revision of ["light", "heavy", "refs/tags/heavy", first.slice(0, 10)])
      expect((await workspace.readCommit(revision)).commit).toBe(first)
    const merged = await workspace.readCommit("main")
    expect(merged.commit).toBe(git(directory, "rev-parse", "HEAD"))
    expect([...merged.tree.keys()]).toContain("bundles/c/side.yaml")
  })

  it("reads a worktree and a bare clone", async () => {
    const { directory } = inGit()
    git(directory, "worktree", "add", "--quiet", "-b", "other", "../worktree")
    const worktree = join(dirname(directory), "worktree")
    writeFiles(worktree, { "bundles/c/b.yaml": "other\n" })
    const head = commitAll(worktree)
    expect((await gitWorkspace(worktree).readCommit()).commit).toBe(head)
    expect((await gitWorkspace(directory).readCommit()).commit).not.toBe(head)
    git(directory, "worktree", "remove", worktree)
    git(directory, "clone", "--quiet", "--bare", ".", "../bare.git")
    expect((await gitWorkspace(join(dirname(directory), "bare.git")).readCommit("other")).commit).toBe(head)
  })

  it("does not let attributes and filters change what it reads", async () => {
    const { workspace, directory, write } = inGit()
    write("bundles/.gitattributes", "* text eol=crlf ident\n")
    write("bundles/c/b.yaml", "id: $Id$\n")
    commitAll(directory)
    expect(texts((await workspace.readCommit()).tree)["bundles/c/b.yaml"]).toBe("id: $Id$\n")
  })

  it.each([
    ["SHA-256 objects", ["init", "--quiet", "--object-format=sha256"], /sha256/],
    ["borrowed objects", ["clone", "--quiet", "--shared", "../lender", "."], /borrows objects/],
  ])("refuses a repository with %s and says how to go on", async (_, command, message) => {
    newRepository(join(temporary.path, "lender"), FILES)
    const directory = join(temporary.path, `odd-${made++}`)
    mkdirSync(directory)
    git(directory, ...command)
    await expect(gitWorkspace(directory).readCommit()).rejects.toMatchObject({
      code: "not-a-repository",
      message: expect.stringMatching(message),
      hint: expect.stringMatching(/./),
    })
    rmSync(join(temporary.path, "lender"), { recursive: true })
  })

  it("says io for a damaged object", async () => {
    const { workspace, directory } = inGit()
    const id = git(directory, "rev-parse", "HEAD:bundles/c/b.yaml")
    const object = join(directory, ".git/objects", id.slice(0, 2), id.slice(2))
    rmSync(object)
    await expect(workspace.readCommit()).rejects.toMatchObject({
      code: "io",
      hint: expect.stringContaining("git fsck"),
    })
    writeFileSync(object, "junk")
    await expect(workspace.readCommit()).rejects.toMatchObject({
      code: "io",
      hint: expect.stringContaining("git fsck"),
    })
  })
})

/** Nothing is forbidden to root: it steps down for as long as this takes. */
async function asNobody<T>(act: () => Promise<T>): Promise<T> {
  if (process.geteuid?.() !== 0) return act()
  process.seteuid?.(65_534)
  try {
    return await act()
  } finally {
    process.seteuid?.(0)
  }
}
