import { describe, expect, it } from "vitest"
import { later } from "../../../../src/domain/instant.ts"
import { momentAt } from "../../../../src/domain/plan/moment.ts"
import { EMPTY_LEDGER } from "../../../../src/domain/release.ts"
import type { Campaign } from "../../../../src/domain/revocation/campaigns.ts"
import {
  campaignFindings,
  dueInvalidations,
  INVALIDATIONS_MAXIMUM,
  overtakenSteps,
} from "../../../../src/domain/revocation/invalidations.ts"
import type { Selector } from "../../../../src/domain/revocation/selector.ts"
import { historyOf, NAME, NOW, planningOf, recordOf } from "../../../support/planning.ts"
import { policies } from "../../../support/policies.ts"

const MOMENT = momentAt(NOW)
const REVOCATION = { reason: "keyCompromise" } as const

describe("invalidations", () => {
  it("are due for every campaign that revokes and was not recorded, in the order of their names", () => {
    const { revocation: _none, ...replacing } = campaign("a-replaces", {})
    const campaigns = mapOf(campaign("c", {}), campaign("b", {}), replacing)
    const due = (ledger = EMPTY_LEDGER) => dueInvalidations(campaigns, ledger, MOMENT).map(({ name }) => name)
    expect(due()).toEqual(["b", "c"])
    const recorded = { name: "b", at: NOW, select: {}, revocation: REVOCATION }
    expect(due({ ...EMPTY_LEDGER, invalidations: [recorded] })).toEqual(["c"])
  })

  it("revoke what was published before the instant that the campaign names, and before the one of its selector", () => {
    const [early, late] = [later(NOW, -2000), later(NOW, -1000)]
    const select = (selector: Selector) => {
      const campaigns = mapOf({ ...campaign("b", selector), before: early })
      return dueInvalidations(campaigns, EMPTY_LEDGER, MOMENT)[0]?.select
    }
    expect(select({ clusters: ["a"] })).toEqual({ clusters: ["a"], issuedBefore: early })
    expect(select({ issuedBefore: late })).toEqual({ issuedBefore: early })
    expect(select({ issuedBefore: later(early, -1000) })).toEqual({ issuedBefore: later(early, -1000) })
  })

  it("are bounded, all together: one that is too long is left out, and what comes after it is not", () => {
    const serials = Array.from({ length: INVALIDATIONS_MAXIMUM / 48 }, (_, index) =>
      index.toString(16).padStart(40, "0"),
    )
    const due = dueInvalidations(mapOf(campaign("a", { serials }), campaign("b", {})), EMPTY_LEDGER, MOMENT)
    expect(due.map(({ name }) => name)).toEqual(["b"])
  })

  it("that are too long are an error, so that nobody believes that they were carried out", () => {
    const campaigns = mapOf(campaign("a", { serials: ["0a"] }))
    const crowded = planningOf({ policies: policies({ campaigns }), invalidations: [] })
    expect(campaignFindings(crowded, EMPTY_LEDGER).map(({ code, severity }) => [code, severity])).toEqual([
      ["S49", "error"],
    ])
  })

  it("of the future of somebody's clock count as recorded, and nothing is said of a campaign that stays as it was", () => {
    const recorded = { name: "a", at: later(NOW, 60_000), select: { serials: ["0a"] }, revocation: REVOCATION }
    const ledger = { ...EMPTY_LEDGER, invalidations: [recorded] }
    const campaigns = mapOf(campaign("a", { serials: ["0a"] }))
    expect(dueInvalidations(campaigns, ledger, MOMENT)).toEqual([])
    expect(campaignFindings(planningOf({ policies: policies({ campaigns }) }), ledger)).toEqual([])
  })

  it("reach what bears their own second, or a later one of a clock that runs ahead, by marks of their own", () => {
    const history = historyOf({
      releases: [
        recordOf({ version: "1.0.0", publishedAt: later(NOW, -1000) }),
        recordOf({ version: "1.0.1", publishedAt: NOW }),
        recordOf({ version: "1.0.2", publishedAt: later(NOW, 60_000) }),
      ],
    })
    const due = [{ name: "leak", select: { clusters: ["payments-prod"] }, revocation: REVOCATION }]
    const marks = overtakenSteps(due, history, MOMENT)
    const mark = { kind: "revoked", revocation: REVOCATION }
    expect(marks).toEqual(["1.0.1", "1.0.2"].map(version => ({ kind: "mark", bundle: NAME, version, mark })))
    expect(overtakenSteps([], history, MOMENT)).toEqual([])
  })
})

function campaign(name: string, select: Selector): Campaign {
  return { file: `policies/campaigns/${name}.yaml`, name, select, reason: "lost", revocation: REVOCATION }
}

function mapOf(...campaigns: readonly Campaign[]): ReadonlyMap<string, Campaign> {
  return new Map(campaigns.map(each => [each.name, each]))
}
