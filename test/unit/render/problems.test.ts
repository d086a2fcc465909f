import { describe, expect, it } from "vitest"
import type { Problem, ProblemIssue } from "../../../src/domain/forge/problems.ts"
import {
  PROBLEM_FAMILY,
  problemMarker,
  renderProblemIssue,
  renderProblemsJson,
  renderProblemsText,
} from "../../../src/render/problems.ts"

const problem: Problem = {
  kind: "S32",
  subject: "prod/pay",
  severity: "error",
  rule: "what is in use is replaced before a tenth of its life is left",
  lines: ["prod/pay 1.0.0 ends at 2026-12-01T00:00:00Z."],
  owner: "payments-team",
}
const issue = (more: Partial<ProblemIssue> = {}): ProblemIssue => ({
  key: "S32 prod/pay",
  problems: [problem],
  concerns: [],
  ...more,
})
const render = (more: Partial<ProblemIssue> = {}) => renderProblemIssue(issue(more), name => `${name}-login`)

describe("an issue about a problem", () => {
  it("begins with a marker that is the same every time, and ends no comment early", () => {
    expect(problemMarker(issue())).toBe("<!-- scb:problem S32%20prod%2Fpay -->")
    const hostile = problemMarker(issue({ key: "R03 a-->@ada\n<b>" }))
    expect(hostile.slice(PROBLEM_FAMILY.length, -" -->".length)).not.toMatch(/[<>@\n]/)
  })

  it("says what is wrong, why it matters and what to do", () => {
    const { title, body } = render()
    expect(title).toBe("prod/pay: prod/pay 1.0.0 ends at 2026-12-01T00:00:00Z.")
    expect(body.split("\n\n").slice(1, 4)).toEqual([
      "**S32**: it is not so that what is in use is replaced before a tenth of its life is left.",
      "- `prod/pay`: prod/pay 1.0.0 ends at 2026-12-01T00:00:00Z.",
      "Its clients will be refused on its last day. Make the release possible: the issuer, its key, the trigger in policies/renewal.yaml.",
    ])
  })

  it("mentions whom it concerns, by their logins", () => {
    expect(render({ concerns: ["ada", "bob"] }).body).toContain("For @ada-login @bob-login.")
    expect(render().body).not.toContain("@")
  })

  it("counts many of a kind in its title, and shows the first fifty", () => {
    const many = Array.from({ length: 60 }, (_, index) => ({ ...problem, subject: `prod/b-${index}` }))
    const { title, body } = render({ key: "S32", problems: [problem, ...many] })
    expect(title).toBe("S32, 61 times: what is in use is replaced before a tenth of its life is left")
    expect(body).toContain("… and 11 more of them.")
  })

  it("holds the rest of all kinds", () => {
    const other: Problem = { kind: "unauthorized", subject: "commit a", severity: "error", rule: "r", lines: ["l"] }
    const { title, body } = render({ key: "rest", problems: [problem, other] })
    expect(title).toBe("2 more problems")
    expect(body).toContain("**Unauthorized**: it is not so that r.")
  })
})

describe("a list of problems", () => {
  it("is a line each, and a count", () => {
    expect(renderProblemsText([problem], { color: false })).toBe(
      "error  S32  prod/pay  payments-team  prod/pay 1.0.0 ends at 2026-12-01T00:00:00Z.\n1 problem\n",
    )
    expect(renderProblemsText([], { color: false })).toBe("no problems\n")
  })

  it("is JSON with what became of the issues, if they were kept", () => {
    expect(JSON.parse(renderProblemsJson([problem], { opened: [1] }))).toMatchObject({
      kind: "Problems",
      issues: { opened: [1] },
      problems: [{ subject: "prod/pay" }],
    })
    expect(JSON.parse(renderProblemsJson([]))).not.toHaveProperty("issues")
  })
})
