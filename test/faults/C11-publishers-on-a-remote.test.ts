import { join } from "node:path"
import { afterAll, expect, it } from "vitest"
import { publishers } from "../support/forge/ledger-forge.ts"
import { git, temporaryDirectory } from "../support/git.ts"
import { append } from "../support/writing.ts"

const temporary = temporaryDirectory()
afterAll(() => temporary.remove())

it("C11: twenty publishers at once on one remote ledger lose no entry", async () => {
  const there = join(temporary.path, "bundles.git")
  git(temporary.path, "init", "--quiet", "--bare", there)
  const ledgers = publishers(temporary.path, 20, { url: there })
  await Promise.all(ledgers.map((ledger, index) => append(ledger, `bundles/orders/b${index}.yaml`)))
  expect(git(there, "ls-tree", "-r", "--name-only", "ledger").split("\n")).toHaveLength(20)
  expect(git(there, "rev-list", "--count", "ledger")).toBe("20")
  expect(git(there, "fsck", "--strict", "--no-dangling")).toBe("")
}, 600_000)
