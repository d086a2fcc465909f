import { githubReviews } from "../../src/adapters/github/reviews.ts"
import type { AuthorizationDecision } from "../../src/domain/authorization/decision.ts"
import type { ChangeEvidence } from "../../src/domain/authorization/evidence.ts"
import { instantFromMillis } from "../../src/domain/instant.ts"
import type { PeoplePolicy } from "../../src/domain/policies.ts"
import type { MainCommit } from "../../src/ports.ts"
import { approvals, decide, PEOPLE, type PersonName, STAGING } from "./authorization.ts"
import type { Repository } from "./github/model.ts"
import type { Person } from "./github/people.ts"
import type { FakeGithub } from "./github/server.ts"
import { clientOf, startGithub } from "./github-releases.ts"

/** A repository on the fake GitHub, the people of support/authorization.ts, and the judge of its branch `main`. */
export interface ReviewedRepository {
  readonly github: FakeGithub
  readonly repository: Repository
  as(login: string): Person
  /** A branch with one change of `asks`, and its pull request. */
  propose(branch?: string, files?: Readonly<Record<string, string>>): Promise<number>
  /** `asks` merges it a minute later, against no rule of GitHub's; the commit. */
  merged(number: number): Promise<string>
  /** Time goes by between what people do. */
  later(): void
  /** `repositoryId`: what the policy says, if it is another one. */
  evidence(commit: string, repositoryId?: number): Promise<ChangeEvidence>
  /** One approval of `database` is asked for. `people`: those of the policy at the parent. */
  judge(commit: string, people?: PeoplePolicy): Promise<AuthorizationDecision>
  close(): Promise<void>
}

const IDS: Readonly<Record<PersonName, number>> = { dora: 1, dave: 2, sara: 3, sven: 4, beth: 5, asks: 6 }

/** What GITHUB_TOKEN of the job that authorises may do. */
const PERMISSIONS = { contents: "read", "pull-requests": "read", issues: "read" } as const

export async function reviewedRepository(name: `${string}/${string}` = "acme/bundles"): Promise<ReviewedRepository> {
  const github = await startGithub()
  for (const [login, id] of Object.entries(IDS)) github.addUser({ login, id, email: `${login}@example.com` })
  github.addUser({ login: "mallory", id: 999, email: "mallory@example.com" })
  github.addUser({ login: "github-actions[bot]", id: 41_898_282, type: "Bot" })
  github.addToken("job", { login: "github-actions[bot]", permissions: PERMISSIONS })
  const roles = Object.fromEntries([...Object.keys(IDS), "mallory", "github-actions[bot]"].map(who => [who, "write"]))
  const files = { "bundles/staging/checkout.yaml": "one: 1\ntwo: 2\nthree: 3\nfour: 4\nfive: 5\n", "README.md": "x\n" }
  const repository = await github.addRepository(name, { files, roles: roles as Record<string, "write"> })
  const as = (login: string): Person => github.person(login, name)

  const commitOf = async (sha: string): Promise<MainCommit> => {
    const { committer, message, parents, tree } = await repository.git.commit(sha)
    return { id: sha, parents, tree, message, committedAt: instantFromMillis(committer.at) }
  }
  const evidence = async (sha: string, repositoryId = repository.id): Promise<ChangeEvidence> => {
    const client = clientOf(github, "job")
    const reviews = githubReviews({ client, repository: name, repositoryId, branch: "main" })
    const found = await reviews.evidenceFor(await commitOf(sha))
    const writes = github.requests.filter(({ method }) => method !== "GET")
    if (writes.length > 0) throw new Error(`${writes[0]?.method} ${writes[0]?.path} was asked for`)
    return found
  }

  return {
    github,
    repository,
    as,
    async propose(
      branch = "change",
      files = { "bundles/staging/checkout.yaml": "one: 1\ntwo: 2\nthree: 3\nfour: 4\nfive: X\n" },
    ) {
      await as("asks").push(branch, files)
      return as("asks").open(branch, `Change ${branch}`)
    },
    merged(number) {
      github.advance(60_000)
      return as("asks").merge(number)
    },
    later: () => github.advance(60_000),
    evidence,
    async judge(sha, people = PEOPLE) {
      const { tree, parents } = await commitOf(sha)
      const context = { repository: `github:${repository.id}`, branch: "main", base: parents[0] ?? "", tree }
      const policy = approvals()
      return decide([], {
        commit: sha,
        items: [STAGING],
        policy,
        people,
        nextPolicy: policy,
        context,
        evidence: await evidence(sha),
      })
    },
    async close() {
      await github.close()
      if (github.violations.length > 0) throw new Error(github.violations.join("\n"))
    },
  }
}
