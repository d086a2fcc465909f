import type { Forum, Issue, Post } from "../../ports.ts"
import type { AccountAnswer } from "./answers.ts"
import type { GithubClient } from "./client.ts"
import { GithubRefusal, ifThere } from "./refusals.ts"
import { repositoryName } from "./repository-name.ts"

export interface GithubForumOptions {
  readonly client: Pick<GithubClient, "rest" | "paginate">
  /** `owner/name`. */
  readonly repository: string
  /** Of all issues; GitHub makes it where there is none. */
  readonly label?: string
}

/** What GitHub has of a comment or an issue. */
interface PostAnswer {
  readonly id: number
  readonly body?: string | null
  readonly user: AccountAnswer | null
}

/** Comments and issues of a repository. Their text is never believed: with a token that may write, others' could be overwritten. */
export function githubForum({ client, repository, label = "scb" }: GithubForumOptions): Forum {
  const { rest, paginate } = client
  const own = repositoryName(repository)
  let asked: Promise<(answer: PostAnswer) => boolean> | undefined

  /**
   * Whether an answer was written with this token. GITHUB_TOKEN and Apps may not ask who they are (docs.github.com, "Get
   * the authenticated user"): theirs is what a bot has written.
   */
  async function whoWeAre(): Promise<(answer: PostAnswer) => boolean> {
    try {
      const { id } = (await rest.users.getAuthenticated()).data
      return ({ user }) => user?.id === id
    } catch (error) {
      if (error instanceof GithubRefusal) return ({ user }) => user?.type === "Bot"
      throw error
    }
  }

  async function ours<T extends PostAnswer>(answers: readonly T[], marker: string): Promise<readonly T[]> {
    asked ??= whoWeAre()
    const isOurs = await asked
    return answers.filter(each => isOurs(each) && (each.body ?? "").startsWith(marker)).sort((a, b) => a.id - b.id)
  }

  return {
    async comments(pullRequest, marker) {
      const request = { ...own, issue_number: pullRequest, per_page: 100 }
      return (await ours(await paginate(rest.issues.listComments, request), marker)).map(postOf)
    },
    async comment(pullRequest, body) {
      return postOf((await rest.issues.createComment({ ...own, issue_number: pullRequest, body })).data)
    },
    async editComment(id, body) {
      await rest.issues.updateComment({ ...own, comment_id: id, body })
    },
    async removeComment(id) {
      await ifThere(rest.issues.deleteComment({ ...own, comment_id: id }))
    },
    async issues(marker) {
      const request = { ...own, labels: label, state: "open", per_page: 100 } as const
      const answers = await paginate(rest.issues.listForRepo, request)
      const issues = answers.filter(each => each.pull_request === undefined)
      return (await ours(issues, marker)).map(issueOf)
    },
    async openIssue({ title, body }) {
      return issueOf((await rest.issues.create({ ...own, title, body, labels: [label] })).data)
    },
    async editIssue({ id, title, body }) {
      await rest.issues.update({ ...own, issue_number: id, title, body })
    },
    async closeIssue(id, comment) {
      const { state } = (await rest.issues.get({ ...own, issue_number: id })).data
      if (state === "closed") return
      await rest.issues.createComment({ ...own, issue_number: id, body: comment })
      await rest.issues.update({ ...own, issue_number: id, state: "closed", state_reason: "completed" })
    },
  }
}

function postOf({ id, body }: PostAnswer): Post {
  return { id, body: body ?? "" }
}

/** People, and addresses, know an issue by its number. */
function issueOf({ number, title, body }: { number: number; title: string; body?: string | null }): Issue {
  return { id: number, title, body: body ?? "" }
}
