import { mkdtempSync } from "node:fs"
import { join } from "node:path"
import { afterAll, describe, expect, it } from "vitest"
import { gitHistory } from "../../src/adapters/history-git.ts"
import { type MemoryCommit, memoryHistory } from "../../src/adapters/history-memory.ts"
import { type Instant, parseInstant } from "../../src/domain/instant.ts"
import type { History } from "../../src/ports.ts"
import { git, gitWith, newRepository, temporaryDirectory, writeFiles } from "../support/git.ts"

const temporary = temporaryDirectory()
afterAll(() => temporary.remove())

/**
 *     first ── second ── merge ── last        (main; `merge` has second and side2)
 *        └──── side1 ─── side2
 */
const NAMES = ["first", "second", "side1", "side2", "merge", "last"] as const
type Name = (typeof NAMES)[number]

interface Scene {
  readonly history: History
  readonly ids: Readonly<Record<Name, string>>
}

const FILES: Readonly<Record<Name, Readonly<Record<string, string>>>> = {
  first: { "README.md": "x\n", "policies/people.yaml": "a\n", "old/name.txt": "same\n" },
  second: { "README.md": "y\n", "policies/people.yaml": "a\n", "old/name.txt": "same\n" },
  side1: { "README.md": "x\n", "policies/people.yaml": "b\n", "old/name.txt": "same\n" },
  side2: { "README.md": "x\n", "policies/people.yaml": "b\n", "new/name.txt": "same\n" },
  merge: { "README.md": "y\n", "policies/people.yaml": "b\n", "new/name.txt": "same\n" },
  last: { "README.md": "y\n", "policies/people.yaml": "b\n", "new/name.txt": "same\n", ".github/x.yaml": "z\n" },
}
const PARENTS: Readonly<Record<Name, readonly Name[]>> = {
  first: [],
  second: ["first"],
  side1: ["first"],
  side2: ["side1"],
  merge: ["second", "side2"],
  last: ["merge"],
}
const AT = parseInstant("2026-11-22T10:00:00Z") as Instant

function inMemory(): Scene {
  const ids = Object.fromEntries(NAMES.map((name, index) => [name, `${index}`.repeat(40)])) as Scene["ids"]
  const commits = NAMES.map(
    (name): MemoryCommit => ({
      id: ids[name],
      parents: PARENTS[name].map(parent => ids[parent]),
      tree: `tree of ${name}`,
      committedAt: AT,
      message: `${name}\n`,
      payload: new Uint8Array(),
      files: new Map(Object.entries(FILES[name])),
    }),
  )
  return { history: memoryHistory(commits), ids }
}

/** `packed`: as a clone has it; otherwise as it was made. */
function inGit(packed: boolean): Scene {
  const directory = mkdtempSync(join(temporary.path, "history-"))
  newRepository(directory)
  const ids: Partial<Record<Name, string>> = {}
  for (const name of NAMES) {
    git(directory, "rm", "-r", "--quiet", "--force", "--ignore-unmatch", ".")
    writeFiles(directory, FILES[name])
    git(directory, "add", "--all")
    const parents = PARENTS[name].flatMap(parent => ["-p", ids[parent] ?? ""])
    const tree = git(directory, "write-tree")
    const env = { GIT_COMMITTER_DATE: `${AT / 1000} +0200` }
    ids[name] = gitWith(env, directory, "commit-tree", tree, ...parents, "-m", name)
  }
  git(directory, "update-ref", "refs/heads/main", ids.last ?? "")
  git(directory, "branch", "--quiet", "side", ids.side2 ?? "")
  if (packed) git(directory, "gc", "--quiet")
  return { history: gitHistory(directory), ids: ids as Scene["ids"] }
}

const idsOf = (commits: readonly { readonly id: string }[]): readonly string[] => commits.map(({ id }) => id)

describe.each([
  { kind: "memory", scene: inMemory() },
  { kind: "git", scene: inGit(false) },
  { kind: "packed git", scene: inGit(true) },
])("history in $kind", ({ scene: { history, ids } }) => {
  it("follows first parents, oldest first, from after one commit to another", async () => {
    expect(idsOf(await history.firstParents(ids.first, ids.last))).toEqual([ids.second, ids.merge, ids.last])
    expect(idsOf(await history.firstParents(ids.merge, ids.last))).toEqual([ids.last])
    expect(await history.firstParents(ids.last, ids.last)).toEqual([])
    expect(idsOf(await history.firstParents(null, ids.merge))).toEqual([ids.merge])
  })

  it("says of each commit its parents, its time and its message", async () => {
    const [merge] = await history.firstParents(null, ids.merge)
    expect(merge).toMatchObject({ parents: [ids.second, ids.side2], committedAt: AT, message: "merge\n" })
    expect((await history.find(ids.side1)).parents).toEqual([ids.first])
  })

  it("finds a rewritten history where the line does not lead back, through a merge either", async () => {
    for (const from of [ids.side2, ids.side1, "f".repeat(40)]) {
      await expect(history.firstParents(from, ids.last)).rejects.toMatchObject({ code: "history-rewritten" })
    }
    await expect(history.firstParents(ids.last, ids.first)).rejects.toMatchObject({ code: "history-rewritten" })
  })

  it("knows what a merge brings in, itself included", async () => {
    expect(new Set(idsOf(await history.broughtIn(ids.second, ids.merge)))).toEqual(
      new Set([ids.side1, ids.side2, ids.merge]),
    )
    expect(await history.broughtIn(ids.last, ids.side2)).toEqual([])
    expect(idsOf(await history.broughtIn(null, ids.first))).toEqual([ids.first])
  })

  it("tells the paths of the whole repository that differ, of a rename both", async () => {
    expect(await history.changedPaths(ids.second, ids.merge)).toEqual([
      "new/name.txt",
      "old/name.txt",
      "policies/people.yaml",
    ])
    expect(await history.changedPaths(ids.merge, ids.last)).toEqual([".github/x.yaml"])
    expect(await history.changedPaths(ids.last, ids.last)).toEqual([])
    expect(await history.changedPaths(null, ids.first)).toEqual(["README.md", "old/name.txt", "policies/people.yaml"])
  })

  it("finds nothing to object to in plain text", async () => {
    expect(await history.unreviewable(null, ids.last)).toEqual([])
  })

  it("does not know a commit that is not there", async () => {
    const nobody = "f".repeat(40)
    await expect(history.find(nobody)).rejects.toMatchObject({ code: "not-found" })
    await expect(history.firstParents(null, nobody)).rejects.toMatchObject({ code: "not-found" })
    await expect(history.changedPaths(ids.first, nobody)).rejects.toMatchObject({ code: "not-found" })
  })
})

describe("history in git", () => {
  it("finds commits by branch, by tag and by the beginning of their id", async () => {
    const { history, ids } = inGit(false)
    expect((await history.find("side")).id).toBe(ids.side2)
    expect((await history.find("HEAD")).id).toBe(ids.last)
    expect((await history.find(ids.second.slice(0, 12))).id).toBe(ids.second)
  })

  it("says of a shallow clone that it is one", async () => {
    const origin = join(temporary.path, "origin")
    newRepository(origin)
    for (const text of ["1", "2", "3"]) {
      writeFiles(origin, { "README.md": text })
      git(origin, "commit", "--quiet", "--all", "--message=edit")
    }
    const first = git(origin, "rev-parse", "HEAD~3")
    git(temporary.path, "clone", "--quiet", "--depth=1", `file://${origin}`, join(temporary.path, "shallow"))
    const history = gitHistory(join(temporary.path, "shallow"))
    const [head] = await history.firstParents(null, git(origin, "rev-parse", "HEAD"))
    await expect(history.firstParents(first, head?.id ?? "")).rejects.toMatchObject({
      code: "not-found",
      hint: expect.stringContaining("fetch-depth: 0"),
    })
  })

  it("hides nothing of what a merge brings in, neither behind the end of a shallow clone nor behind a graft", async () => {
    const origin = join(temporary.path, "hidden")
    newRepository(origin)
    const base = git(origin, "rev-parse", "HEAD")
    git(origin, "checkout", "--quiet", "-b", "side")
    for (const text of ["1", "2", "3"]) {
      writeFiles(origin, { "README.md": text })
      git(origin, "commit", "--quiet", "--all", `--message=${text}`)
    }
    git(origin, "checkout", "--quiet", "main")
    git(origin, "merge", "--quiet", "--no-ff", "--message=merge", "side")
    const head = git(origin, "rev-parse", "HEAD")
    git(temporary.path, "clone", "--quiet", "--depth=2", `file://${origin}`, join(temporary.path, "cut"))
    await expect(gitHistory(join(temporary.path, "cut")).broughtIn(base, head)).rejects.toMatchObject({
      code: "not-found",
      hint: expect.stringContaining("fetch-depth: 0"),
    })
    writeFiles(origin, { ".git/info/grafts": `${git(origin, "rev-parse", "side")} ${base}\n` })
    expect(await gitHistory(origin).broughtIn(base, head)).toHaveLength(4)
  })
})
