import { describe, expect, it } from "vitest"
import { isRenewedFor } from "../../../../src/domain/lifecycle/renewal.ts"
import { RELEASE_REASONS } from "../../../../src/domain/renewal/release-reasons.ts"

describe("a version is renewed", () => {
  it.each(["active", "deprecated", "limited", "expired", "revoked"] as const)(
    "for any reason while it is %s",
    standing => {
      expect(RELEASE_REASONS.filter(reason => !isRenewedFor(standing, reason))).toEqual([])
    },
  )

  it("in security-only, not for routine", () => {
    expect(RELEASE_REASONS.filter(reason => !isRenewedFor("security-only", reason))).toEqual([
      "expired",
      "driver-range-changed",
      "lifetime-policy-changed",
      "layout-changed",
      "issuer-ending",
      "renewal-due",
    ])
  })

  it.each(["end-of-life", "archived"] as const)(
    "when it is %s, only if people change something or it is revoked",
    standing => {
      const asked = RELEASE_REASONS.filter(reason => isRenewedFor(standing, reason))
      expect(asked).toContain("revoked")
      expect(asked).toContain("input-changed")
      expect(asked).not.toContain("renewal-due")
      expect(asked).not.toContain("advisory")
    },
  )
})
