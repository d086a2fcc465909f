import { data, Evaluator, Lexer, Parser } from "@actions/expressions"
import { describe, expect, it } from "vitest"
import { workflowFiles } from "../support/workflow-files.ts"

const conditions = workflowFiles().flatMap(({ path, workflow }) =>
  Object.entries(workflow.jobs).flatMap(([id, job]) =>
    job.if === undefined ? [] : [[`${path} ${id}`, job.if] as const],
  ),
)
const conditionOf = (name: string) => conditions.find(([each]) => each.endsWith(name))?.[1] ?? ""

/** As GitHub evaluates it, by its own evaluator. */
function holds(condition: string, github: unknown, needs: unknown = {}): boolean {
  const context = JSON.parse(JSON.stringify({ github, needs }), data.reviver)
  const tokens = new Lexer(condition).lex().tokens
  const names = ["github", "needs"]
  return new Evaluator(new Parser(tokens, names, []).parse(), context).evaluate().coerceString() === "true"
}

describe("the conditions of jobs", () => {
  it.each(["publish.yml plan", "reconcile.yml plan", "reconcile.yml problems", "emergency.yml prepare"])(
    "%s: main alone",
    name => {
      const on = (ref: string) => holds(conditionOf(name), { ref })
      expect(["refs/heads/main", "refs/heads/evil", "refs/tags/main", "refs/pull/1/merge"].map(on)).toEqual([
        true,
        false,
        false,
        false,
      ])
      expect(on("refs/heads/MAIN"), "GitHub ignores case, so scb compares again: C06").toBe(true)
    },
  )

  it.each(["publish.yml build", "reconcile.yml start"])("%s: only when something is due", name => {
    const due = (text: string) => holds(conditionOf(name), {}, { plan: { outputs: { due: text } } })
    expect(["true", "false", ""].map(due)).toEqual([true, false, false])
  })

  it("check.yml comment: not for forks, whose token cannot write, and not in the merge queue", () => {
    const from = (repository: string, event = "pull_request") =>
      holds(conditionOf("check.yml comment"), {
        event_name: event,
        repository: "acme/bundles",
        event: { pull_request: { head: { repo: { full_name: repository } } } },
      })
    expect([from("acme/bundles"), from("mallory/bundles"), from("acme/bundles", "merge_group")]).toEqual([
      true,
      false,
      false,
    ])
  })

  it("publish.yml attest: public repositories", () => {
    const visible = (visibility: string) =>
      holds(conditionOf("publish.yml attest"), { event: { repository: { visibility } } })
    expect(["public", "private", "internal"].map(visible)).toEqual([true, false, false])
  })
})
