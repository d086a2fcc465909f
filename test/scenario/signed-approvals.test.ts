import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { type Instant, parseInstant } from "../../src/domain/instant.ts"
import { CHECKOUT, type Desk, type DeskMaker, prepareDesk } from "../support/desk.ts"
import {
  approveAs,
  commitAs,
  editKeyspace,
  merge,
  proposeAs,
  refusals,
  UNAUTHORIZED,
  withPolicy,
} from "../support/signed-desk.ts"

let desks: DeskMaker
let desk: Desk

beforeAll(async () => {
  desks = await prepareDesk(async first => {
    await withPolicy(first)
    await first.apply()
  })
  desk = desks.fresh()
})

afterAll(() => desks.remove())

const json = async (...args: readonly string[]) => {
  const { code, stdout, stderr } = await desk.scb(...args, "--format", "json")
  return { code, stderr, ...JSON.parse(stdout) }
}
const ledgerFile = (path: string): string => desk.git("show", `ledger:${path}`)

describe("a repository whose policy asks for signed approvals", () => {
  it("begins where it is: the first commit that is acted on is the anchor", async () => {
    const head = desk.git("rev-parse", "HEAD")
    expect(ledgerFile("ledger.yaml")).toContain(head)
    expect(ledgerFile(`approvals/${head}.yaml`)).toContain("verdict: anchor")
    expect(await json("authorize", "--all")).toMatchObject({ code: 0, decisions: [] })
  })

  it("says of a branch what it does, and who still has to approve it", async () => {
    await proposeAs(desk, "ada", "keyspace", () =>
      desk.write(CHECKOUT, desk.read(CHECKOUT).replace("keyspace: shop", "keyspace: shop2")),
    )
    const found = await json("approvals", "keyspace")
    expect(found).toMatchObject({ code: 1, decisions: [{ verdict: "refused" }] })
    expect(found.decisions[0].quorums).toMatchObject([{ from: "reviewers", missing: 1, candidates: ["bob", "carol"] }])
    expect(found.decisions[0].items).toMatchObject([{ path: CHECKOUT }])
  })

  it("shows what would be signed, signs it, and the second time finds that it is there", async () => {
    const shown = await approveAs(desk, "bob", "keyspace", "--dry-run")
    expect([shown.code, shown.stdout.split("\n")[0]]).toEqual([0, expect.stringContaining("would sign: bob")])
    expect(desk.git("for-each-ref", "refs/heads/approvals")).toBe("")
    const signed = await approveAs(desk, "bob", "keyspace")
    expect([signed.code, signed.stdout.split("\n")[0]]).toEqual([0, expect.stringContaining("signed: bob")])
    const head = desk.git("rev-parse", "approvals")
    const again = await approveAs(desk, "bob", "keyspace")
    expect([again.code, again.stdout.split("\n")[0]]).toEqual([0, expect.stringContaining("already so: bob")])
    expect(desk.git("rev-parse", "approvals")).toBe(head)
    expect(desk.git("status", "--porcelain")).toBe("")
    expect(await json("approvals", "keyspace")).toMatchObject({ code: 0, decisions: [{ verdict: "authorized" }] })
  })

  it("acts on the merge, and keeps who approved it in the ledger", async () => {
    const merged = merge(desk, "keyspace")
    expect(await json("authorize")).toMatchObject({ code: 0, decisions: [{ commit: merged, verdict: "authorized" }] })
    await desk.apply()
    expect(ledgerFile("ledger.yaml")).toContain(merged)
    expect(ledgerFile(`approvals/${merged}.yaml`)).toContain("counted:")
    const head = desk.git("rev-parse", "ledger")
    await desk.apply()
    expect(desk.git("rev-parse", "ledger")).toBe(head)
    expect((await json("plan")).steps).toEqual([])
  })

  it("is audited from the ledger alone", async () => {
    desk.git("branch", "--quiet", "-D", "approvals")
    const { code, decisions } = await json("authorize", "--recorded")
    expect([code, decisions.map((each: { verdict: string }) => each.verdict)]).toEqual([0, ["anchor", "authorized"]])
  })

  it("builds and publishes in two steps, each of which judges", async () => {
    await proposeAs(desk, "ada", "again", () =>
      desk.write(CHECKOUT, desk.read(CHECKOUT).replace("keyspace: shop2", "keyspace: shop3")),
    )
    expect((await approveAs(desk, "carol", "again")).code).toBe(0)
    const merged = merge(desk, "again")
    expect(await desk.scb("build", "--out", "../build")).toMatchObject({ code: 0 })
    expect(await desk.scb("publish", "--from", "../build")).toMatchObject({ code: 0 })
    expect(await desk.scb("publish", "--from", "../build")).toMatchObject({ code: 0 })
    expect(ledgerFile("ledger.yaml")).toContain(merged)
  })

  it("takes an approval only of what is to be merged, or was, and only from a person of the policy", async () => {
    desk.git("checkout", "--quiet", "-b", "two")
    editKeyspace(desk, "shop4")
    await commitAs(desk, "ada")
    const stranger = await approveAs(desk, "mallory", "two")
    expect([stranger.code, stranger.stderr]).toEqual([3, expect.stringContaining("[signer-untrusted]")])
    const nobody = await desk.scb("approve", "two")
    expect([nobody.code, nobody.stderr]).toEqual([3, expect.stringContaining("[key-missing]")])
    editKeyspace(desk, "shop5")
    await commitAs(desk, "ada")
    const merged = merge(desk, "two")
    const late = await approveAs(desk, "bob", "two")
    expect([late.code, late.stderr]).toEqual([3, expect.stringContaining("was merged into main already")])
    expect((await approveAs(desk, "bob", merged)).code).toBe(0)
    await desk.apply()
  })

  it("stops at an objection until it is taken back", async () => {
    await proposeAs(desk, "ada", "contested", () => editKeyspace(desk, "shop6"))
    expect((await approveAs(desk, "bob", "contested")).code).toBe(0)
    expect((await approveAs(desk, "carol", "contested", "--reject")).code).toBe(0)
    merge(desk, "contested")
    expect(await refusals(desk)).toEqual(UNAUTHORIZED)
    const [later] = (await json("authorize")).decisions
    expect(later.refusals).toMatchObject([{ code: "changes-requested" }])
    const day = desk.at(parseInstant("2026-11-23T10:00:00Z") as Instant)
    expect((await approveAs(day, "carol", "main")).code).toBe(0)
    await day.apply()
  })
})
