import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { codesOf } from "../support/authorization.ts"
import { type ReviewedRepository, reviewedRepository } from "../support/github-reviews.ts"

let here: ReviewedRepository

beforeEach(async () => {
  here = await reviewedRepository()
})
afterEach(() => here.close())

/** As many files as are asked for, all alike, and one more on top. */
async function crowd(files: number): Promise<string> {
  const { git } = here.repository
  const blob = await git.writeBlob("x\n")
  const names = Array.from({ length: files - 1 }, (_, index) => `f${String(index).padStart(5, "0")}`)
  const tree = (await git.git(["mktree"], names.map(name => `100644 blob ${blob}\t${name}\n`).join("")))
    .toString()
    .trim()
  const main = git.ref("refs/heads/main") ?? ""
  const root = `${(await git.git(["ls-tree", main])).toString()}040000 tree ${tree}\tmany\n`
  const author = { name: "asks", email: "asks@example.com", at: here.github.now() }
  const sha = (await git.git(["mktree"], root)).toString().trim()
  return git.writeCommit({ tree: sha, parents: [main], message: "many files\n", author })
}

describe("B15 on GitHub: more than anybody can have seen", () => {
  it.each([
    [301, []],
    [3000, []],
    [3001, ["evidence-missing"]],
  ])("of %i files", async (files, expected) => {
    const onto = await crowd(files)
    await here.as("asks").push("change", { "zzz-evil": "evil\n" }, { onto })
    const number = await here.as("asks").open("change", "Many files")
    here.as("dora").approve(number)
    const decision = await here.judge(await here.merged(number))
    expect(codesOf(decision)).toEqual(expected)
    expect(decision.evidence?.problems.every(each => each.includes("3001 files"))).toBe(true)
  })
})
