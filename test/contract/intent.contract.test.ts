import { readFileSync } from "node:fs"
import { join } from "node:path"
import { afterAll, describe, expect, it } from "vitest"
import { gitIntent } from "../../src/adapters/intent-git.ts"
import { memoryIntent } from "../../src/adapters/intent-memory.ts"
import { gitWorkspace } from "../../src/adapters/workspace-git.ts"
import { memoryWorkspace } from "../../src/adapters/workspace-memory.ts"
import { type Instant, parseInstant } from "../../src/domain/instant.ts"
import type { Intent, IntentCommit, Tree, Workspace } from "../../src/ports.ts"
import { git, newRepository, temporaryDirectory, writeFiles } from "../support/git.ts"

interface Desk {
  readonly workspace: Workspace
  readonly intent: Intent
}

const temporary = temporaryDirectory()
afterAll(() => temporary.remove())
let made = 0

const FILES = { "policies/people.yaml": "kind: People\n", "bundles/c/b.yaml": "kind: Bundle\n" }
const AUTHOR = { GIT_AUTHOR_NAME: "Ada", GIT_AUTHOR_EMAIL: "ada@example.com" }
const EDIT = new Map([
  ["bundles/c/b.yaml", "kind: Bundle # edited\n"],
  ["policies/campaigns/leak.yaml", "kind: Campaign\n"],
])

function inMemory(): Desk {
  const workspace = memoryWorkspace(
    new Map(Object.entries(FILES).map(([path, text]) => [path, new TextEncoder().encode(text)])),
  )
  return { workspace, intent: memoryIntent(workspace) }
}

function inGit(env: Readonly<Record<string, string>> = AUTHOR): Desk & { readonly directory: string } {
  const directory = join(temporary.path, `intent-${made++}`)
  newRepository(directory, { ...FILES, "README.md": "x\n" })
  return { directory, workspace: gitWorkspace(directory), intent: gitIntent({ directory, env }) }
}

const texts = (tree: Tree) =>
  Object.fromEntries([...tree].map(([path, content]) => [path, Buffer.from(content).toString()]))
const request = (parent: string, more: Partial<IntentCommit> = {}): IntentCommit => ({
  parent,
  files: EDIT,
  branch: "scb/leak",
  message: "revoke what leaked\n\nINC-7",
  at: parseInstant("2026-11-22T10:00:00Z") as Instant,
  ...more,
})

describe.each([
  { kind: "memory", fresh: inMemory },
  { kind: "git", fresh: inGit as () => Desk },
])("intent in $kind", ({ fresh }) => {
  it("writes files of the working tree, new folders included, and commits nothing", async () => {
    const { workspace, intent } = fresh()
    const before = await workspace.readCommit()
    await intent.write(EDIT)
    expect(texts(await workspace.readWorkingTree())).toEqual({ ...FILES, ...Object.fromEntries(EDIT) })
    expect(await workspace.uncommittedChanges()).toEqual([...EDIT.keys()])
    expect(await workspace.readCommit()).toEqual(before)
  })

  it("commits on a new branch, and leaves HEAD and working tree alone", async () => {
    const { workspace, intent } = fresh()
    const before = await workspace.readCommit()
    const { id, outcome } = await intent.commit(request(before.commit))
    expect(outcome).toBe("committed")
    const after = await workspace.readCommit("scb/leak")
    expect(after.commit).toBe(id)
    expect(texts(after.tree)).toEqual({ ...FILES, ...Object.fromEntries(EDIT) })
    expect(await workspace.readCommit()).toEqual(before)
    expect(texts(await workspace.readWorkingTree())).toEqual(FILES)
    expect(await workspace.uncommittedChanges()).toEqual([])
  })

  it("is already done the second time, and refuses a branch with something else", async () => {
    const { workspace, intent } = fresh()
    const { commit } = await workspace.readCommit()
    const { id } = await intent.commit(request(commit))
    const later = parseInstant("2026-11-23T10:00:00Z") as Instant
    expect(await intent.commit(request(commit, { at: later }))).toEqual({ id, outcome: "already" })
    const other = request(commit, { files: new Map([["bundles/c/b.yaml", "other\n"]]) })
    await expect(intent.commit(other)).rejects.toMatchObject({ code: "already-exists" })
    expect((await workspace.readCommit("scb/leak")).commit).toBe(id)
  })
})

describe("intent in git", () => {
  it("makes a commit that git shows as one, with nothing staged or changed", async () => {
    const { directory, workspace, intent } = inGit()
    writeFiles(directory, { "README.md": "dirty\n", "staged.txt": "staged\n" })
    git(directory, "add", "staged.txt")
    const status = git(directory, "status", "--porcelain")
    const { id } = await intent.commit(request((await workspace.readCommit()).commit))
    expect(git(directory, "show", "--format=%an <%ae>%n%ct%n%B", "--stat=80", id)).toBe(
      [
        "Ada <ada@example.com>",
        String(request("").at / 1000),
        "revoke what leaked",
        "",
        "INC-7",
        "",
        "",
        " bundles/c/b.yaml             | 2 +-",
        " policies/campaigns/leak.yaml | 1 +",
        " 2 files changed, 2 insertions(+), 1 deletion(-)",
      ].join("\n"),
    )
    expect(git(directory, "status", "--porcelain")).toBe(status)
    expect(git(directory, "rev-parse", "scb/leak^")).toBe(git(directory, "rev-parse", "main"))
    expect(git(directory, "fsck", "--strict")).toBe("")
    expect(git(directory, "reflog", "scb/leak")).toContain("scb: revoke what leaked")
  })

  it("keeps the mode of a file, and files that it does not know", async () => {
    const { directory, workspace, intent } = inGit()
    git(directory, "update-index", "--chmod=+x", "bundles/c/b.yaml")
    git(directory, "commit", "--quiet", "--message=mode")
    const { id } = await intent.commit(request((await workspace.readCommit()).commit))
    expect(git(directory, "ls-tree", "-r", "--format=%(objectmode) %(path)", id).split("\n")).toEqual([
      "100644 README.md",
      "100755 bundles/c/b.yaml",
      "100644 policies/campaigns/leak.yaml",
      "100644 policies/people.yaml",
    ])
  })

  it("takes the author from the repository, from the user, or says how to name one", async () => {
    const home = join(temporary.path, "home")
    writeFiles(home, {
      ".gitconfig": "[user]\n\tname = Grace\n",
      ".config/git/config": "[user]\n  email = g@example.com\n",
    })
    const { directory, workspace, intent } = inGit({ HOME: home })
    const { commit } = await workspace.readCommit()
    const author = (id: string) => git(directory, "show", "--no-patch", "--format=%an <%ae>", id)
    expect(author((await intent.commit(request(commit))).id)).toBe("Grace <g@example.com>")
    git(directory, "config", "user.name", "Local <boss>")
    expect(author((await intent.commit(request(commit, { branch: "other" }))).id)).toBe("Local boss <g@example.com>")
    const nobody = gitIntent({ directory, env: {} })
    await expect(nobody.commit(request(commit, { branch: "third" }))).rejects.toMatchObject({
      code: "not-found",
      hint: expect.stringContaining("git config"),
    })
  })

  it("writes beside a symbolic link and not through it", async () => {
    const { directory, intent } = inGit()
    await intent.write(EDIT)
    expect(readFileSync(join(directory, "policies/campaigns/leak.yaml"), "utf8")).toBe("kind: Campaign\n")
  })
})
