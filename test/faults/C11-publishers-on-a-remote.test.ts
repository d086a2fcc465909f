import { afterAll, expect, it } from "vitest"
import { publishers } from "../support/forge/publishers.ts"
import { git, temporaryDirectory } from "../support/git.ts"
import { append } from "../support/writing.ts"

const temporary = temporaryDirectory()
afterAll(() => temporary.remove())

it("C11: twenty publishers at once on one remote ledger lose no entry", async () => {
  const { there, ledgers, close } = await publishers(temporary.path, 20, "a path")
  await Promise.all(ledgers.map((ledger, index) => append(ledger, `bundles/orders/b${index}.yaml`)))
  expect(git(there, "ls-tree", "-r", "--name-only", "ledger").split("\n")).toHaveLength(20)
  expect(git(there, "rev-list", "--count", "ledger")).toBe("20")
  expect(git(there, "fsck", "--strict", "--no-dangling")).toBe("")
  await close()
}, 600_000)
