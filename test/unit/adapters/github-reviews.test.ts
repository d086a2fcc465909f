import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { githubReviews } from "../../../src/adapters/github/reviews.ts"
import { instantFromMillis } from "../../../src/domain/instant.ts"
import type { Approvals, MainCommit } from "../../../src/ports.ts"
import { clientOf } from "../../support/github-releases.ts"
import { type ReviewedRepository, reviewedRepository } from "../../support/github-reviews.ts"

let here: ReviewedRepository

beforeEach(async () => {
  here = await reviewedRepository()
})
afterEach(() => here.close())

function reviewsWith(token: string, guard?: Parameters<typeof githubReviews>[0]["guard"]): Approvals {
  const { github, repository } = here
  const base = { client: clientOf(github, token), repository: "acme/bundles", repositoryId: repository.id }
  return githubReviews({ ...base, branch: "main", ...(guard === undefined ? {} : { guard }) })
}

async function commitOf(sha: string): Promise<MainCommit> {
  const { parents, tree, message } = await here.repository.git.commit(sha)
  return { id: sha, parents, tree, message, committedAt: instantFromMillis(here.github.now()) }
}

describe("reviews on GitHub", () => {
  it("of a pull request that is open are told as if it were merged now", async () => {
    const number = await here.propose()
    here.as("dora").approve(number)
    here.later()
    const head = await commitOf(here.repository.git.ref("refs/heads/change") ?? "")
    const { problems, verdicts, source, guard } = await reviewsWith("job").evidenceFor(head, number)
    expect({ problems, source, guard }).toEqual({ problems: [], source: "pull request #1", guard: undefined })
    expect(verdicts.map(({ by, voidBecause }) => [by.label, voidBecause])).toEqual([["dora", undefined]])
  })

  it("of what was pushed without a pull request are none", async () => {
    const pushed = await here.as("mallory").push("main", { "README.md": "mine\n" })
    expect((await here.evidence(pushed)).problems).toEqual([expect.stringContaining("came without a pull request")])
  })

  it("come with GitHub's own rules as they were then", async () => {
    const number = await here.propose()
    const merged = await here.merged(number)
    const seen = { readAt: instantFromMillis(here.github.now()), rules: [] }
    expect((await reviewsWith("job", async () => seen).evidenceFor(await commitOf(merged))).guard).toEqual(seen)
  })

  it("that the token may not read are a problem, and say which right is missing", async () => {
    here.github.addToken("blind", { login: "github-actions[bot]", permissions: { contents: "read" } })
    const number = await here.propose()
    const merged = await here.merged(number)
    here.repository.private = true
    const { problems } = await reviewsWith("blind").evidenceFor(await commitOf(merged))
    expect(problems).toEqual([expect.stringMatching(/403.*permission/)])
  })

  it.each([
    [{ kind: "502" }, "forge-unreachable"],
    [{ kind: "429", retryAfter: 86_400 }, "forge-limited"],
  ] as const)("are asked for again later after %j", async (fault, code) => {
    const number = await here.propose()
    const merged = await here.merged(number)
    here.github.faults.always("pulls/list-reviews", fault)
    const asking = reviewsWith("job").evidenceFor(await commitOf(merged))
    await expect(asking).rejects.toMatchObject({ code })
  })
})
