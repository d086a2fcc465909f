import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { memoryForum } from "../../src/adapters/forum-memory.ts"
import { githubForum } from "../../src/adapters/github/forum.ts"
import type { Forum } from "../../src/ports.ts"
import type { FakeGithub } from "../support/github/server.ts"
import { clientOf, startGithub } from "../support/github-releases.ts"

let github: FakeGithub
let made = 0

beforeAll(async () => {
  github = await startGithub()
  github.addUser({ login: "ada", id: 1, token: "ada" })
  github.addUser({ login: "github-actions[bot]", id: 41_898_282, type: "Bot" })
  github.addToken("job", { login: "github-actions[bot]", permissions: { "pull-requests": "write", issues: "write" } })
})
afterAll(async () => {
  expect(github.violations).toEqual([])
  await github.close()
})

/** A forum with the pull request 1. `stranger` writes there what looks like ours. */
interface Place {
  readonly forum: Forum
  stranger(body: string): Promise<void>
}

async function onGithub(token: string): Promise<Place> {
  made += 1
  const name = `acme/forum-${made}` as const
  await github.addRepository(name, { files: { "README.md": "x\n" }, roles: { ada: "write", eve: "write" } })
  const ada = github.person("ada", name)
  await ada.push("change", { "README.md": "y\n" })
  const number = await ada.open("change", "A change")
  github.addUser({ login: "eve", id: 2, token: "eve" })
  const eve = githubForum({ client: clientOf(github, "eve"), repository: name })
  return {
    forum: githubForum({ client: clientOf(github, token), repository: name }),
    async stranger(body) {
      await eve.comment(number, body)
      await eve.openIssue({ title: "theirs", body })
    },
  }
}

const PLACES: readonly (readonly [string, () => Promise<Place>])[] = [
  ["memory", async () => ({ forum: memoryForum(), stranger: async () => {} })],
  ["GitHub, as a workflow", () => onGithub("job")],
  ["GitHub, as a person", () => onGithub("ada")],
]

const bodies = (posts: readonly { readonly body: string }[]) => posts.map(({ body }) => body)

describe.each(PLACES)("a forum: %s", (_, open) => {
  it("gives back comments that begin with a marker, oldest first, and only ours", async () => {
    const { forum, stranger } = await open()
    await stranger("<!-- a --> theirs")
    for (const body of ["<!-- a --> 1", "<!-- b --> 2", "<!-- a --> 3"]) await forum.comment(1, body)
    expect(bodies(await forum.comments(1, "<!-- a -->"))).toEqual(["<!-- a --> 1", "<!-- a --> 3"])
  })

  it("edits and removes comments; one that is gone is no error", async () => {
    const { forum } = await open()
    const { id } = await forum.comment(1, "<!-- a --> old")
    await forum.editComment(id, "<!-- a --> new")
    expect(bodies(await forum.comments(1, "<!-- a -->"))).toEqual(["<!-- a --> new"])
    await forum.removeComment(id)
    await forum.removeComment(id)
    expect(await forum.comments(1, "<!-- a -->")).toEqual([])
  })

  it("keeps issues that are open, oldest first, and only ours", async () => {
    const { forum, stranger } = await open()
    await stranger("<!-- p theirs -->")
    const first = await forum.openIssue({ title: "first", body: "<!-- p 1 -->\nx" })
    const second = await forum.openIssue({ title: "second", body: "<!-- p 2 -->\ny" })
    expect(await forum.issues("<!-- p ")).toEqual([first, second])
    await forum.editIssue({ ...second, title: "renamed" })
    await forum.closeIssue(first.id, "mended")
    await forum.closeIssue(first.id, "mended")
    expect(await forum.issues("<!-- p ")).toEqual([{ ...second, title: "renamed" }])
  })
})
