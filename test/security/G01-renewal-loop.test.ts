import { describe, expect, it } from "vitest"
import { type Instant, later } from "../../src/domain/instant.ts"
import type { Desired } from "../../src/domain/plan/desired.ts"
import { perform } from "../../src/domain/plan/ledger-transitions.ts"
import { plan, releaseSteps } from "../../src/domain/plan/plan.ts"
import { EMPTY_LEDGER, type LedgerState, type ReleaseRecord } from "../../src/domain/release.ts"
import { bundleOf, inputOf, NAME, NOW, recordOf } from "../support/planning.ts"
import { policies } from "../support/policies.ts"

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

/** What an issuer makes of a certificate that is asked for at `now`. */
type Issuer = (now: Instant, asked: Instant) => { readonly notBefore: Instant; readonly notAfter: Instant }

interface Course {
  readonly issuer: Issuer
  readonly lifetime: number
  readonly days: number
  readonly every: number
  readonly issuerEndsAt?: Instant
  readonly backdate?: number
}

/** Runs again and again for so many days; how many versions that makes, and what is told on the way. */
function course({ issuer, lifetime, days, every, issuerEndsAt, backdate = 0 }: Course) {
  const subject: Desired = {
    bundle: bundleOf({ lifetime }),
    input: inputOf(),
    inputDigest: "1".repeat(64),
    ...(issuerEndsAt === undefined ? {} : { issuerEndsAt }),
  }
  const house = policies()
  let ledger: LedgerState = EMPTY_LEDGER
  const codes = new Set<string>()
  for (let now = NOW; now < later(NOW, days * DAY); now = later(now, every)) {
    const { plan: due, findings } = plan({
      commit: "0".repeat(40),
      policyDigest: "0".repeat(64),
      ledgerHead: null,
      policies: { ...house, cryptography: { ...house.cryptography, backdate } },
      desired: new Map([[NAME, subject]]),
      ledger,
      unrecorded: new Map(),
      health: [],
      matrix: new Map(),
      catalog: undefined,
      locate: file => ({ file, line: 1, column: 1 }),
      now,
    })
    for (const { code } of findings) codes.add(code)
    const built = new Map(
      releaseSteps(due).map(({ version, reason, predecessor }): [typeof NAME, ReleaseRecord] => {
        const asked = later(now, lifetime)
        const certificate = { ...recordOf().certificate, ...issuer(now, asked) }
        return [
          NAME,
          recordOf({
            version,
            reason,
            publishedAt: now,
            certificate,
            ...(predecessor === undefined ? {} : { predecessor }),
          }),
        ]
      }),
    )
    ledger = perform(ledger, due, built)
  }
  return {
    versions: ledger.bundles.get(NAME)?.releases.length ?? 0,
    codes: [...codes].filter(code => /^S3[0-4]$/.test(code)).sort(),
  }
}

describe("a renewal loop", () => {
  it("does not come of an issuer whose end cuts certificates short: renewing would gain nothing", () => {
    const end = later(NOW, 20 * DAY)
    const issuer: Issuer = (now, asked) => ({ notBefore: now, notAfter: asked < end ? asked : end })
    expect(course({ issuer, lifetime: 90 * DAY, days: 20, every: HOUR, issuerEndsAt: end })).toEqual({
      versions: 1,
      codes: ["S32"],
    })
  })

  it("does not come of an issuer that cuts them short without saying so", () => {
    const end = later(NOW, 20 * DAY)
    const issuer: Issuer = (now, asked) => ({ notBefore: now, notAfter: asked < end ? asked : end })
    const { versions, codes } = course({ issuer, lifetime: 90 * DAY, days: 20, every: HOUR })
    expect(versions).toBeLessThanOrEqual(5)
    expect(codes).toContain("S33")
  })

  it("does not come of an issuer that gives the same certificate dates again and again", () => {
    const issuer: Issuer = () => ({ notBefore: NOW, notAfter: later(NOW, 30 * DAY) })
    const { versions, codes } = course({ issuer, lifetime: 30 * DAY, days: 30, every: 10 * MINUTE })
    expect(versions).toBeLessThanOrEqual(6)
    expect(codes).toContain("S33")
  })

  it("does not come of a lifetime that is shorter than the backdating", () => {
    const issuer: Issuer = (now, asked) => ({ notBefore: later(now, -5 * MINUTE), notAfter: asked })
    const lifetime = 2 * HOUR
    const { versions } = course({ issuer, lifetime, days: 1, every: 10 * MINUTE, backdate: DAY })
    expect(versions).toBeLessThanOrEqual(24 / (2 * 0.6) + 1)
  })

  it("does not come of an issuer that gives a tenth of what was asked for: each lives two thirds of its life", () => {
    const issuer: Issuer = now => ({ notBefore: now, notAfter: later(now, 9 * DAY) })
    const { versions, codes } = course({ issuer, lifetime: 90 * DAY, days: 54, every: HOUR })
    expect(versions).toBeGreaterThanOrEqual(54 / 6)
    expect(versions).toBeLessThanOrEqual(54 / 5.4 + 1)
    expect(codes).toEqual([])
  })

  it("is told, and slowed down, where an issuer gives next to nothing", () => {
    const issuer: Issuer = now => ({ notBefore: now, notAfter: later(now, 2 * HOUR) })
    const { versions, codes } = course({ issuer, lifetime: 90 * DAY, days: 10, every: 10 * MINUTE })
    expect(codes).toContain("S33")
    expect(versions).toBeLessThanOrEqual((10 * 24) / 1.8 + 3)
  })
})
