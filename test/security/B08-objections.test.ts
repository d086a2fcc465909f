import { describe, expect, it } from "vitest"
import { later } from "../../src/domain/instant.ts"
import {
  actor,
  BEFORE,
  codesOf,
  decide,
  HOUR,
  reasonsOf,
  STAGING,
  STRANGER,
  verdict,
} from "../support/authorization.ts"

const LATER = later(BEFORE, HOUR / 2)
const one = { items: [STAGING] }

describe("B08: approvals withdrawn, objections not heard", () => {
  it("hears the last word of a person", () => {
    const said = [verdict("dora"), verdict("dora", "changes-requested", { at: LATER })]
    const decision = decide([...said, verdict("dave")], one)
    expect(codesOf(decision)).toEqual(["changes-requested"])
    expect(reasonsOf(decision)).toEqual(["dora superseded", "dora changes-requested"])
  })

  it("hears it however it was said, and in whatever order it is told", () => {
    const said = [verdict(actor("dora", "key"), "changes-requested", { at: LATER }), verdict("dora"), verdict("dave")]
    expect(codesOf(decide(said, one))).toEqual(["changes-requested"])
  })

  it("takes the worse of two things said in the same second", () => {
    expect(codesOf(decide([verdict("dora", "changes-requested"), verdict("dora"), verdict("dave")], one))).toEqual([
      "changes-requested",
    ])
    expect(codesOf(decide([verdict("dora", "dismissed"), verdict("dora")], one))).toEqual(["quorum-missing"])
  })

  it("is content once the same person approves", () => {
    const said = [verdict("dora", "changes-requested"), verdict("dora", "approved", { at: LATER })]
    expect(decide(said, one).verdict).toBe("authorized")
  })

  it("does not count what was dismissed", () => {
    const decision = decide([verdict("dora", "dismissed")], one)
    expect(codesOf(decision)).toEqual(["quorum-missing"])
    expect(reasonsOf(decision)).toEqual(["dora dismissed"])
  })

  it("lets no comment override anything", () => {
    expect(decide([verdict("dora"), verdict("dora", "commented", { at: LATER })], one).verdict).toBe("authorized")
    const objection = [
      verdict("dave"),
      verdict("dora", "changes-requested"),
      verdict("dora", "commented", { at: LATER }),
    ]
    expect(codesOf(decide(objection, one))).toEqual(["changes-requested"])
  })

  it("keeps an objection to an earlier state of the branch", () => {
    const stale = { voidBecause: { reason: "stale", sentence: "about an earlier state" } } as const
    expect(codesOf(decide([verdict("dave"), verdict("dora", "changes-requested", stale)], one))).toEqual([
      "changes-requested",
    ])
    expect(codesOf(decide([verdict("dora", "approved", stale)], one))).toEqual(["quorum-missing"])
  })

  it("lets nobody block who is not asked", () => {
    const said = [verdict("dora"), verdict("sara", "changes-requested"), verdict(STRANGER, "changes-requested")]
    const decision = decide(said, one)
    expect(decision.verdict).toBe("authorized")
    expect(reasonsOf(decision)).toEqual(["@mallory not-a-principal", "sara not-asked"])
  })

  it("does not hear what was said after the merge", () => {
    const after = { at: later(BEFORE, 2 * HOUR) }
    expect(decide([verdict("dora"), verdict("dora", "changes-requested", after)], one).verdict).toBe("authorized")
    expect(reasonsOf(decide([verdict("dora", "approved", after)], one))).toEqual(["dora too-late"])
  })
})
