import { describe, expect, it } from "vitest"
import { DEFAULT_ROLLOUT } from "../../../../src/domain/default-policies.ts"
import { type Instant, later } from "../../../../src/domain/instant.ts"
import type { BundleName } from "../../../../src/domain/names.ts"
import { momentAt } from "../../../../src/domain/plan/moment.ts"
import type { BundlePlanning } from "../../../../src/domain/plan/planning.ts"
import {
  type BundleHistory,
  EMPTY_LEDGER,
  type Invalidation,
  type LedgerState,
} from "../../../../src/domain/release.ts"
import {
  campaignDue,
  campaignTurns,
  replacementWaits,
  turnsOf,
} from "../../../../src/domain/revocation/campaign-waves.ts"
import type { Campaign, Waves } from "../../../../src/domain/revocation/campaigns.ts"
import { bundleOf, historyOf, inputOf, NAME, NOW, planningOf, recordOf } from "../../../support/planning.ts"
import { policies } from "../../../support/policies.ts"

const HOUR = 3_600_000
const AT = later(NOW, HOUR)
const EVERYTHING = { bundles: ["*/*"] }

describe("waves", () => {
  it("take the bundles of the first environments first, and those that the policy does not name last", () => {
    const ledger = ledgerOf(["production", "staging", "elsewhere", "staging", "production"])
    const turns = turnsOf(campaign({ size: 1, every: HOUR }), { at: AT, select: EVERYTHING }, ledger, [
      "staging",
      "production",
    ])
    expect([...turns.keys()].map(name => name.split("-").at(-1))).toEqual([
      "staging/b",
      "staging/b",
      "production/b",
      "production/b",
      "elsewhere/b",
    ])
  })

  it("are of their size, each so much later than the one before", () => {
    const turns = turnsOf(
      campaign({ size: 2, every: HOUR }),
      { at: AT, select: EVERYTHING },
      ledgerOf(["a", "a", "a", "a", "a"]),
      [],
    )
    expect([...turns.values()].map(({ wave, at }) => [wave, (at - AT) / HOUR])).toEqual([
      [0, 0],
      [0, 0],
      [1, 1],
      [1, 1],
      [2, 2],
    ])
  })

  it("stay the same when bundles are released again, and when the ledger is read in another order", () => {
    const ledger = ledgerOf(["a", "b", "a", "b"])
    const later_ = new Map(
      [...ledger.bundles]
        .reverse()
        .map(([name, history]) => [
          name,
          { ...history, releases: [...history.releases, recordOf({ version: "1.0.1", publishedAt: AT })] },
        ]),
    )
    const asked = (bundles: LedgerState["bundles"]) =>
      [...turnsOf(campaign({ size: 1, every: HOUR }), { at: AT, select: EVERYTHING }, { bundles }, ["b"])].map(
        ([bundle, { wave }]) => [bundle, wave],
      )
    expect(asked(later_)).toEqual(asked(ledger.bundles))
  })

  it("leave out bundles whose newest version at the start was not selected", () => {
    const release = recordOf({ publishedAt: NOW })
    const history = historyOf({ releases: [release, recordOf({ version: "1.1.0", publishedAt: later(NOW, 1000) })] })
    const ledger = { ...EMPTY_LEDGER, bundles: new Map([[NAME, history] as const]) }
    const turns = turnsOf(campaign(), { at: AT, select: { versions: "1.0.0" } }, ledger, [])
    expect(turns.size).toBe(0)
  })
})

describe("a campaign that only replaces", () => {
  const replacing = { ...campaign({ size: 1, every: HOUR }), before: AT }

  it("is due for what was published before it began, from its wave on, and says which wave", () => {
    expect(campaignDue(planned(replacing, NOW))).toBeUndefined()
    expect(campaignDue(planned(replacing, AT))).toEqual({ campaign: "leak", words: "campaign leak, wave 1: lost" })
  })

  it("is done once there is a version from after its beginning", () => {
    const history = historyOf({ releases: [recordOf(), recordOf({ version: "1.0.1", publishedAt: AT })] })
    expect(campaignDue(planned(replacing, later(AT, HOUR), history))).toBeUndefined()
  })

  it.each(["paused", "aborted"] as const)("asks for nothing while it is %s", stop => {
    const waves: Waves = { size: 1, every: HOUR, [stop]: { reason: "look" } }
    expect(campaignDue(planned({ ...replacing, waves }, later(AT, HOUR)))).toBeUndefined()
  })

  it("remembers when it will ask, so that the plan knows until when it holds; stopped, it does not", () => {
    const planning = planned(replacing, NOW)
    campaignDue(planning)
    expect(planning.moment.next()).toBe(AT)
    const stopped = planned({ ...replacing, waves: { size: 1, every: HOUR, paused: { reason: "look" } } }, NOW)
    campaignDue(stopped)
    expect(stopped.moment.next()).toBeUndefined()
  })
})

describe("a campaign that revokes", () => {
  const revoking: Campaign = { ...campaign({ size: 1, every: HOUR }), revocation: { reason: "keyCompromise" } }
  const recorded: Invalidation = { name: "leak", at: AT, select: EVERYTHING, revocation: { reason: "keyCompromise" } }

  it("lets the replacement of what it revoked wait for its wave", () => {
    const planning = revokedPlanning(revoking, AT, ["payments-prod/aaa", "payments-prod/zzz"])
    const waves = new Map([...planning.turns].map(([name, [turn]]) => [name, turn?.wave]))
    const wave = waves.get(NAME) ?? 0
    const before = revokedPlanning(revoking, later(AT, wave * HOUR - 1000), ["payments-prod/aaa", "payments-prod/zzz"])
    if (wave > 0) expect(replacementWaits(before)?.wave).toBe(wave)
    const then = revokedPlanning(revoking, later(AT, wave * HOUR), ["payments-prod/aaa", "payments-prod/zzz"])
    expect(replacementWaits(then)).toBeUndefined()
    expect(campaignDue(then)?.campaign).toBe("leak")
    expect([...waves.values()].sort()).toEqual([0, 1, 2])
  })

  it("waits for ever when it is aborted, but not for somebody who asks for this one bundle", () => {
    const aborted = { ...revoking, waves: { size: 1, every: HOUR, aborted: { reason: "retired" } } }
    const much = later(AT, 100 * HOUR)
    expect(replacementWaits(revokedPlanning(aborted, much))?.campaign.name).toBe("leak")
    const asked = bundleOf({ reissue: { before: much, reason: "we need it" } })
    expect(replacementWaits(revokedPlanning(aborted, much, [], asked))).toBeUndefined()
  })

  it("holds up nobody once its file is gone: what it revoked is replaced at once", () => {
    const { turns: _gone, ...planning } = revokedPlanning(revoking, AT)
    expect(replacementWaits({ ...planning, turns: new Map() })).toBeUndefined()
  })

  function revokedPlanning(
    which: Campaign,
    now: Instant,
    others: readonly BundleName[] = [],
    bundle = bundleOf(),
  ): BundlePlanning {
    const history = historyOf({ releases: [recordOf()] })
    const bundles = new Map([NAME as BundleName, ...others].map(name => [name, { ...history, bundle: name }]))
    const ledger: LedgerState = { ...EMPTY_LEDGER, invalidations: [recorded], bundles }
    const { good: _gone, ...planning } = planningOf({
      subject: { ...planningOf().subject, bundle },
      history,
      ledger,
      turns: campaignTurns({ ...policies(), campaigns: new Map([[which.name, which]]) }, ledger),
      moment: momentAt(now),
    })
    return { ...planning, good: undefined }
  }
})

function campaign(waves?: Waves): Campaign {
  const file = "policies/campaigns/leak.yaml"
  return { file, name: "leak", select: EVERYTHING, reason: "lost", ...(waves === undefined ? {} : { waves }) }
}

/** One bundle of each environment, named after its place and it. */
function ledgerOf(environments: readonly string[]): LedgerState {
  const histories = environments.map((environment, index): readonly [BundleName, BundleHistory] => {
    const bundle: BundleName = `c${index}-${environment}/b`
    const input = inputOf({}, { environment })
    return [bundle, historyOf({ bundle, releases: [recordOf({ input })] })]
  })
  return { ...EMPTY_LEDGER, bundles: new Map(histories) }
}

function planned(which: Campaign, now: Instant, history = historyOf({ releases: [recordOf()] })): BundlePlanning {
  const ledger = { ...EMPTY_LEDGER, bundles: new Map([[NAME as BundleName, history]]) }
  const campaigns = new Map([[which.name, which]])
  const turns = campaignTurns({ campaigns, rollout: DEFAULT_ROLLOUT }, ledger)
  const good = history.releases.at(-1)
  return planningOf({ history, ledger, turns, moment: momentAt(now), ...(good === undefined ? {} : { good }) })
}
