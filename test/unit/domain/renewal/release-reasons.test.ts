import { describe, expect, it } from "vitest"
import { later } from "../../../../src/domain/instant.ts"
import type { Desired } from "../../../../src/domain/plan/desired.ts"
import { momentAt } from "../../../../src/domain/plan/moment.ts"
import type { BundlePlanning } from "../../../../src/domain/plan/planning.ts"
import type { ReleaseInput, ReleaseRecord } from "../../../../src/domain/release.ts"
import { applyingReasons, RELEASE_REASONS, type ReleaseReason } from "../../../../src/domain/renewal/release-reasons.ts"
import type { Advisory } from "../../../../src/domain/revocation/campaigns.ts"
import { bundleOf, historyOf, inputOf, NAME, NOW, planningOf, recordOf } from "../../../support/planning.ts"
import { policies } from "../../../support/policies.ts"

const DAY = 86_400_000

/** The world in which one bundle is looked at: good, fresh, and as it should be, where a row says nothing else. */
interface Row {
  readonly days?: number
  readonly releases?: readonly ReleaseRecord[]
  readonly revoked?: readonly string[]
  readonly input?: ReleaseInput
  readonly bundle?: Parameters<typeof bundleOf>[0]
  readonly issuerEndsInDays?: number
  readonly advisory?: Partial<Advisory>
}

function planningFor({ days = 0, releases = [recordOf()], revoked = [], ...row }: Row): BundlePlanning {
  const marks = revoked.map(version => ({
    kind: "revoked" as const,
    version,
    at: NOW,
    revocation: { reason: "superseded" as const },
  }))
  const subject: Desired = {
    bundle: bundleOf(row.bundle),
    input: row.input ?? inputOf(),
    inputDigest: (row.input === undefined ? "1" : "2").repeat(64),
    ...(row.issuerEndsInDays === undefined ? {} : { issuerEndsAt: later(NOW, row.issuerEndsInDays * DAY) }),
  }
  const advisory: Advisory = {
    file: "policies/advisories/weak.yaml",
    name: "weak",
    published: later(NOW, DAY),
    summary: "weak keys",
    select: { algorithms: ["P-256"] },
    response: "reissue",
    ...row.advisory,
  }
  return planningOf({
    subject,
    history: historyOf({ releases, marks }),
    good: releases.findLast(release => !revoked.includes(release.version)),
    moment: momentAt(later(NOW, days * DAY)),
    policies: policies({ advisories: new Map(row.advisory === undefined ? [] : [["weak", advisory]]) }),
  })
}

const reasonsOf = (row: Row): readonly ReleaseReason[] => [...applyingReasons(planningFor(row))].map(due => due.reason)

const second = (own: Partial<ReleaseRecord> = {}) =>
  recordOf({ version: "1.0.1", predecessor: "1.0.0", publishedAt: later(NOW, DAY), ...own })

describe("the chain of reasons for a release", () => {
  const rows: Readonly<Record<string, readonly [Row, readonly ReleaseReason[]]>> = {
    "is silent about a bundle that is as it should be": [{}, []],
    "names the first release of a bundle that has none": [{ releases: [] }, ["first-release"]],
    "replaces the only version when it is revoked": [{ revoked: ["1.0.0"] }, ["revoked"]],
    "falls back on an older version that is as good as the revoked one": [
      { releases: [recordOf(), second()], revoked: ["1.0.1"], days: 1 },
      [],
    ],
    "replaces a revoked version when the older one was made from something else": [
      { releases: [recordOf({ inputDigest: "0".repeat(64) }), second()], revoked: ["1.0.1"], days: 1 },
      ["revoked"],
    ],
    "replaces a revoked version when the older one has expired": [
      { releases: [recordOf(), second()], revoked: ["1.0.1"], days: 30 },
      ["revoked", "expired", "renewal-due"],
    ],
    "says nothing of an older version that is revoked": [
      { releases: [recordOf(), second()], revoked: ["1.0.0"], days: 1 },
      [],
    ],
    "replaces what has expired, to the second": [{ days: 30 }, ["expired", "renewal-due"]],
    "sees another issuer": [{ input: inputOf({}, { issuer: ["c".repeat(64)] }) }, ["issuer-changed", "input-changed"]],
    "sees another root to trust": [
      { input: inputOf({}, { trust: ["a".repeat(64), "c".repeat(64)] }) },
      ["trust-changed", "input-changed"],
    ],
    "sees another identity": [
      { input: inputOf({ identity: "spiffe://example.com/other" }) },
      ["identity-changed", "input-changed"],
    ],
    "sees another role": [{ input: inputOf({ role: "checkout_ro" }) }, ["identity-changed", "input-changed"]],
    "sees another host": [{ input: inputOf({}, { host: "b.example.com" }) }, ["endpoint-changed", "input-changed"]],
    "sees another port": [{ input: inputOf({}, { cqlPort: 30_000 }) }, ["endpoint-changed", "input-changed"]],
    "sees another algorithm": [
      { input: inputOf({ key: { source: "generated", algorithm: "P-384" } }) },
      ["key-policy-changed", "input-changed"],
    ],
    "sees another source of the key": [
      { input: inputOf({ key: { source: "csr", algorithm: "P-256", spkiSha256: "f".repeat(64) } }) },
      ["key-policy-changed", "input-changed"],
    ],
    "reissues what an advisory concerns": [{ advisory: {}, days: 1 }, ["advisory"]],
    "leaves an advisory alone that is not published yet": [{ advisory: {} }, []],
    "leaves an advisory alone that asks for something else": [{ advisory: { response: "notice" }, days: 1 }, []],
    "leaves an advisory alone that is older than the version": [{ advisory: { published: NOW }, days: 1 }, []],
    "takes a removed recipient seriously": [
      { input: inputOf({ recipients: ["B".repeat(40)] }) },
      ["recipient-removed", "input-changed"],
    ],
    "takes another recipient for an ordinary change": [
      { input: inputOf({ recipients: ["A".repeat(40), "B".repeat(40)] }) },
      ["input-changed"],
    ],
    "sees that the supported versions of a driver are others": [
      { input: inputOf({ compatibility: { java: ">=4.19.0" } }) },
      ["driver-range-changed"],
    ],
    "takes a range that changes beside something else for an ordinary change": [
      { input: inputOf({ compatibility: { java: ">=4.19.0" }, keyspace: "other" }) },
      ["input-changed", "driver-range-changed"],
    ],
    "sees another lifetime": [{ input: inputOf({ lifetime: "20d" }) }, ["lifetime-policy-changed"]],
    "sees a bundle of an older layout": [
      { input: { ...inputOf(), layout: 2 as unknown as ReleaseInput["layout"] } },
      ["layout-changed"],
    ],
    "sees any other change": [{ input: inputOf({ keyspace: "other" }) }, ["input-changed"]],
    "reissues when somebody asks for it": [
      { bundle: { reissue: { before: later(NOW, DAY), reason: "drill" } }, days: 1 },
      ["reissue-requested"],
    ],
    "waits with what somebody asks for later": [
      { bundle: { reissue: { before: later(NOW, DAY), reason: "drill" } } },
      [],
    ],
    "has done what somebody asked for before": [{ bundle: { reissue: { before: NOW, reason: "drill" } } }, []],
    "replaces what would outlive its issuer": [{ issuerEndsInDays: 29 }, ["issuer-ending"]],
    "has nothing to gain from an issuer that has ended": [{ issuerEndsInDays: 10, days: 10 }, []],
    "renews when two thirds of a life are over": [{ days: 20 }, ["renewal-due"]],
    "does not renew before": [{ days: 17 }, []],
    "does not renew what ends with its issuer": [{ days: 20, issuerEndsInDays: 30 }, []],
    "renews when the issuer lives on": [{ days: 20, issuerEndsInDays: 31 }, ["renewal-due"]],
  }
  it.each(Object.entries(rows))("%s", (_sentence, [row, reasons]) => {
    expect(reasonsOf(row)).toEqual(reasons)
  })

  it("has at least twelve reasons, and a row for each", () => {
    const named = new Set(Object.values(rows).flatMap(([, reasons]) => reasons))
    expect([...named].sort()).toEqual([...RELEASE_REASONS].sort())
    expect(RELEASE_REASONS.length).toBeGreaterThanOrEqual(12)
  })

  it("says why in words that name versions, members and people's reasons", () => {
    const causesOf = (row: Row) => [...applyingReasons(planningFor(row))].map(due => due.cause)
    expect(causesOf({ input: inputOf({ role: "r" }, { host: "b.example.com" }) })).toEqual([
      "changed: bundle.role, cluster.host",
      "changed: bundle.role, cluster.host",
      "changed: bundle.role, cluster.host",
    ])
    expect(causesOf({ advisory: {}, days: 1 })).toEqual(["advisory weak: weak keys"])
    expect(causesOf({ bundle: { reissue: { before: later(NOW, DAY), reason: "drill" } }, days: 1 })).toEqual(["drill"])
    expect(causesOf({ days: 20 })).toEqual(["renews 1.0.0, which expires on 2026-12-22T10:00:00Z"])
  })

  it("remembers when it will say something else", () => {
    const planning = planningFor({ bundle: { reissue: { before: later(NOW, 5 * DAY), reason: "drill" } } })
    expect([...applyingReasons(planning)]).toEqual([])
    expect(planning.moment.next()).toBe(later(NOW, 5 * DAY))
    expect(planning.subject.bundle.fullName).toBe(NAME)
  })
})
