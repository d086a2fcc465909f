import { describe, expect, it } from "vitest"
import { type Selector, selectVersion } from "../../../src/app/trust.ts"
import {
  type CatalogIndex,
  type CatalogShard,
  type CatalogVersion,
  catalogShards,
} from "../../../src/domain/catalog.ts"
import { ScbError } from "../../../src/domain/errors.ts"
import { later } from "../../../src/domain/instant.ts"
import { EMPTY_LEDGER, type LedgerState } from "../../../src/domain/release.ts"
import { DAY, deprecating, extending, type Life, on, runAt, twoVersions } from "../../support/lifecycle.ts"
import { NAME, NOW } from "../../support/planning.ts"

const INDEX: CatalogIndex = {
  apiVersion: "scb/v1",
  kind: "CatalogIndex",
  version: 1,
  epoch: 0,
  issuedAt: NOW,
  expiresAt: later(NOW, DAY),
  shards: {},
  invalidations: [],
  revocationLists: {},
}

function shardWith(state: CatalogVersion["state"]): CatalogShard {
  const file = { name: "manifest.json", size: 1, sha256: "a".repeat(64) }
  const deprecation = { from: NOW, endOfLifeAt: later(NOW, DAY), replacement: "1.1.0" }
  const entry = { state, publishedAt: NOW, notAfter: later(NOW, DAY), manifest: file, payload: file, deprecation }
  const checkout = { channels: { stable: { version: "1.0.0" } }, versions: { "1.0.0": entry } }
  return { apiVersion: "scb/v1", kind: "CatalogShard", cluster: "payments-prod", bundles: { checkout } }
}

function verdict(state: CatalogVersion["state"], selector: Selector): string {
  try {
    return selectVersion(INDEX, shardWith(state), NAME, selector).version
  } catch (error) {
    return error instanceof ScbError ? error.code : String(error)
  }
}

describe("a version is given out", () => {
  it.each([
    ["active", "1.0.0", "1.0.0"],
    ["deprecated", "1.0.0", "1.0.0"],
    ["limited", "release-missing", "1.0.0"],
    ["security-only", "release-missing", "1.0.0"],
    ["end-of-life", "version-ended", "version-ended"],
    ["archived", "version-ended", "version-ended"],
    ["revoked", "version-revoked", "version-revoked"],
  ] as const)("that is %s: by its channel %s, by its number %s", (state, byChannel, byNumber) => {
    expect(verdict(state, { channel: "stable" })).toBe(byChannel)
    expect(verdict(state, { version: "1.0.0" })).toBe(byNumber)
  })
})

describe("the catalog", () => {
  const entryAt = (life: Life, now: string) => {
    const ledger: LedgerState = { ...EMPTY_LEDGER, bundles: new Map([[NAME, life.history]]) }
    return catalogShards(ledger, on(now))[0]?.bundles["checkout"]?.versions["1.0.0"]
  }
  const announced = runAt(twoVersions({ decisions: deprecating("2026-12-01") }), NOW).life

  it("says what is on its way out as soon as that is announced", () => {
    const deprecation = { from: on("2026-12-01"), endOfLifeAt: on("2027-05-30"), replacement: "1.1.0" }
    expect(entryAt(announced, "2026-11-23")).toMatchObject({ state: "active", deprecation })
    expect(entryAt(announced, "2026-12-01")).toMatchObject({ state: "deprecated", deprecation })
    expect(entryAt(twoVersions(), "2026-12-01")).not.toHaveProperty("deprecation")
  })

  it("says the end that was put off, and the replacement that was named last", () => {
    const { life } = runAt({ ...announced, decisions: extending("2026-12-01", "2027-06-30") }, NOW)
    expect(entryAt(life, "2026-12-01")?.deprecation?.endOfLifeAt).toBe(on("2027-06-30"))
  })

  it("does not forget a deprecation when the certificate expires", () => {
    const releases = announced.history.releases.map(each => ({
      ...each,
      certificate: { ...each.certificate, notAfter: on("2026-12-24") },
    }))
    const life = { ...announced, history: { ...announced.history, releases } }
    expect(entryAt(life, "2027-01-01")?.state).toBe("deprecated")
  })
})
