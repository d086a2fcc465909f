import { describe, expect, it } from "vitest"
import { memoryForum } from "../../../src/adapters/forum-memory.ts"
import { keepComment, keepIssues, type WantedIssue } from "../../../src/app/posts.ts"
import { ScbError } from "../../../src/domain/errors.ts"

const MARKER = "<!-- scb:check -->"
const text = (what: string): string => `${MARKER}\n${what}\n`
const lost = (): never => {
  throw new ScbError("forge-unreachable", "no answer")
}

describe("the one comment", () => {
  it("is written once, then kept up to date, and left alone when nothing is new", async () => {
    const forum = memoryForum()
    const keep = (what: string) => keepComment(forum, 7, MARKER, text(what))
    expect([await keep("one"), await keep("one"), await keep("two"), await keep("two")]).toEqual([
      "written",
      "unchanged",
      "updated",
      "unchanged",
    ])
    expect(forum.posts.map(({ body }) => body)).toEqual([text("two")])
    expect(forum.writes).toBe(2)
  })

  it("stays one when two runs begin at once", async () => {
    const forum = memoryForum()
    await Promise.all([keepComment(forum, 7, MARKER, text("a")), keepComment(forum, 7, MARKER, text("a"))])
    expect(forum.posts).toHaveLength(1)
  })

  it("is not written again when the answer to the first was lost", async () => {
    let isLost = true
    const forum = memoryForum({
      afterWrite: () => {
        if (isLost) {
          isLost = false
          lost()
        }
      },
    })
    expect(await keepComment(forum, 7, MARKER, text("a"))).toBe("written")
    expect(forum.posts).toHaveLength(1)
  })

  it("is an error when it cannot be written", async () => {
    const forum = memoryForum({ beforeWrite: lost })
    await expect(keepComment(forum, 7, MARKER, text("a"))).rejects.toMatchObject({ code: "forge-unreachable" })
  })
})

describe("issues", () => {
  const FAMILY = "<!-- scb:problem "
  const wanted = (...keys: readonly string[]): readonly WantedIssue[] =>
    keys.map(key => ({ marker: `${FAMILY}${key} -->`, title: key, body: `${FAMILY}${key} -->\nabout ${key}\n` }))
  const ending = { closesMended: true, farewell: "mended" }

  it("are opened once each, and closed when they are mended; a second run does nothing", async () => {
    const forum = memoryForum()
    const first = await keepIssues(forum, FAMILY, wanted("a", "b"), ending)
    expect(first).toEqual({ opened: [1, 2], updated: [], closed: [], unchanged: 0 })
    expect(await keepIssues(forum, FAMILY, wanted("a", "b"), ending)).toEqual({
      opened: [],
      updated: [],
      closed: [],
      unchanged: 2,
    })
    expect(forum.writes).toBe(2)
    expect(await keepIssues(forum, FAMILY, wanted("b"), ending)).toMatchObject({ closed: [1], unchanged: 1 })
    expect(forum.closedIssues.map(({ comment }) => comment)).toEqual(["mended"])
  })

  it("are rewritten when what they say is other", async () => {
    const forum = memoryForum()
    await keepIssues(forum, FAMILY, wanted("a"), ending)
    const [other] = wanted("a").map(each => ({ ...each, body: `${each.body}more\n` }))
    expect(await keepIssues(forum, FAMILY, other === undefined ? [] : [other], ending)).toMatchObject({ updated: [1] })
    expect(forum.openIssues[0]?.body).toContain("more")
  })

  it("are not doubled by two runs at once", async () => {
    const forum = memoryForum()
    await Promise.all([keepIssues(forum, FAMILY, wanted("a"), ending), keepIssues(forum, FAMILY, wanted("a"), ending)])
    expect(forum.openIssues.map(({ id }) => id)).toEqual([1])
    expect(forum.closedIssues.map(({ comment }) => comment)).toEqual(["The same as #1."])
  })

  it("stay open while not everything could be looked at", async () => {
    const forum = memoryForum()
    await keepIssues(forum, FAMILY, wanted("a"), ending)
    await keepIssues(forum, FAMILY, [], { ...ending, closesMended: false })
    expect(forum.openIssues).toHaveLength(1)
  })

  it("are not opened twice when the answer to the first was lost", async () => {
    let losses = 1
    const forum = memoryForum({ afterWrite: () => (losses-- > 0 ? lost() : undefined) })
    await keepIssues(forum, FAMILY, wanted("a"), ending)
    expect(forum.openIssues).toHaveLength(1)
  })
})
