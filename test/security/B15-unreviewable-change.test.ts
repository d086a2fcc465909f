import { mkdirSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import type { Desk, DeskMaker } from "../support/desk.ts"
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

function put(desk: Desk, path: string, content: string | Uint8Array): void {
  mkdirSync(dirname(join(desk.folder, path)), { recursive: true })
  writeFileSync(join(desk.folder, path), content)
}

/** Approved by all who can, and merged. */
async function approvedChange(make: (desk: Desk) => void): Promise<Desk> {
  const desk = desks.fresh()
  desk.git("checkout", "--quiet", "-b", "branch")
  make(desk)
  await commitAs(desk, "ada")
  for (const person of ["bob", "carol"]) expect((await approveAs(desk, person, "branch")).code).toBe(0)
  merge(desk, "branch")
  return desk
}

async function sentences(desk: Desk): Promise<readonly string[]> {
  const { refusals: why } = await decisionOn(desk)
  return why.map(({ code, sentence }) => `${code}: ${sentence}`)
}

describe("B15: a change that nobody can have read", () => {
  it("is refused with more files than a forge shows, whoever approved it", async () => {
    const desk = await approvedChange(each => {
      for (let number = 0; number < 3000; number += 1) put(each, `notes/${number}.txt`, `${number}\n`)
      editKeyspace(each, "evil")
    })
    expect(await refusals(desk)).toEqual(UNAUTHORIZED)
    expect(await sentences(desk)).toEqual([
      "unreviewable: it changes 3001 files, expected at most 3000: nobody reads so many",
    ])
  })

  it("is refused for what a difference does not show, each with its sentence", async () => {
    const desk = await approvedChange(each => {
      editKeyspace(each, "evil")
      put(each, "tool.bin", Uint8Array.of(1, 0, 2))
      put(each, "latin.txt", Uint8Array.of(0xe9, 10))
      put(each, "turned.txt", "access \u202e}\u2066 granted\n")
      put(each, "unseen.txt", "pass\u200bword\n")
      put(each, "large.txt", "x\n".repeat(600_000))
      put(each, ".gitattributes", "policies/** -diff\n")
      put(each, "docs/fine.txt", "ähnlich\n")
    })
    expect(await refusals(desk)).toEqual(UNAUTHORIZED)
    expect(await sentences(desk)).toEqual([
      "unreviewable: .gitattributes cannot be reviewed: it can hide from reviewers what changes",
      "unreviewable: large.txt cannot be reviewed: it is larger than 1024 KiB",
      "unreviewable: latin.txt cannot be reviewed: it is not UTF-8 text",
      "unreviewable: tool.bin cannot be reviewed: it is binary",
      "unreviewable: turned.txt cannot be reviewed: it holds characters that are not seen, or that turn others around",
      "unreviewable: unseen.txt cannot be reviewed: it holds characters that are not seen, or that turn others around",
    ])
  })
})
