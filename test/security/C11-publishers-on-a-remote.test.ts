import { join } from "node:path"
import { afterAll, describe, expect, it } from "vitest"
import { instantFromMillis } from "../../src/domain/instant.ts"
import { publishers } from "../support/forge/publishers.ts"
import { git, temporaryDirectory } from "../support/git.ts"
import { append, SIGNATURE } from "../support/writing.ts"

const temporary = temporaryDirectory()
afterAll(() => temporary.remove())

describe("C11: publishers at once on one remote ledger", () => {
  it.each([
    { count: 2, over: "HTTP" },
    { count: 5, over: "a path" },
  ] as const)("lose no entry when they are $count, over $over", async ({ count, over }) => {
    const { there, ledgers, close } = await publishers(join(temporary.path, `${count}`), count, over)
    const paths = ledgers.map((_, index) => `bundles/orders/b${index}.yaml`)
    await Promise.all(ledgers.map((ledger, index) => append(ledger, paths[index] ?? "")))
    expect(git(there, "ls-tree", "-r", "--name-only", "ledger").split("\n").sort()).toEqual([...paths].sort())
    expect(git(there, "rev-list", "--count", "ledger")).toBe(String(count))
    expect(git(there, "log", "--merges", "--format=%H", "ledger")).toBe("")
    for (const ledger of ledgers) expect((await ledger.read()).files.size).toBe(count)
    await close()
  })

  it("let one of two win that build on the same head", async () => {
    const { there, ledgers, close } = await publishers(join(temporary.path, "same"), 2, "HTTP")
    const prepared = await Promise.all(
      ledgers.map(async (ledger, index) => {
        const { head } = await ledger.read()
        return ledger.prepare(head, new Map([[`b${index}.yaml`, "x\n"]]), "change", instantFromMillis(0))
      }),
    )
    const outcomes = await Promise.allSettled(
      ledgers.map(async (ledger, index) => {
        const mine = prepared[index]
        return mine && ledger.commit(mine, SIGNATURE)
      }),
    )
    expect(outcomes.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"])
    expect(outcomes.find(({ status }) => status === "rejected")).toMatchObject({ reason: { code: "ledger-moved" } })
    expect(git(there, "rev-list", "--count", "ledger")).toBe("1")
    await close()
  })
})
