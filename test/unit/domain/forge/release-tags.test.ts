import { describe, expect, it } from "vitest"
import {
  attemptTag,
  isWaveTag,
  parseAttempt,
  parseReleaseTag,
  releaseTag,
  waveTag,
} from "../../../../src/domain/forge/release-tags.ts"

describe("tags of releases", () => {
  it.each([
    ["payments-prod/checkout", "1.2.3"],
    ["a/b", "1.0.0-rc.1"],
    ["a/v1", "10.20.30"],
  ] as const)("name bundle %s, version %s and the attempt", (bundle, version) => {
    for (const attempt of [1, 2, 17])
      expect(parseReleaseTag(attemptTag(releaseTag(bundle, version), attempt))).toEqual({ bundle, version, attempt })
  })

  it.each(["v1.0.0", "a/b", "a/b/c/v1.0.0", "A/b/v1.0.0", "", "wave-0123456789abcdef"])("%j is none", tag => {
    expect(parseReleaseTag(tag)).toBeUndefined()
  })

  it("of a first attempt have no number", () => {
    expect(attemptTag("a/b/v1.0.0", 1)).toBe("a/b/v1.0.0")
    expect(attemptTag("a/b/v1.0.0", 2)).toBe("a/b/v1.0.0+2")
    expect(parseAttempt("a/b/v1.0.0+02")).toEqual({ base: "a/b/v1.0.0+02", attempt: 1 })
  })

  it("of waves are known by what they hold", () => {
    const tag = waveTag("0123456789abcdef".repeat(4))
    expect(tag).toBe("wave-0123456789abcdef")
    expect([tag, `${tag}+3`, `${tag}0`, "wave-x"].map(isWaveTag)).toEqual([true, true, false, false])
  })
})
