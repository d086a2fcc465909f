import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { codesOf, reasonsOf } from "../support/authorization.ts"
import { type ReviewedRepository, reviewedRepository } from "../support/github-reviews.ts"

let here: ReviewedRepository

beforeEach(async () => {
  here = await reviewedRepository()
})
afterEach(() => here.close())

const CHECKOUT = "bundles/staging/checkout.yaml"
const text = (first: string, last: string): string => `one: ${first}\ntwo: 2\nthree: 3\nfour: 4\nfive: ${last}\n`

/** An approved change of the end of the file, and what comes between it and its merge. */
async function approvedWhile(between: () => Promise<unknown>): Promise<number> {
  const number = await here.propose("change", { [CHECKOUT]: text("1", "X") })
  here.as("dora").approve(number)
  here.later()
  await between()
  here.later()
  return number
}

async function land(branch: string, files: Readonly<Record<string, string>>): Promise<string> {
  const number = await here.propose(branch, files)
  here.as("dora").approve(number)
  here.later()
  return here.as("sara").merge(number)
}

describe("B05 on GitHub: main moves between approval and merge", () => {
  it("refuses what nobody has seen: both changed the same file", async () => {
    const number = await approvedWhile(() => land("other", { [CHECKOUT]: text("Y", "5") }))
    const decision = await here.judge(await here.as("asks").merge(number))
    expect(codesOf(decision)).toEqual(["evidence-missing"])
    expect(decision.evidence?.problems).toEqual([expect.stringContaining(JSON.stringify(CHECKOUT))])
  })

  it("goes on where the other change touched other files, as in a merge queue", async () => {
    const number = await approvedWhile(() => land("other", { "README.md": "other\n" }))
    expect((await here.judge(await here.as("asks").merge(number, "squash"))).verdict).toBe("authorized")
  })

  it("voids the approval when the branch was updated from main", async () => {
    const number = await approvedWhile(async () => {
      const main = await land("other", { "README.md": "other\n" })
      const { git } = here.repository
      const head = git.ref("refs/heads/change") ?? ""
      const tree = (await git.git(["merge-tree", "--write-tree", head, main])).toString().trim()
      const author = { name: "asks", email: "asks@example.com", at: here.github.now() }
      const update = await git.writeCommit({ tree, parents: [head, main], message: "Merge main\n", author })
      await here.as("asks").push("change", {}, { onto: update })
    })
    expect(reasonsOf(await here.judge(await here.as("asks").merge(number)))).toEqual(["dora stale"])
  })

  it("refuses a merge that somebody made and pushed, whose tree is the approved head but takes main back", async () => {
    const number = await approvedWhile(() => land("other", { "README.md": "other\n" }))
    const { git, issues } = here.repository
    const [head, main] = [git.ref("refs/heads/change") ?? "", git.ref("refs/heads/main") ?? ""]
    const author = { name: "mallory", email: "mallory@example.com", at: here.github.now() }
    const { tree } = await git.commit(head)
    const forged = await git.writeCommit({ tree, parents: [main, head], message: "Merge\n", author })
    git.updateRef("refs/heads/main", forged)
    const issue = issues.find(each => each.number === number)
    // GitHub calls a pull request merged as soon as its head is behind the base branch
    Object.assign(issue?.pull ?? {}, { mergeCommit: forged, mergedAt: new Date(here.github.now()).toISOString() })
    const decision = await here.judge(forged)
    expect(decision.evidence?.problems).toEqual([expect.stringContaining('"README.md"')])
  })
})
