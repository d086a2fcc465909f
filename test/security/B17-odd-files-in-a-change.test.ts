import { symlinkSync } from "node:fs"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import type { Desk, DeskMaker } from "../support/desk.ts"
import { eccKey } from "../support/pgp.ts"
import {
  approveAs,
  decisionOn,
  editKeyspace,
  refusals,
  signedDesks,
  signHead,
  UNAUTHORIZED,
} from "../support/signed-desk.ts"

let desks: DeskMaker

beforeAll(async () => {
  desks = await signedDesks()
})
afterAll(() => desks.remove())

/** Without a working tree: there, some of these files cannot be. */
function mergeOf(desk: Desk, branch: string): string {
  return desk.git("commit-tree", `${branch}^{tree}`, "-p", "main", "-p", branch, "-m", "merge")
}

describe("B17: odd files outside of what scb reads", () => {
  it("are refused in a change, with what is odd about each, whoever approved it", async () => {
    const desk = desks.fresh()
    desk.git("checkout", "--quiet", "-b", "branch")
    symlinkSync("policies/people.yaml", join(desk.folder, "link"))
    const blob = desk.git("rev-parse", "HEAD:README.md")
    const commit = desk.git("rev-parse", "HEAD")
    editKeyspace(desk, "evil")
    desk.git("add", "--all")
    for (const [mode, id, path] of [
      ["160000", commit, "module"],
      ["100644", blob, "docs/Notes.md"],
      ["100644", blob, "docs/notes.md"],
      ["100644", blob, "readme.md"],
      ["100644", blob, "docs/.gitattributes"],
    ]) {
      desk.git("update-index", "--add", "--cacheinfo", `${mode},${id},${path}`)
    }
    desk.git("commit", "--quiet", "--message=odd")
    await signHead(desk, await eccKey("ada"))
    for (const person of ["bob", "carol"]) expect((await approveAs(desk, person, "branch")).code).toBe(0)
    const approved = desk.git("rev-parse", "branch")
    desk.git("update-ref", "refs/heads/main", mergeOf(desk, approved))
    desk.git("symbolic-ref", "HEAD", "refs/heads/main")
    expect(await refusals(desk)).toEqual(UNAUTHORIZED)
    const odd = (await decisionOn(desk)).refusals.filter(({ code }) => code === "unreviewable")
    expect(odd.map(({ sentence }) => sentence.replace(" cannot be reviewed", ""))).toEqual([
      "docs/.gitattributes: it can hide from reviewers what changes",
      "docs/Notes.md: its name differs from docs/notes.md only in case",
      "docs/notes.md: its name differs from docs/Notes.md only in case",
      "link: it is a symbolic link",
      "module: it is a git repository of its own (a submodule)",
      "readme.md: its name differs from README.md only in case",
    ])
  })
})
