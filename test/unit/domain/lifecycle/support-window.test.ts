import { describe, expect, it } from "vitest"
import { scheduleFrom } from "../../../../src/domain/lifecycle/schedule.ts"
import { supportWindow } from "../../../../src/domain/lifecycle/support-window.ts"
import { on } from "../../../support/lifecycle.ts"
import { policies } from "../../../support/policies.ts"

const schedule = scheduleFrom(on("2026-12-01"), policies().lifecycle)

describe("the support of a version", () => {
  it("lasts until the dates of its way out", () => {
    expect(supportWindow({ publishedAt: on("2026-11-01"), notAfter: on("2029-01-01") }, schedule)).toEqual({
      from: on("2026-11-01"),
      fullUntil: on("2027-03-01"),
      securityUntil: on("2027-05-30"),
      usableUntil: on("2029-01-01"),
    })
  })

  it("ends with the certificate at the latest", () => {
    const notAfter = on("2027-01-30")
    expect(supportWindow({ publishedAt: on("2026-11-01"), notAfter }, schedule)).toEqual({
      from: on("2026-11-01"),
      fullUntil: notAfter,
      securityUntil: notAfter,
      usableUntil: notAfter,
    })
  })
})
