import { afterAll, beforeAll, describe, expect, it } from "vitest"
import type { DeskMaker } from "../support/desk.ts"
import { eccKey } from "../support/pgp.ts"
import {
  approveAs,
  commitAs,
  decisionOn,
  editKeyspace,
  merge,
  refusals,
  signedDesks,
  UNAUTHORIZED,
} from "../support/signed-desk.ts"

let desks: DeskMaker

beforeAll(async () => {
  desks = await signedDesks()
})
afterAll(() => desks.remove())

describe("B14: a commit that names somebody else as its author", () => {
  it("does not let the one who signed it approve it", async () => {
    const desk = desks.fresh()
    desk.git("checkout", "--quiet", "-b", "branch")
    editKeyspace(desk, "evil")
    await commitAs(desk, "bob", "ada")
    expect((await approveAs(desk, "bob", "branch")).code).toBe(0)
    merge(desk, "branch")
    expect(await refusals(desk)).toEqual(UNAUTHORIZED)
    const { fingerprint } = await eccKey("bob")
    const { evidence, notCounted } = await decisionOn(desk)
    expect(evidence?.contributors).toMatchObject([{ openpgp: fingerprint }])
    expect(notCounted).toMatchObject([{ who: expect.stringContaining("bob"), reason: "contributor" }])
  })

  it("is refused when nobody has signed it, or a stranger has, whoever approves", async () => {
    for (const signer of [undefined, "mallory"]) {
      const desk = desks.fresh()
      desk.git("checkout", "--quiet", "-b", "branch")
      editKeyspace(desk, "evil")
      if (signer === undefined) desk.commit()
      else await commitAs(desk, signer, "ada")
      expect((await approveAs(desk, "bob", "branch")).code).toBe(0)
      merge(desk, "branch")
      expect(await refusals(desk)).toEqual(UNAUTHORIZED)
      expect((await decisionOn(desk)).refusals).toMatchObject([
        { code: "evidence-missing" },
        { code: "author-unknown" },
      ])
    }
  })

  it("is refused when a merge adds something of its own that nobody signed", async () => {
    const desk = desks.fresh()
    desk.git("checkout", "--quiet", "-b", "branch")
    editKeyspace(desk, "good")
    await commitAs(desk, "ada")
    desk.git("checkout", "--quiet", "main")
    desk.git("merge", "--quiet", "--no-ff", "--no-commit", "branch")
    editKeyspace(desk, "evil")
    desk.git("commit", "--quiet", "--all", "--message=merge")
    expect((await approveAs(desk, "bob", "main")).code).toBe(0)
    expect(await refusals(desk)).toEqual(UNAUTHORIZED)
    expect((await decisionOn(desk)).refusals).toMatchObject([{ code: "evidence-missing" }])
  })
})
