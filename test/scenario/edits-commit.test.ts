import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { CHECKOUT, type DeskMaker, day, prepareDesk } from "../support/desk.ts"

const NAME = "shop-dev/checkout"
const BRANCH = "scb/pin-shop-dev-checkout-stable-to-1.0.0"
const PIN = ["pin", NAME, "stable", "1.0.0", "--reason", "an audit", "--commit"]
const now = day("2026-11-25T10:00:00Z")
let desks: DeskMaker

beforeAll(async () => {
  desks = await prepareDesk(desk => desk.apply())
})
afterAll(() => desks.remove())

describe("an edit with --commit", () => {
  it("is a commit on a branch of its own, by who git says, with what and why", async () => {
    const desk = desks.fresh().at(now)
    const head = desk.git("rev-parse", "HEAD")
    desk.write("README.md", "dirty\n")
    desk.write("staged.txt", "staged\n")
    desk.git("add", "staged.txt")
    const status = desk.git("status", "--porcelain")
    const { code, stdout } = await desk.scb(...PIN)
    expect(code).toBe(0)
    expect(stdout).toContain(`on the branch ${BRANCH}: push it, and have it merged`)
    expect(desk.git("show", "--format=%an <%ae>%n%ct%n%P%n%B", "--unified=0", BRANCH).replace(/^index.*\n/m, "")).toBe(
      `Ada <ada@example.com>
${now / 1000}
${head}
pin ${NAME} stable to 1.0.0

an audit


diff --git a/${CHECKOUT} b/${CHECKOUT}
--- a/${CHECKOUT}
+++ b/${CHECKOUT}
@@ -15 +15 @@ channels:
-  stable: { follow: candidate }
+  stable: { follow: candidate, pin: 1.0.0, reason: an audit }`,
    )
    expect([desk.git("rev-parse", "HEAD"), desk.git("status", "--porcelain")]).toEqual([head, status])
    expect(desk.git("fsck", "--strict")).toBe("")
  })

  it("is already so the second time, on another day as well", async () => {
    const desk = desks.fresh().at(now)
    const release = ["release", NAME, "--reason", "laptop lost", "--commit"]
    await desk.scb(...release)
    const id = desk.git("rev-parse", "scb/release-shop-dev-checkout")
    const again = await desk.at(day("2026-11-26")).scb(...release)
    expect([again.code, again.stdout]).toEqual([
      0,
      `already so: ${id.slice(0, 12)} on the branch scb/release-shop-dev-checkout\n`,
    ])
    expect(desk.git("rev-parse", "scb/release-shop-dev-checkout")).toBe(id)
  })

  it("takes a branch and a message, and refuses a branch with something else", async () => {
    const desk = desks.fresh().at(now)
    const { stdout } = await desk.scb(
      ...PIN,
      "--branch",
      "audit/2026",
      "--message",
      "hold for the audit",
      "--format",
      "json",
    )
    const id = desk.git("rev-parse", "audit/2026")
    expect(JSON.parse(stdout)).toMatchObject({ outcome: "committed", commit: { id, branch: "audit/2026" } })
    expect(desk.git("show", "--no-patch", "--format=%B", id)).toBe("hold for the audit")
    const other = await desk.scb("release", NAME, "--bump", "major", "--commit", "--branch", "audit/2026")
    expect([other.code, other.stderr]).toEqual([3, expect.stringContaining("[already-exists]")])
    expect((await desk.scb(...PIN, "--branch", "main")).code).toBe(3)
  })

  it("leaves nothing behind in the plan once it is merged", async () => {
    const desk = desks.fresh().at(now)
    await desk.scb(...PIN)
    desk.git("merge", "--quiet", "--ff-only", BRANCH)
    expect((await desk.scb(...PIN)).stdout).toBe(`already so: pin ${NAME} stable to 1.0.0\n`)
    expect((await desk.scb("plan")).stdout).not.toContain(NAME)
  })

  it("refuses a file that has changes of its own, which the default edits as it lies there", async () => {
    const desk = desks.fresh().at(now)
    desk.write(CHECKOUT, `${desk.read(CHECKOUT)}# a note\n`)
    const refused = await desk.scb(...PIN)
    expect([refused.code, refused.stderr]).toEqual([2, expect.stringContaining("changes that are not committed")])
    expect(desk.git("branch", "--list", "scb/*")).toBe("")
    expect((await desk.scb(...PIN.slice(0, -1))).code).toBe(0)
    expect(desk.read(CHECKOUT)).toMatch(/pin: 1\.0\.0, reason: an audit \}\n# a note\n$/)
  })

  it("shows what it would be with --dry-run, and commits nothing", async () => {
    const desk = desks.fresh().at(now)
    const { code, stdout } = await desk.scb(...PIN, "--dry-run")
    expect([code, desk.git("branch", "--list", "scb/*")]).toEqual([0, ""])
    expect(stdout).toContain(`nothing was written to ${CHECKOUT}`)
  })

  it.each([
    ["--branch without --commit", [...PIN.slice(0, -1), "--branch", "x"]],
    ["the ledger's branch", [...PIN, "--branch", "ledger"]],
    ["a branch that git would not take", [...PIN, "--branch", "a..b"]],
  ])("is wrong usage with %s", async (_what, args) => {
    expect(
      (
        await desks
          .fresh()
          .at(now)
          .scb(...args)
      ).code,
    ).toBe(2)
  })
})

describe("an edit of a repository that is not sound", () => {
  it("says what to mend first, and edits nothing", async () => {
    const desk = desks.fresh().at(now)
    desk.write(CHECKOUT, `${desk.read(CHECKOUT)}surprise: 1\n`)
    const text = desk.read(CHECKOUT)
    const { code, stderr } = await desk.scb(...PIN.slice(0, -1))
    expect([code, desk.read(CHECKOUT)]).toEqual([1, text])
    expect(stderr).toContain("T02")
  })
})
