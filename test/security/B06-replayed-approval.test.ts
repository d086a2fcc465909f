import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { gitStatements } from "../../src/adapters/statements-git.ts"
import { type ApprovalStatement, formatStatement, statementPath } from "../../src/artifact/approval-statement.ts"
import { later } from "../../src/domain/instant.ts"
import type { Desk, DeskMaker } from "../support/desk.ts"
import { bytes, eccKey, signed } from "../support/pgp.ts"
import {
  decisionOn,
  editKeyspace,
  merge,
  proposeAs,
  refusals,
  signedDesks,
  UNAUTHORIZED,
} from "../support/signed-desk.ts"
import { START } from "../support/world.ts"

let desks: DeskMaker

beforeAll(async () => {
  desks = await signedDesks()
})
afterAll(() => desks.remove())

/** A merge for which there is one statement, genuine but for what `change` does to it. */
async function mergedWith(
  change: (good: ApprovalStatement) => ApprovalStatement,
  signer = "bob",
  tamper: (text: string) => string = text => text,
): Promise<Desk> {
  const desk = desks.fresh()
  await proposeAs(desk, "ada", "keyspace", () => editKeyspace(desk, "evil"))
  const good: ApprovalStatement = {
    repository: "demo",
    branch: "main",
    base: desk.git("rev-parse", "main"),
    tree: desk.git("rev-parse", "keyspace^{tree}"),
    verdict: "approved",
    at: START,
  }
  const key = await eccKey(signer)
  const text = formatStatement(change(good))
  const signature = await signed(bytes(text), key, { date: new Date(START) })
  const env = { GIT_AUTHOR_NAME: "mallory", GIT_AUTHOR_EMAIL: "mallory@example.com" }
  const statement = { path: statementPath(good, key.fingerprint), text: tamper(text), signature }
  await gitStatements({ directory: desk.folder, env }).add(statement, "replay", START)
  merge(desk, "keyspace")
  return desk
}

describe("B06: a genuine approval of something else", () => {
  it("counts as it was given", async () => {
    await (await mergedWith(good => good)).apply()
  })

  it.each([
    ["of another repository", "other-context", (good: ApprovalStatement) => ({ ...good, repository: "fork" })],
    ["of another branch", "other-context", (good: ApprovalStatement) => ({ ...good, branch: "sandbox" })],
    ["on another base", "other-context", (good: ApprovalStatement) => ({ ...good, base: "1".repeat(40) })],
    ["of another tree", "stale", (good: ApprovalStatement) => ({ ...good, tree: "1".repeat(40) })],
  ])("does not count: %s", async (_name, reason, change) => {
    const desk = await mergedWith(change)
    expect(await refusals(desk)).toEqual(UNAUTHORIZED)
    expect((await decisionOn(desk)).notCounted).toMatchObject([{ reason }])
  })

  it("does not count when its text was changed after it was signed, is of another time, or a stranger signed it", async () => {
    const changed = await mergedWith(
      good => ({ ...good, repository: "fork" }),
      "bob",
      text => text.replace("fork", "demo"),
    )
    expect((await decisionOn(changed)).notCounted).toMatchObject([{ reason: "bad-signature" }])
    const dated = await mergedWith(good => ({ ...good, at: later(good.at, -3_600_000) }))
    expect((await decisionOn(dated)).notCounted).toMatchObject([{ reason: "bad-signature" }])
    const stranger = await mergedWith(good => good, "mallory")
    expect((await decisionOn(stranger)).notCounted).toMatchObject([{ reason: "unknown-person" }])
    expect(await refusals(stranger)).toEqual(UNAUTHORIZED)
  })
})
