import { describe, expect, it } from "vitest"
import { later } from "../../../../src/domain/instant.ts"
import { momentAt } from "../../../../src/domain/plan/moment.ts"
import type { BundlePlanning } from "../../../../src/domain/plan/planning.ts"
import type { RenewalPolicy } from "../../../../src/domain/policies.ts"
import type { FailedAttempt, ReleaseInput, ReleaseRecord } from "../../../../src/domain/release.ts"
import { releaseDecision } from "../../../../src/domain/renewal/due-release.ts"
import type { Advisory } from "../../../../src/domain/revocation/campaigns.ts"
import { bundleOf, historyOf, inputOf, NOW, planningOf, recordOf } from "../../../support/planning.ts"
import { policies } from "../../../support/policies.ts"

const HOUR = 3_600_000
const DAY = 24 * HOUR

interface Row {
  readonly hours: number
  readonly releases?: readonly ReleaseRecord[]
  /** Hours at which an attempt failed. */
  readonly failed?: readonly number[]
  readonly attempt?: Partial<FailedAttempt>
  readonly triggers?: Partial<RenewalPolicy["triggers"]>
  readonly input?: ReleaseInput
  readonly bundle?: Parameters<typeof bundleOf>[0]
  readonly issuerEndsInDays?: number
  readonly advisory?: Advisory
}

function planningFor({ hours, releases = [recordOf()], failed = [], ...row }: Row): BundlePlanning {
  const defaults = policies()
  const attempts = failed.map(
    (hour): FailedAttempt => ({
      at: later(NOW, hour * HOUR),
      version: "1.0.1",
      reason: "renewal-due",
      inputDigest: "1".repeat(64),
      error: "issuer-unusable",
      ...row.attempt,
    }),
  )
  return planningOf({
    subject: {
      bundle: bundleOf(row.bundle),
      input: row.input ?? inputOf(),
      inputDigest: (row.input === undefined ? "1" : "2").repeat(64),
      ...(row.issuerEndsInDays === undefined ? {} : { issuerEndsAt: later(NOW, row.issuerEndsInDays * DAY) }),
    },
    history: historyOf({ releases, attempts }),
    moment: momentAt(later(NOW, hours * HOUR)),
    policies: {
      ...defaults,
      renewal: { ...defaults.renewal, triggers: { ...defaults.renewal.triggers, ...row.triggers } },
      advisories: new Map(row.advisory === undefined ? [] : [[row.advisory.name, row.advisory]]),
    },
  })
}

function decided(row: Row): { readonly due: string | undefined; readonly codes: readonly string[] } {
  const { due, findings } = releaseDecision(planningFor(row))
  return { due: due?.reason, codes: findings.map(({ code }) => code) }
}

/** The certificate of the record lives 30 days: due after at most 475 hours, an emergency after 648. */
const DUE = 500
const EMERGENCY = 648
const keyspace = inputOf({ keyspace: "other" })
const range = inputOf({ compatibility: { java: ">=4.19.0" } })
const lifetime = inputOf({ lifetime: "20d" })

describe("the answer of policy to a trigger", () => {
  const rows: Readonly<Record<string, readonly [Row, string | undefined, readonly string[]]>> = {
    "is a release, where policy says nothing else": [{ hours: 0, input: keyspace }, "input-changed", []],
    "is a notice of a configuration that changed": [
      { hours: 0, input: keyspace, triggers: { configuration: "notice" } },
      undefined,
      ["S30"],
    ],
    "is a notice of drivers whose supported versions changed, and not of other configuration": [
      { hours: 0, input: range, triggers: { "driver-catalogue": "notice" } },
      undefined,
      ["S30"],
    ],
    "is a notice of a policy that changed": [
      { hours: 0, input: lifetime, triggers: { policy: "notice" } },
      undefined,
      ["S30"],
    ],
    "is a notice of a renewal": [{ hours: DUE, triggers: { expiry: "notice" } }, undefined, ["S30"]],
    "is one notice for all that changed": [
      {
        hours: 0,
        input: inputOf({ keyspace: "other" }, { host: "b.example.com", trust: [] }),
        triggers: { configuration: "notice" },
      },
      undefined,
      ["S30"],
    ],
    "never keeps what expires from being renewed, when only something else was to be a notice": [
      { hours: DUE, input: keyspace, triggers: { configuration: "notice" } },
      "renewal-due",
      [],
    ],
    "becomes an alarm when a tenth of a life is left": [
      { hours: EMERGENCY, triggers: { expiry: "notice" } },
      undefined,
      ["S30", "S32"],
    ],
    "does not matter for what has expired": [{ hours: 720, triggers: { expiry: "notice" } }, "expired", []],
    "does not matter for a first release": [
      { hours: 0, releases: [], triggers: { configuration: "notice" } },
      "first-release",
      [],
    ],
    "does not matter for what somebody asks for": [
      {
        hours: 1,
        bundle: { reissue: { before: later(NOW, HOUR), reason: "drill" } },
        triggers: { configuration: "notice" },
      },
      "reissue-requested",
      [],
    ],
  }
  it.each(Object.entries(rows))("%s", (_sentence, [row, due, codes]) => {
    expect(decided(row)).toEqual({ due, codes })
  })
})

describe("an advisory", () => {
  const advisory: Advisory = {
    file: "policies/advisories/weak.yaml",
    name: "weak",
    published: later(NOW, HOUR),
    summary: "weak keys",
    select: {},
    drivers: new Map([["java", "<4.18.0"]]),
    response: "reissue",
  }
  const answered = (own: Partial<Advisory>, row: Partial<Row> = {}) =>
    decided({ hours: 1, advisory: { ...advisory, ...own }, ...row })

  it("has what it concerns released again, or told to people", () => {
    expect(answered({})).toEqual({ due: "advisory", codes: [] })
    expect(answered({}, { triggers: { advisory: "notice" } })).toEqual({ due: undefined, codes: ["S30"] })
    expect(answered({ response: "notice" })).toEqual({ due: undefined, codes: ["S34"] })
    expect(answered({ response: "deprecate" })).toEqual({ due: undefined, codes: [] })
  })

  const concerned: Readonly<Record<string, readonly [Partial<Advisory>, boolean]>> = {
    "a range that the bundle's promise reaches into": [{ drivers: new Map([["java", "4.17.3"]]) }, true],
    "a range that ends before the promise begins": [{ drivers: new Map([["java", "<4.17.0"]]) }, false],
    "a driver that the bundle was not made for": [{ drivers: new Map([["python", "*"]]) }, false],
    "one of several drivers": [
      {
        drivers: new Map([
          ["python", "*"],
          ["java", "*"],
        ]),
      },
      true,
    ], // prettier-ignore
    "serials around the certificate's": [{ serials: { from: "00", to: "01" } }, true],
    "serials beside it": [{ serials: { from: "02", to: "ff" } }, false],
    "an algorithm": [{ select: { algorithms: ["P-256"] } }, true],
    "another algorithm": [{ select: { algorithms: ["RSA-2048"] } }, false],
    "nothing at all": [{ drivers: new Map() }, false],
  }
  it.each(Object.entries(concerned))("about %s", (_what, [own, concerns]) => {
    expect(answered(own).due).toBe(concerns ? "advisory" : undefined)
  })

  it("about a driver speaks of a version only where all its other conditions hold", () => {
    expect(answered({ serials: { from: "02", to: "ff" } }).due).toBeUndefined()
    expect(answered({ select: { clusters: ["other"] } }).due).toBeUndefined()
    expect(answered({ select: { clusters: ["payments-prod"] } }).due).toBe("advisory")
  })
})

describe("after a failure", () => {
  const rows: Readonly<Record<string, readonly [Row, string | undefined, readonly string[]]>> = {
    "the next attempt waits an hour": [{ hours: DUE + 0.9, failed: [DUE] }, undefined, ["S31"]],
    "and then is made": [{ hours: DUE + 1, failed: [DUE] }, "renewal-due", []],
    "after the second, it waits two": [{ hours: DUE + 2.9, failed: [DUE, DUE + 1] }, undefined, ["S31"]],
    "and then is made again": [{ hours: DUE + 3, failed: [DUE, DUE + 1] }, "renewal-due", []],
    "it never waits longer than the policy says": [
      { hours: DUE + 47, failed: [1, 2, 3, 4, 5, 6, 7, 8, 9, 15].map(hour => DUE + hour) },
      "renewal-due",
      [],
    ],
    "it waits no longer than until a tenth of the life is left": [
      { hours: EMERGENCY, failed: [1, 2, 3, 4, 5, 6, 147].map(hour => DUE + hour) },
      "renewal-due",
      ["S32"],
    ],
    "in that tenth, it waits the shortest time": [
      { hours: EMERGENCY + 2, failed: [EMERGENCY, EMERGENCY + 1] },
      "renewal-due",
      ["S32"],
    ],
    "and no longer than half of what is left": [{ hours: 719.5, failed: [718, 719] }, "renewal-due", ["S32"]],
    "at the very instant of a failure there is nothing to do": [
      { hours: 719, failed: [718, 719] },
      undefined,
      ["S31", "S32"],
    ],
    "a changed input is tried at once": [{ hours: DUE, failed: [DUE], input: keyspace }, "input-changed", []],
    "another reason is tried at once": [{ hours: 720, failed: [719] }, "expired", []],
    "what somebody asks for again is tried at once": [
      {
        hours: 2,
        failed: [1],
        attempt: { reason: "reissue-requested" },
        bundle: { reissue: { before: later(NOW, 2 * HOUR), reason: "the CA is back" } },
      },
      "reissue-requested",
      [],
    ],
    "and waits again when that fails": [
      {
        hours: 3,
        failed: [1, 2.5],
        attempt: { reason: "reissue-requested" },
        bundle: { reissue: { before: later(NOW, 2 * HOUR), reason: "the CA is back" } },
      },
      undefined,
      ["S31"],
    ],
    "a first release waits as well": [
      { hours: 0.5, releases: [], failed: [0], attempt: { reason: "first-release" } },
      undefined,
      ["S31"],
    ],
  }
  it.each(Object.entries(rows))("%s", (_sentence, [row, due, codes]) => {
    expect(decided(row)).toEqual({ due, codes })
  })

  it("the plan knows until when it waits", () => {
    const planning = planningFor({ hours: DUE, failed: [DUE] })
    releaseDecision(planning)
    expect(planning.moment.next()).toBe(later(NOW, (DUE + 1) * HOUR))
  })
})

describe("a renewal loop", () => {
  const { certificate } = recordOf()
  const renewed = (version: string, predecessor: string, hour: number, notAfter = certificate.notAfter) =>
    recordOf({
      version,
      predecessor,
      reason: "renewal-due",
      change: "renewal",
      publishedAt: later(NOW, hour * HOUR),
      certificate: { ...certificate, notAfter },
    })

  it("cannot begin where an issuer gives the same end again: the next renewal waits, and people are told", () => {
    const releases = [recordOf(), renewed("1.0.1", "1.0.0", 680)]
    expect(decided({ hours: 681, releases })).toEqual({ due: undefined, codes: ["S32"] })
    expect(decided({ hours: 711, releases })).toEqual({ due: undefined, codes: ["S33", "S32"] })
    expect(decided({ hours: 712, releases })).toEqual({ due: "renewal-due", codes: [] })
  })

  it("is slowed down and told where certificates are short again and again", () => {
    const short = (version: string, predecessor: string, hour: number) =>
      renewed(version, predecessor, hour, later(NOW, (hour + 2) * HOUR))
    const releases = [
      recordOf(),
      short("1.0.1", "1.0.0", 500),
      short("1.0.2", "1.0.1", 502),
      short("1.0.3", "1.0.2", 504),
    ]
    const last = releases.map((each, index) =>
      index === 0 ? each : { ...each, certificate: { ...each.certificate, notBefore: each.publishedAt } },
    )
    expect(decided({ hours: 505.5, releases: last })).toEqual({ due: undefined, codes: ["S33"] })
    expect(decided({ hours: 505.9, releases: last })).toEqual({ due: "renewal-due", codes: [] })
  })

  it("does not end what the issuer's own end makes an emergency", () => {
    const row: Row = { hours: DUE, issuerEndsInDays: 30 }
    expect(decided(row)).toEqual({ due: undefined, codes: [] })
    expect(decided({ ...row, hours: EMERGENCY })).toEqual({ due: undefined, codes: ["S32"] })
  })
})
