import { describe, expect, it } from "vitest"
import { parseInstant } from "../../../src/domain/instant.ts"
import type { Plan } from "../../../src/domain/plan/plan.ts"
import { renderPlanMarkdown } from "../../../src/render/plan-markdown.ts"

const EMPTY: Plan = {
  format: 1,
  commit: "0123456789abcdef0123456789abcdef01234567",
  policyDigest: "aa",
  ledgerHead: null,
  now: parseInstant("2026-11-22T10:00:00Z") ?? (0 as never),
  invalidations: [],
  steps: [],
}
const step = (number: number, cause = "newest"): Plan["steps"][number] => ({
  kind: "release",
  bundle: `shop/pay-${number}`,
  version: "1.1.0",
  change: "minor",
  reason: "input-changed",
  cause,
  inputDigest: "bb",
})

describe("a plan in the summary of a job", () => {
  it("says that there is nothing to do", () => {
    expect(renderPlanMarkdown(EMPTY)).toBe("### Nothing to do for `0123456789ab`\n")
  })

  it("is a table of what is due, the catalog after it", () => {
    expect(
      renderPlanMarkdown({ ...EMPTY, steps: [step(1)], catalog: "ledger is ahead" }),
    ).toBe(`### Due for \`0123456789ab\`

| step | of | what happens |
| --- | --- | --- |
| release | shop/pay-1 1.1.0 | minor: newest |

The catalog is written again: ledger is ahead.
`)
  })

  it("shows what waits, and for what", () => {
    const gates = [{ check: "soak", answer: "wait", evidence: "2 h of 24 h" }] as const
    const waits = [{ bundle: "shop/pay", channel: "stable", from: "1.0.0", to: "1.1.0", percent: 10, gates }] as const
    expect(renderPlanMarkdown(EMPTY, { waits: waits as never })).toContain(
      "| shop/pay stable | 1.0.0 -\\> 1.1.0 for 10 percent | soak: 2 h of 24 h |",
    )
  })

  it("shows the first of very many", () => {
    const text = renderPlanMarkdown({ ...EMPTY, steps: Array.from({ length: 203 }, (_, index) => step(index)) })
    expect(text.endsWith("\n… and 153 more steps.\n")).toBe(true)
  })

  it("lets nobody's words become anything but text", () => {
    const text = renderPlanMarkdown({ ...EMPTY, steps: [step(1, "a | b\n![x](y)")] })
    expect(text).toContain("| minor: a \\| b \\!\\[x\\]\\(y\\) |")
  })
})
