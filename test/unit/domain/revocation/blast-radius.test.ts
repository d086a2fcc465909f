import { describe, expect, it } from "vitest"
import { later } from "../../../../src/domain/instant.ts"
import type { BundleName } from "../../../../src/domain/names.ts"
import { momentAt } from "../../../../src/domain/plan/moment.ts"
import {
  type BundleHistory,
  EMPTY_LEDGER,
  type LedgerState,
  type PointerMove,
  type ReleaseRecord,
} from "../../../../src/domain/release.ts"
import { type BlastTarget, blastRadius } from "../../../../src/domain/revocation/blast-radius.ts"
import { turnsOf } from "../../../../src/domain/revocation/campaign-waves.ts"
import { bundleOf, historyOf, inputOf, NOW, recordOf } from "../../../support/planning.ts"
import { policies } from "../../../support/policies.ts"

const HOUR = 3_600_000
const DAY = 24 * HOUR
const EVERYTHING = selected("all")

describe("the blast radius", () => {
  it("names versions, channels, owners, recipients, environments and the waves in which replacements come", () => {
    const radius = radiusOf(EVERYTHING, {
      "live/pay": { releases: [record("1.0.0", "production")], moves: [move("stable", "1.0.0")] },
      "test/pay": { releases: [record("1.0.0", "staging")], moves: [move("candidate", "1.0.0")] },
    })
    expect(radius).toMatchObject({
      owners: ["payments-team"],
      environments: ["production", "staging"],
      clusters: ["live", "test"],
      recipients: ["oncall"],
      ending: 2,
      inUse: 2,
    })
    expect(radius.bundles).toMatchObject([
      {
        bundle: "test/pay",
        versions: [{ version: "1.0.0", standing: "active", channels: ["candidate"] }],
        replacement: { wave: 0, at: NOW },
      },
      { bundle: "live/pay", versions: [{ channels: ["stable"] }], replacement: { wave: 1, at: later(NOW, HOUR) } },
    ])
  })

  it.each(["inc-13", "old-ca"])("foretells the waves that campaign %s then has", name => {
    const names = ["live/a", "live/b", "live/c", "live/d", "live/e"]
    const histories = Object.fromEntries(names.map(bundle => [bundle, { releases: [record("1.0.0")] }]))
    const { select, campaign } = selected(name)
    const turns = turnsOf({ ...campaign, file: "", select, reason: "" }, { select, at: NOW }, ledgerOf(histories), [])
    expect(radiusOf(selected(name), histories).bundles.map(each => each.bundle)).toEqual([...turns.keys()])
  })

  it("tells who has another good version ready, and who is left without any", () => {
    const select = { kind: "selector", select: { versions: ">=1.1.0" } } as const
    const radius = radiusOf(select, {
      "live/pay": { releases: [record("1.0.0"), record("1.1.0")] },
      "live/shop": { releases: [record("1.1.0")] },
    })
    expect(radius.bundles.map(({ bundle, ready }) => [bundle, ready])).toEqual([
      ["live/shop", undefined],
      ["live/pay", "1.0.0"],
    ])
  })

  it("counts no dead version as ready or as ending, but says that it is hit", () => {
    const expired = record("1.0.0", "production", -40 * DAY)
    const radius = radiusOf(
      { kind: "version", bundle: "live/pay", version: "1.1.0" },
      {
        "live/pay": { releases: [expired, record("1.1.0")] },
      },
    )
    expect(radius).toMatchObject({ ending: 1, inUse: 1, bundles: [{ versions: [{ version: "1.1.0" }] }] })
    expect(radius.bundles[0]?.ready).toBeUndefined()
    expect(radiusOf(EVERYTHING, { "live/pay": { releases: [expired] } })).toMatchObject({
      ending: 0,
      bundles: [{ versions: [{ standing: "expired" }] }],
    })
  })

  it("leaves out what is revoked already, and says whose YAML is gone", () => {
    const marks = [{ version: "1.0.0", at: NOW, kind: "revoked", revocation: { reason: "superseded" } }] as const
    const history = { "gone/pay": { releases: [record("1.0.0"), record("1.1.0")], marks } }
    const radius = radiusOf(EVERYTHING, history, [])
    expect(radius.bundles).toMatchObject([{ declared: false, versions: [{ version: "1.1.0" }], recipients: [] }])
    expect(radius.bundles[0]?.replacement).toBeUndefined()
  })
})

function selected(name: string) {
  const select = { bundles: ["*/*"] }
  return { kind: "selector", select, campaign: { name, waves: { size: 1, every: HOUR } } } as const
}

function radiusOf(
  target: BlastTarget,
  histories: Readonly<Record<string, Partial<BundleHistory>>>,
  declared = Object.keys(histories),
) {
  const repository = {
    policies: policies({ rollout: { ...policies().rollout, environments: ["staging", "production"] } }),
    bundles: new Map(declared.map(name => [name as BundleName, bundleOf({ fullName: name as BundleName })])),
  }
  return blastRadius(target, repository, ledgerOf(histories), momentAt(NOW))
}

function ledgerOf(histories: Readonly<Record<string, Partial<BundleHistory>>>): LedgerState {
  const bundles = Object.entries(histories).map(([name, own]) => {
    const bundle = name as BundleName
    return [bundle, historyOf({ bundle, ...own })] as const
  })
  return { ...EMPTY_LEDGER, bundles: new Map(bundles) }
}

function record(version: string, environment = "production", age = -DAY): ReleaseRecord {
  return recordOf({ version, publishedAt: later(NOW, age), input: inputOf({}, { environment }) })
}

function move(channel: string, version: string): PointerMove {
  return { channel, version, at: NOW, reason: "first", cause: "first release" }
}
