import { describe, expect, it } from "vitest"
import { type Instant, later } from "../../../../src/domain/instant.ts"
import { type Impact, impactOf } from "../../../../src/domain/lifecycle/impact.ts"
import type { Plan } from "../../../../src/domain/plan/plan.ts"
import type { Step } from "../../../../src/domain/plan/steps.ts"
import { EMPTY_LEDGER, type ReleaseInput } from "../../../../src/domain/release.ts"
import { DAY, deprecating, type Life, on, runAt, twoVersions } from "../../../support/lifecycle.ts"
import { bundleOf, historyOf, inputOf, NAME, NOW, recordOf } from "../../../support/planning.ts"
import { policies } from "../../../support/policies.ts"

function planOf(steps: readonly Step[], now: Instant, more: Partial<Plan> = {}): Plan {
  return {
    format: 1,
    commit: "0".repeat(40),
    policyDigest: "0".repeat(64),
    ledgerHead: null,
    now,
    invalidations: [],
    steps,
    ...more,
  }
}

interface Case {
  readonly life: Life
  readonly steps?: readonly Step[]
  readonly input?: ReleaseInput
  readonly now?: Instant
  readonly plan?: Partial<Plan>
}

function impactIn({ life, steps = [], input = inputOf(), now = NOW, plan = {} }: Case): Impact {
  return impactOf({
    plan: planOf(steps, now, plan),
    desired: new Map([[NAME, { bundle: bundleOf(), input, inputDigest: "2".repeat(64) }]]),
    ledger: { ...EMPTY_LEDGER, bundles: new Map([[NAME, life.history]]) },
    lifecycle: policies().lifecycle,
  })
}

const release = (version: string, change: "major" | "minor" | "renewal"): Step => ({
  kind: "release",
  bundle: NAME,
  version,
  change,
  reason: "input-changed",
  cause: "changed: cluster.host",
  inputDigest: "2".repeat(64),
  predecessor: "1.1.0",
})

describe("the impact of a release", () => {
  it("is what each change asks of whom, and which clients it breaks", () => {
    const input = inputOf({}, { host: "new.example.com" })
    const { bundles, owners, environments, recipients } = impactIn({
      life: twoVersions(),
      steps: [release("2.0.0", "major")],
      input,
    })
    const [bundle] = bundles
    expect(bundle?.release).toMatchObject({ version: "2.0.0", change: "major" })
    expect(bundle?.actions.map(({ who, because }) => [who, because])).toEqual([
      ["cluster-operators", "cluster.host"],
      ["cluster-operators", "cluster.host"],
      ["applications", "cluster.host"],
    ])
    expect(bundle?.breaks).toMatchObject([{ version: "1.1.0", drivers: ["java"] }])
    expect([owners, environments, recipients]).toEqual([["payments-team"], ["production"], ["oncall"]])
  })

  it("is nothing to anybody for a renewal", () => {
    const impact = impactIn({ life: twoVersions(), steps: [release("1.1.1", "renewal")] })
    expect(impact).toMatchObject({ owners: [], recipients: [], environments: [] })
    expect(impact.bundles[0]).toMatchObject({ actions: [], breaks: [], release: { changes: [] } })
  })

  it("is that the first has to be fetched", () => {
    const { predecessor: _none, ...first } = release("1.0.0", "major") as Extract<Step, { readonly kind: "release" }>
    const { bundles } = impactIn({ life: twoVersions({ history: historyOf() }), steps: [first] })
    expect(bundles[0]?.actions).toMatchObject([{ who: "applications", what: "fetch 1.0.0, and start with it" }])
  })
})

describe("the impact of a deprecation", () => {
  it("is who has to go where, until when, as soon as it is planned", () => {
    const life = twoVersions({ decisions: deprecating("2026-12-01") })
    const { steps } = runAt(life, NOW)
    const [bundle] = impactIn({ life, steps }).bundles
    expect(bundle?.leaving).toMatchObject([
      {
        version: "1.0.0",
        standing: "active",
        replacement: "1.1.0",
        until: on("2027-05-30"),
        channels: [],
        changes: [],
      },
    ])
    expect(bundle?.actions).toMatchObject([
      { who: "applications", what: "leave 1.0.0 for 1.1.0", until: on("2027-05-30") },
    ])
    expect(bundle?.breaks).toMatchObject([{ version: "1.0.0", at: on("2027-05-30") }])
    expect(bundle?.ends).toContainEqual({ version: "1.0.0", at: on("2027-03-01"), what: "limited" })
  })

  it("sends nobody to a replacement that is revoked", () => {
    const { life } = runAt(twoVersions({ decisions: deprecating("2026-12-01") }), NOW)
    const revocation = { kind: "revoked", revocation: { reason: "keyCompromise" } } as const
    const steps = [{ kind: "mark", bundle: NAME, version: "1.1.0", mark: revocation }] as const
    const [bundle] = impactIn({ life, steps }).bundles
    const [leaving] = bundle?.leaving.filter(({ version }) => version === "1.0.0") ?? []
    expect([leaving?.replacement, leaving?.changes]).toEqual([undefined, []])
    expect(bundle?.actions).toContainEqual(
      expect.objectContaining({ what: "leave 1.0.0 for what your channel gives you now" }),
    )
  })

  it("ends with the certificate at the latest", () => {
    const life = runAt(twoVersions({ decisions: deprecating("2026-12-01") }), NOW).life
    const releases = life.history.releases.map(each => ({
      ...each,
      certificate: { ...each.certificate, notAfter: on("2027-01-30") },
    }))
    const [bundle] = impactIn({ life: { ...life, history: { ...life.history, releases } } }).bundles
    expect(bundle?.leaving[0]?.until).toBe(on("2027-01-30"))
    expect(bundle?.ends.map(({ what }) => what)).toEqual(["certificate", "certificate"])
  })

  it("is over with the end of life", () => {
    const { life } = runAt(runAt(twoVersions({ decisions: deprecating("2026-12-01") }), NOW).life, on("2027-05-30"))
    expect(impactIn({ life, now: on("2027-05-30") }).bundles[0]?.leaving).toEqual([])
  })
})

describe("the impact of a revocation", () => {
  it("is that its users stop now, by its own mark or by a campaign", () => {
    const life = twoVersions()
    const revocation = { reason: "keyCompromise" } as const
    const mark = { kind: "mark", bundle: NAME, version: "1.1.0", mark: { kind: "revoked", revocation } } as const
    const campaign = { name: "inc-1", select: { versions: "1.1.0" }, revocation }
    for (const one of [{ steps: [mark] }, { plan: { invalidations: [campaign] } }]) {
      const [bundle] = impactIn({ life, ...one }).bundles
      expect(bundle?.leaving).toMatchObject([
        { version: "1.1.0", standing: "revoked", why: "keyCompromise", channels: ["candidate", "stable"] },
      ])
      expect(bundle?.leaving[0]).not.toHaveProperty("until")
      expect(bundle?.ends.map(({ version }) => version)).toEqual(["1.0.0"])
    }
  })
})

describe("what lies ahead", () => {
  it("is the support of each version, by what it would be if it were deprecated now", () => {
    const soon = recordOf({ publishedAt: later(NOW, -DAY) })
    const life = twoVersions({ history: historyOf({ releases: [soon] }) })
    const [bundle] = impactIn({ life }).bundles
    const { notAfter } = soon.certificate
    expect(bundle?.support).toEqual([
      { version: "1.0.0", from: soon.publishedAt, fullUntil: notAfter, securityUntil: notAfter, usableUntil: notAfter },
    ])
    expect(bundle?.ends).toEqual([{ version: "1.0.0", at: notAfter, what: "certificate" }])
  })

  it("is nothing for a bundle that has nothing, and of those that are asked for only", () => {
    expect(impactIn({ life: twoVersions({ history: historyOf() }) }).bundles).toEqual([])
  })
})
