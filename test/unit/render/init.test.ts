import { describe, expect, it } from "vitest"
import { type InitOutcome, renderInitJson, renderInitText } from "../../../src/render/init.ts"

const MADE: InitOutcome = {
  directory: "/home/me/bundles",
  keysFolder: "/home/me/bundles-keys",
  files: ["README.md", "policies/people.yaml"],
  keys: [],
  next: ["edit it", "scb validate"],
  dryRun: false,
}
const text = (outcome: InitOutcome) => renderInitText(outcome, { color: false })

describe("a new repository as text", () => {
  it("says what was made and what comes next, step by step", () => {
    expect(text(MADE)).toBe(
      [
        "made /home/me/bundles: 2 files, one commit on main",
        "",
        "next",
        "  1. cd /home/me/bundles",
        "  2. edit it",
        "  3. scb validate",
        "",
      ].join("\n"),
    )
  })

  it("mentions throw-away keys where there are some", () => {
    expect(text({ ...MADE, keys: ["ca.key"] })).toContain("made /home/me/bundles-keys: throw-away keys, outside Git\n")
  })

  it("lists the files that a dry run would make", () => {
    expect(
      text({ ...MADE, dryRun: true })
        .split("\n")
        .slice(0, 3),
    ).toEqual(["would make /home/me/bundles: 2 files, one commit on main", "  README.md", "  policies/people.yaml"])
  })
})

describe("a new repository as JSON", () => {
  it("is the outcome as it is", () => {
    expect(JSON.parse(renderInitJson(MADE))).toEqual({ apiVersion: "scb/v1", kind: "Init", ...MADE })
  })
})
