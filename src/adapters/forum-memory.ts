import type { Forum, Issue, Post } from "../ports.ts"

/** What people would read. */
export interface MemoryForum extends Forum {
  readonly posts: readonly (Post & { readonly pullRequest: number })[]
  readonly openIssues: readonly Issue[]
  /** With what was said when they were closed. */
  readonly closedIssues: readonly (Issue & { readonly comment: string })[]
  /** Of all calls that wrote something. */
  readonly writes: number
}

/** `beforeWrite`: called before each write; when it throws, nothing is written. `afterWrite`: the answer is lost when it throws. */
export function memoryForum(
  faults: { readonly beforeWrite?: (what: string) => void; readonly afterWrite?: (what: string) => void } = {},
): MemoryForum {
  const posts: (Post & { readonly pullRequest: number })[] = []
  const open: Issue[] = []
  const closed: (Issue & { readonly comment: string })[] = []
  let last = 0
  let writes = 0

  function write<T>(what: string, act: () => T): T {
    faults.beforeWrite?.(what)
    writes += 1
    const result = act()
    faults.afterWrite?.(what)
    return result
  }

  return {
    posts,
    openIssues: open,
    closedIssues: closed,
    get writes() {
      return writes
    },
    comments: async (pullRequest, marker) =>
      posts.filter(each => each.pullRequest === pullRequest && each.body.startsWith(marker)),
    comment: async (pullRequest, body) =>
      write("comment", () => {
        const post = { id: ++last, body, pullRequest }
        posts.push(post)
        return post
      }),
    editComment: async (id, body) =>
      write("edit comment", () => {
        const index = posts.findIndex(each => each.id === id)
        const post = posts[index]
        if (post !== undefined) posts[index] = { ...post, body }
      }),
    removeComment: async id =>
      write("remove comment", () => {
        const index = posts.findIndex(each => each.id === id)
        if (index !== -1) posts.splice(index, 1)
      }),
    issues: async marker => open.filter(({ body }) => body.startsWith(marker)),
    openIssue: async issue =>
      write("open issue", () => {
        const opened = { ...issue, id: ++last }
        open.push(opened)
        return opened
      }),
    editIssue: async issue =>
      write("edit issue", () => {
        const index = open.findIndex(({ id }) => id === issue.id)
        if (index !== -1) open[index] = issue
      }),
    closeIssue: async (id, comment) =>
      write("close issue", () => {
        const index = open.findIndex(each => each.id === id)
        if (index !== -1) closed.push(...open.splice(index, 1).map(each => ({ ...each, comment })))
      }),
  }
}
