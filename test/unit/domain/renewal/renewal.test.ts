import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { type Instant, later, parseInstant } from "../../../../src/domain/instant.ts"
import type { BundleName } from "../../../../src/domain/names.ts"
import { emergencyAt, endsWithIssuer, plannedEnd, renewalAt } from "../../../../src/domain/renewal/renewal.ts"
import { bundleOf, NAME, NOW } from "../../../support/planning.ts"

const HOUR = 3_600_000
const DAY = 24 * HOUR
const POLICY = { afterPercent: 66, jitterPercent: 6 }

const at = (text: string): Instant => parseInstant(text) as Instant
const release = (notBefore: Instant, notAfter: Instant, version = "1.0.0") => ({
  version,
  publishedAt: notBefore,
  certificate: { notBefore, notAfter },
})

describe("when a certificate is renewed", () => {
  it("is two thirds of its actual life, to the second, without jitter", () => {
    const exact = { afterPercent: 66, jitterPercent: 0 }
    expect(renewalAt(NAME, release(NOW, later(NOW, 100 * DAY)), exact)).toBe(later(NOW, 66 * DAY))
    expect(renewalAt(NAME, release(NOW, later(NOW, HOUR)), exact)).toBe(later(NOW, 0.66 * HOUR))
  })

  it("is never later than the policy says, never earlier than the jitter allows, and the same every time", () => {
    const name = fc.stringMatching(/^[a-z]{1,9}\/[a-z]{1,9}$/) as fc.Arbitrary<BundleName>
    const life = fc.integer({ min: 3600, max: 400 * 86_400 }).map(seconds => seconds * 1000)
    fc.assert(
      fc.property(name, life, fc.nat(30), fc.integer({ min: 40, max: 90 }), (bundle, length, jitter, after) => {
        const policy = { afterPercent: after, jitterPercent: jitter }
        const due = renewalAt(bundle, release(NOW, later(NOW, length)), policy)
        expect(due).toBeLessThanOrEqual(NOW + (length * after) / 100)
        expect(due).toBeGreaterThanOrEqual(NOW + (length * (after - Math.min(jitter, after / 2))) / 100 - 1001)
        expect(renewalAt(bundle, release(NOW, later(NOW, length)), policy)).toBe(due)
      }),
    )
  })

  it("is another for every bundle and every version", () => {
    const life = release(NOW, later(NOW, 90 * DAY))
    const next = release(NOW, later(NOW, 90 * DAY), "1.0.1")
    expect(renewalAt("a/b", life, POLICY)).not.toBe(renewalAt("a/c", life, POLICY))
    expect(renewalAt("a/b", life, POLICY)).not.toBe(renewalAt("a/b", next, POLICY))
  })

  it("is counted from when it was given out, so that no backdating makes it due at once", () => {
    const exact = { afterPercent: 50, jitterPercent: 0 }
    const backdated = { ...release(later(NOW, -HOUR), later(NOW, 60_000)), publishedAt: NOW }
    expect(renewalAt(NAME, backdated, exact)).toBe(later(NOW, 30_000))
  })

  it("has a tenth of a life left when it becomes an emergency", () => {
    expect(emergencyAt({ notBefore: NOW, notAfter: later(NOW, 10 * DAY) })).toBe(later(NOW, 9 * DAY))
  })
})

describe("the end of a certificate that is issued now", () => {
  const bundle = bundleOf({ lifetime: 90 * DAY })

  it("is what was asked for where the issuer lives longer, or nobody knows how long", () => {
    expect(plannedEnd({ bundle }, NOW)).toBe(later(NOW, 90 * DAY))
    expect(plannedEnd({ bundle, issuerEndsAt: later(NOW, 91 * DAY) }, NOW)).toBe(later(NOW, 90 * DAY))
  })

  it("is the issuer's otherwise, and no renewal helps from then on", () => {
    const issuerEndsAt = later(NOW, 10 * DAY)
    expect(plannedEnd({ bundle, issuerEndsAt }, NOW)).toBe(issuerEndsAt)
    expect(endsWithIssuer({ issuerEndsAt }, { notBefore: NOW, notAfter: issuerEndsAt })).toBe(true)
    expect(endsWithIssuer({ issuerEndsAt }, { notBefore: NOW, notAfter: later(NOW, 9 * DAY) })).toBe(false)
    expect(endsWithIssuer({}, { notBefore: NOW, notAfter: issuerEndsAt })).toBe(false)
  })
})

describe("the calendar", () => {
  const exact = { afterPercent: 50, jitterPercent: 0 }
  const half = (from: string, until: string) => renewalAt(NAME, release(at(from), at(until)), exact)

  it("does not matter: leap days, summer time and 2050 are hours like all others", () => {
    expect(half("2028-02-28", "2028-03-01")).toBe(at("2028-02-29"))
    expect(half("2027-02-28", "2027-03-02")).toBe(at("2027-03-01"))
    expect(half("2027-03-28T00:00:00Z", "2027-03-28T04:00:00Z")).toBe(at("2027-03-28T02:00:00Z"))
    expect(half("2049-12-31", "2050-01-02")).toBe(at("2050-01-01"))
    expect(half("2038-01-18T03:14:08Z", "2038-01-20T03:14:08Z")).toBe(at("2038-01-19T03:14:08Z"))
  })
})
