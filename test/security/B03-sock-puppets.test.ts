import { describe, expect, it } from "vitest"
import {
  actor,
  BOT,
  codesOf,
  decide,
  evidence,
  PEOPLE,
  reasonsOf,
  STAGING,
  STRANGER,
  verdict,
} from "../support/authorization.ts"

const one = { items: [STAGING] }

describe("B03: one actor with several accounts, or with robots", () => {
  it("counts no approval of a bot", () => {
    const decision = decide([verdict(BOT)], one)
    expect(codesOf(decision)).toEqual(["quorum-missing"])
    expect(reasonsOf(decision)).toEqual(["github-actions[bot] bot"])
  })

  it("counts no bot that is listed as a person", () => {
    const disguised = { ...actor("dora"), isBot: true }
    expect(reasonsOf(decide([verdict(disguised)], one))).toEqual(["dora bot"])
  })

  it("counts no machine, though it is in the group that is asked", () => {
    expect(PEOPLE.groups.get("database")).toContain("ci")
    const decision = decide([verdict("ci")], one)
    expect(codesOf(decision)).toEqual(["quorum-missing"])
    expect(reasonsOf(decision)).toEqual(["ci machine"])
  })

  it("counts no account that nobody has written down", () => {
    const decision = decide([verdict(STRANGER)], one)
    expect(codesOf(decision)).toEqual(["quorum-missing"])
    expect(reasonsOf(decision)).toEqual(["@mallory not-a-principal"])
  })

  it("counts account and key of one person once", () => {
    const decision = decide([verdict("dora"), verdict(actor("dora", "key")), verdict("sara")])
    expect(codesOf(decision)).toEqual(["quorum-missing"])
    expect(reasonsOf(decision)).toEqual(["dora same-person"])
    expect(decision.quorums[0]).toMatchObject({ counted: ["dora"], missing: 1 })
  })

  it("refuses what an unknown account has made, whoever approves: it could be one of them", () => {
    const decision = decide([], { ...one, evidence: evidence([verdict("dora")], { contributors: [STRANGER] }) })
    expect(codesOf(decision)).toEqual(["author-unknown"])
    const beside = evidence([verdict("dora")], { contributors: [actor("asks"), BOT] })
    expect(codesOf(decide([], { ...one, evidence: beside }))).toEqual(["author-unknown"])
  })
})
