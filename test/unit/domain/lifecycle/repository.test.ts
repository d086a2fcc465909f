import { describe, expect, it } from "vitest"
import type { DeprecationDecision } from "../../../../src/domain/bundle.ts"
import { checkLifecycle } from "../../../../src/domain/lifecycle/repository.ts"
import { on } from "../../../support/lifecycle.ts"
import { bundleOf, NAME } from "../../../support/planning.ts"

function codesOf(own: Partial<DeprecationDecision>): readonly string[] {
  const deprecated = { from: on("2026-12-01"), reason: "superseded", replacement: "1.1.0", ...own }
  const bundle = bundleOf({ versions: new Map([["1.0.0", { deprecated }]]) })
  const locate = (file: string) => ({ file, line: 1, column: 1 })
  return [...checkLifecycle({ bundles: new Map([[NAME, bundle]]), locate })].map(({ code }) => code)
}

describe("a deprecation in the YAML", () => {
  it("names another version, and ends after it begins", () => {
    expect(codesOf({})).toEqual([])
    expect(codesOf({ extended: { until: on("2027-06-01"), reason: "INC-1" } })).toEqual([])
  })

  it("R77: is not its own replacement", () => {
    expect(codesOf({ replacement: "1.0.0" })).toEqual(["R77"])
  })

  it("R78: is not put off to before it begins", () => {
    expect(codesOf({ extended: { until: on("2026-12-01"), reason: "INC-1" } })).toEqual(["R78"])
  })
})
