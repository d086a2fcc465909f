/** What people do in a browser or with git, without REST. */
import { Refusal } from "./call.ts"
import type { NewCommit } from "./git-store.ts"
import { noteActivity } from "./handlers/git.ts"
import {
  type Acting,
  addReview,
  dismissReview,
  mergePull,
  openPull,
  pullNumbered,
  type ReviewEvent,
  retarget,
} from "./handlers/pulls.ts"
import { refuseByRules } from "./handlers/rules.ts"
import type { Review } from "./model.ts"

export interface PushOptions {
  readonly message?: string
  /** Commit to build on; default: the branch, or where there is none the default branch. */
  readonly onto?: string
  /** As git has it; default: the person. */
  readonly author?: NewCommit["author"]
  readonly committer?: NewCommit["author"]
  readonly sign?: NewCommit["sign"]
  /** Replaces the branch. */
  readonly force?: boolean
}

export interface Person {
  /** A commit with these files (null removes one) on the branch; its id. Throws `Refusal` where rules forbid it. */
  push(branch: string, files: Readonly<Record<string, string | null>>, options?: PushOptions): Promise<string>
  /** Opens a pull request into the default branch; its number. */
  open(
    branch: string,
    title: string,
    options?: { readonly body?: string; readonly base?: string; readonly fork?: string },
  ): Promise<number>
  review(number: number, event: ReviewEvent, options?: { readonly body?: string; readonly commit?: string }): Review
  approve(number: number): Review
  retarget(number: number, base: string): void
  dismiss(number: number, review: number): void
  /** The merge commit. Throws `Refusal` where rules forbid it. */
  merge(number: number, method?: "merge" | "squash"): Promise<string>
}

export function person(acting: () => Acting): Person {
  return {
    async push(branch, files, options = {}) {
      const { now, repository, user, model } = acting()
      const { git } = repository
      const ref = `refs/heads/${branch}`
      const before = git.ref(ref)
      const onto = options.onto ?? before ?? git.ref(`refs/heads/${repository.defaultBranch}`)
      refuseByRules(repository, ref, before === undefined ? "creation" : "update")
      const entries = new Map<string, { readonly mode: string; readonly sha: string } | null>()
      for (const [path, content] of Object.entries(files))
        entries.set(path, content === null ? null : { mode: "100644", sha: await git.writeBlob(content) })
      const author = options.author ?? { name: user.login, email: user.email, at: now }
      const sha = await git.writeCommit({
        tree: await git.writeTree(onto, entries),
        parents: onto === undefined ? [] : [onto],
        message: `${options.message ?? `change ${Object.keys(files).join(", ")}`}\n`,
        author,
        ...(options.committer === undefined ? {} : { committer: options.committer }),
        ...(options.sign === undefined ? {} : { sign: options.sign }),
      })
      const isForced = before !== undefined && !(await git.isAncestor(before, sha))
      if (isForced && options.force !== true) throw new Refusal(422, "Update is not a fast forward")
      if (before === undefined) git.createRef(ref, sha)
      else git.updateRef(ref, sha)
      const type = before === undefined ? "branch_creation" : isForced ? "force_push" : "push"
      noteActivity({ model, now, repository, user }, ref, before ?? "0".repeat(40), sha, type)
      return sha
    },
    async open(branch, title, { base, body, fork } = {}) {
      const context = acting()
      const issue = await openPull(context, {
        title,
        head: branch,
        base: base ?? context.repository.defaultBranch,
        body: body ?? null,
        draft: false,
        ...(fork === undefined ? {} : { fork }),
      })
      return issue.number
    },
    review(number, event, { body = "", commit } = {}) {
      const context = acting()
      const issue = pullNumbered(context.repository, number)
      return addReview(context, issue, event, body, commit ?? issue.pull.headSha)
    },
    approve(number) {
      return this.review(number, "APPROVE")
    },
    retarget(number, base) {
      const context = acting()
      retarget(context, pullNumbered(context.repository, number), base)
    },
    dismiss(number, id) {
      const review = pullNumbered(acting().repository, number).pull.reviews.find(one => one.id === id)
      if (review === undefined) throw new Error(`there is no review ${id} of pull request ${number}`)
      dismissReview(review)
    },
    merge(number, method = "merge") {
      const context = acting()
      return mergePull(context, pullNumbered(context.repository, number), method)
    },
  }
}
