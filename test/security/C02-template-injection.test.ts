// biome-ignore-all lint/suspicious/noTemplateCurlyInString: what a shell expands
import { existsSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { type Step, workflowFiles } from "../support/workflow-files.ts"
import { openRunner } from "../support/workflow-steps.ts"

/** Titles, branches, inputs and names as somebody may choose them; `pwned` is a file that one of them tries to make. */
const HOSTILE = [
  "$(touch pwned)",
  "`touch pwned`",
  '"; touch pwned; "',
  "'; touch pwned; '",
  "a\ntouch pwned\n",
  "${IFS}; touch pwned",
  "|| touch pwned",
  "--help; touch pwned",
]
const PROGRAMS = ["scb", "git", "curl", "npm"]

const steps = workflowFiles().flatMap(({ path, steps }) =>
  steps.filter(({ run }) => run !== undefined).map(step => [`${path}: ${step.name ?? step.run}`, step] as const),
)

function pwned(step: Step, text: string): boolean {
  const runner = openRunner([...PROGRAMS, "node"])
  try {
    const given = Object.keys(step.env ?? {}).map(name => [name, text])
    runner.run(step, { GITHUB_ACTOR: text, GITHUB_REPOSITORY: text, ...Object.fromEntries(given) })
    return existsSync(join(runner.temp, "pwned"))
  } finally {
    runner.remove()
  }
}

describe("C02: text that others choose", () => {
  it("would run if it stood in the script", () => {
    expect(HOSTILE.some(text => pwned({ run: `scb validate --branch ${text}` }, ""))).toBe(true)
  })

  it.each(steps.filter(([, { env }]) => env !== undefined))("is nothing but text to %s", (_, step) => {
    expect(pwned(step, HOSTILE.join(" "))).toBe(false)
  })

  it("is one argument of scb, and never an option", () => {
    const [, step] = steps.find(([name]) => name.endsWith("Write the revocation")) ?? []
    for (const text of [...HOSTILE.filter(each => !each.includes("\n")), "--abort", "-h"]) {
      const runner = openRunner(PROGRAMS)
      expect(runner.run(step ?? {}, { WHAT: text, REASON: text, INCIDENT: text, BRANCH: "emergency/1" }).code).toBe(0)
      expect(runner.calls("scb")).toEqual([
        ["revoke", `--reason=${text}`, `--incident=${text}`, "--commit", "--branch=emergency/1", "--", text],
      ])
      runner.remove()
    }
  })
})
