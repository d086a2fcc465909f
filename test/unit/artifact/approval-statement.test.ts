import { describe, expect, it } from "vitest"
import {
  type ApprovalStatement,
  formatStatement,
  parseStatement,
  statementPath,
} from "../../../src/artifact/approval-statement.ts"
import { NOW } from "../../support/pgp.ts"

const STATEMENT: ApprovalStatement = {
  repository: "acme/bundles",
  branch: "main",
  base: "a".repeat(40),
  tree: "b".repeat(40),
  verdict: "approved",
  at: NOW,
}
const TEXT = `{
  "apiVersion": "scb/v1",
  "at": "2026-11-22T10:00:00Z",
  "base": "${"a".repeat(40)}",
  "branch": "main",
  "kind": "Approval",
  "repository": "acme/bundles",
  "tree": "${"b".repeat(40)}",
  "verdict": "approved"
}
`

describe("an approval statement", () => {
  it("is written in one way, and read back", () => {
    expect(formatStatement(STATEMENT)).toBe(TEXT)
    expect(parseStatement(TEXT)).toEqual(STATEMENT)
  })

  it.each([
    ["with another member", TEXT.replace("{\n", '{\n  "a": 1,\n')],
    ["with a member twice", TEXT.replace('"branch"', '"branch": "side",\n  "branch"')],
    ["with members in another order", JSON.stringify(JSON.parse(TEXT))],
    ["with another verdict", TEXT.replace("approved", "perhaps")],
    ["of another kind", TEXT.replace('"Approval"', '"Manifest"')],
    ["with a shortened tree", TEXT.replace("b".repeat(40), "b".repeat(12))],
    ["at no instant", TEXT.replace("11-22T", "02-30T")],
    ["that is no object", "[]"],
    ["that is null", "null"],
    ["that is no JSON", "approved"],
    ["that is long", TEXT + " ".repeat(5000)],
  ])("is nothing %s", (_name, text) => {
    expect(parseStatement(text)).toBeUndefined()
  })

  it("has a place for each person, tree and base", () => {
    expect(statementPath(STATEMENT, "F".repeat(40))).toBe(
      `approvals/${"b".repeat(40)}/${"a".repeat(40)}/${"F".repeat(40)}.json`,
    )
  })
})
