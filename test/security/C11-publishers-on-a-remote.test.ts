import { join } from "node:path"
import { afterAll, describe, expect, it } from "vitest"
import { instantFromMillis } from "../../src/domain/instant.ts"
import { ledgerForge, publishers } from "../support/forge/ledger-forge.ts"
import { git, temporaryDirectory } from "../support/git.ts"
import { append, SIGNATURE } from "../support/writing.ts"

const temporary = temporaryDirectory()
afterAll(() => temporary.remove())

describe("C11: publishers at once on one remote ledger", () => {
  it.each([2, 4])("lose no entry when they are %i", async count => {
    const forge = await ledgerForge()
    const ledgers = publishers(join(temporary.path, `${count}`), count, forge)
    const paths = ledgers.map((_, index) => `bundles/orders/b${index}.yaml`)
    await Promise.all(ledgers.map((ledger, index) => append(ledger, paths[index] ?? "")))
    expect(git(forge.there, "ls-tree", "-r", "--name-only", "ledger").split("\n").sort()).toEqual([...paths].sort())
    expect(git(forge.there, "rev-list", "--count", "ledger")).toBe(String(count))
    expect(git(forge.there, "log", "--merges", "--format=%H", "ledger")).toBe("")
    for (const ledger of ledgers) expect((await ledger.read()).files.size).toBe(count)
    expect(forge.github.violations).toEqual([])
    await forge.close()
  })

  it("let one of two win that build on the same head", async () => {
    const forge = await ledgerForge()
    const ledgers = publishers(join(temporary.path, "same"), 2, forge)
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
    expect(git(forge.there, "rev-list", "--count", "ledger")).toBe("1")
    await forge.close()
  })
})
