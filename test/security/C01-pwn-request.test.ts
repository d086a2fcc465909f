import { describe, expect, it } from "vitest"
import { parseWorkflowFile, workflowFiles } from "../support/workflow-files.ts"
import { WORKFLOW_RULES } from "../support/workflow-rules.ts"

const rules = WORKFLOW_RULES.filter(({ rows }) => rows.includes("C01"))

/** What makes a stranger's pull request run with a token that writes, and with secrets. */
const PWN = `
name: pwn
on: EVENT
jobs:
  build:
    steps:
      - uses: actions/checkout@v4
        with: { ref: "refs/pull/1/merge" }
      - run: npm install
`

describe("C01: a stranger's pull request", () => {
  it.each([
    "pull_request_target",
    "[pull_request_target]",
    "{ pull_request_target: { types: [opened] } }",
    "{ workflow_run: { workflows: [ci] } }",
    "issue_comment",
    "[push, discussion_comment]",
  ])("does not get our rights by %s", event => {
    const file = parseWorkflowFile("pwn.yml", PWN.replace("EVENT", event))
    expect(rules.flatMap(({ broken }) => broken(file))).toHaveLength(1)
  })

  it("starts, in what is here, only runs without secrets and without a right to write to its own code", () => {
    for (const { path, workflow } of workflowFiles()) {
      if (!JSON.stringify(workflow.on ?? "").includes("pull_request")) continue
      expect(JSON.stringify(workflow), path).not.toContain("secrets.")
      expect(JSON.stringify(workflow), path).not.toMatch(/"(?:contents|actions|id-token|packages)":"write"/)
    }
  })
})
