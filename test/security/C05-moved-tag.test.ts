import { describe, expect, it } from "vitest"
import { parseWorkflowFile, workflowFiles } from "../support/workflow-files.ts"
import { WORKFLOW_RULES } from "../support/workflow-rules.ts"

const rules = WORKFLOW_RULES.filter(({ rows }) => rows.includes("C05"))
const brokenBy = (uses: string) => {
  const text = `jobs:\n  build:\n    runs-on: ubuntu-24.04\n    steps:\n      - uses: ${uses}\n`
  return rules.flatMap(({ broken }) => broken(parseWorkflowFile("any.yml", text)))
}

describe("C05: an action whose tag somebody moves", () => {
  it.each([
    "actions/checkout@v7",
    "actions/checkout@v7.0.1",
    "actions/checkout@main",
    "actions/checkout@3d3c42e",
    "actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1", // nobody sees which version that is
    "actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1 # v6.0.0",
    "actions/checkout@9c091bb21b7c1c1d1991bb908d89e4e9dddfe3e0 # v7.0.1",
    "tj-actions/changed-files@3d3c42e5aac5ba805825da76410c181273ba90b1 # v7.0.1",
    "docker://alpine:3",
    '"actions/checkout@v7"',
  ])("is not used: %s", uses => expect(brokenBy(uses)).not.toEqual([]))

  it("is no other than the commit that was read", () => {
    expect(brokenBy("actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1 # v7.0.1")).toEqual([])
    expect(workflowFiles().flatMap(file => rules.flatMap(({ broken }) => broken(file)))).toEqual([])
  })
})
