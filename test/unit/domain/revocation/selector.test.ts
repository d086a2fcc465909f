import { describe, expect, it } from "vitest"
import { type Instant, later, parseInstant } from "../../../../src/domain/instant.ts"
import { type Selectable, type Selector, selects } from "../../../../src/domain/revocation/selector.ts"

const AT = parseInstant("2026-11-22T10:00:00Z") as Instant

const EACH: Selectable = {
  bundle: "payments-prod/checkout",
  version: "1.4.2",
  publishedAt: AT,
  cluster: "payments-prod",
  environment: "production",
  owner: "payments-team",
  issuerSha256: "a".repeat(64),
  serial: "0a1b",
  spkiSha256: "b".repeat(64),
  keyAlgorithm: "P-256",
  compatibility: { java: ">=4.17.0" },
}

/** Each member: a value that hits, and one that misses. */
const MEMBERS: readonly (readonly [hit: Selector, miss: Selector])[] = [
  [{ clusters: ["shop", "payments-prod"] }, { clusters: ["payments"] }],
  [{ bundles: ["payments-*/check*"] }, { bundles: ["*"] }],
  [{ environments: ["production"] }, { environments: ["staging"] }],
  [{ owners: ["payments-team"] }, { owners: ["shop-team"] }],
  [{ versions: "<1.5.0" }, { versions: ">=1.5.0" }],
  [{ issuers: ["a".repeat(64)] }, { issuers: ["c".repeat(64)] }],
  [{ issuedFrom: AT }, { issuedFrom: later(AT, 1000) }],
  [{ issuedBefore: later(AT, 1000) }, { issuedBefore: AT }],
  [{ serials: ["0a1b"] }, { serials: ["0a1c"] }],
  [{ keys: ["b".repeat(64)] }, { keys: ["c".repeat(64)] }],
  [{ algorithms: ["RSA-2048", "P-256"] }, { algorithms: ["RSA-2048"] }],
  [{ drivers: ["python", "java"] }, { drivers: ["python"] }],
]

describe("a selector", () => {
  it.each(MEMBERS)("of one member selects what has it, and nothing else: %j, %j", (hit, miss) => {
    expect([hit, miss].map(each => selects(each, EACH))).toEqual([true, false])
  })

  it("of all members wants all of them; one that misses is enough to miss", () => {
    const all = Object.assign({}, ...MEMBERS.map(([hit]) => hit)) as Selector
    expect(selects(all, EACH)).toBe(true)
    const spoilt = MEMBERS.map(([, miss]) => selects({ ...all, ...miss }, EACH))
    expect(spoilt).toEqual(MEMBERS.map(() => false))
  })

  it("of any two members wants both", () => {
    for (const [hit, miss] of MEMBERS) {
      for (const [other, otherMiss] of MEMBERS) {
        if (other === hit) continue
        expect(selects({ ...hit, ...other }, EACH)).toBe(true)
        expect(selects({ ...miss, ...other }, EACH)).toBe(false)
        expect(selects({ ...hit, ...otherMiss }, EACH)).toBe(false)
      }
    }
  })

  it("that is empty selects nothing, and an empty list too", () => {
    expect(selects({}, EACH)).toBe(false)
    expect(selects({ clusters: [] }, EACH)).toBe(false)
    expect(selects({ clusters: ["payments-prod"], serials: [] }, EACH)).toBe(false)
  })

  it("whose version range nobody can read selects every version: it fails closed", () => {
    expect(selects({ versions: "older than 2" }, EACH)).toBe(true)
    expect(selects({ versions: "older than 2", clusters: ["shop"] }, EACH)).toBe(false)
  })

  it("has stars that do not reach over the slash, and no other signs", () => {
    const globs = ["*/*", "payments-prod/*", "*checkout", "payments.prod/checkout", "payments-prod/checkou", "*-*/*out"]
    expect(globs.map(glob => selects({ bundles: [glob] }, EACH))).toEqual([true, true, false, false, false, true])
  })
})
