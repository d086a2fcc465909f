// biome-ignore-all lint/suspicious/noTemplateCurlyInString: expressions of GitHub
import { readFileSync } from "node:fs"
import { describe, expect, it } from "vitest"
import { parseWorkflowFile, ROOT, workflowFiles } from "../support/workflow-files.ts"
import { WORKFLOW_RULES } from "../support/workflow-rules.ts"

const files = workflowFiles()
const PUBLISH = "templates/github/workflows/publish.yml"
const SETUP = ".github/actions/setup-scb/action.yml"

/** What somebody might write instead in publish.yml, or in the action where it stands there, by the rule that it breaks. */
const PLANTED: Readonly<Record<string, readonly (readonly [from: string, to: string])[]>> = {
  "nothing runs with our rights because somebody else did something": [
    ["  push:\n", "  pull_request_target:\n"],
    ["  push:\n", "  workflow_run:\n"],
    ["  push:\n", "  issue_comment:\n"],
  ],
  "values reach a shell by its environment, never by its text": [
    ["scb build --out", "echo '${{ github.head_ref }}'; scb build --out"],
  ],
  "no step changes the environment or the path of those after it": [
    ['echo "digest=', 'echo A=B >> "$GITHUB_ENV"; echo "digest='],
    ["chmod +x", 'echo . >> "$GITHUB_PATH"; chmod +x'],
  ],
  "nothing comes out of a cache": [
    ["package-manager-cache: false", "package-manager-cache: true"],
    ["package-manager-cache: false", "package-manager-cache: false\n        cache: npm"],
  ],
  "what another job made is compared with the digest that it told, before anything else": [
    ['echo "$DIGEST  build.tar" | sha256sum --check --strict', "true"],
    ["DIGEST: ${{ needs.build.outputs.digest }}", "DIGEST: 0"],
  ],
  "an action is one of the list, by its commit": [
    ["3d3c42e5aac5ba805825da76410c181273ba90b1 # v7.0.1", "v7"],
    ["3d3c42e5aac5ba805825da76410c181273ba90b1 # v7.0.1", "3d3c42e5aac5ba805825da76410c181273ba90b1 # v6.0.0"],
    ["actions/checkout@", "evil/checkout@"],
  ],
  "a machine is one of the list, and no image comes from elsewhere": [
    ["runs-on: ubuntu-24.04", "runs-on: self-hosted"],
    ["runs-on: ubuntu-24.04", "runs-on: ubuntu-24.04\n    container: evil"],
  ],
  "nobody has a right that is not given to the job, by name": [
    ["permissions: {}", "permissions: read-all"],
    ["    permissions:\n      contents: read\n    steps:", "    steps:"],
  ],
  "a job writes what the list says, and nothing else": [
    ["      contents: read\n", "      contents: read\n      checks: write\n"],
    ["      pull-requests: read # who", "      pull-requests: write # who"],
    ["    permissions:\n      contents: read\n    steps:", "    permissions: write-all\n    steps:"],
  ],
  "secrets are read in the environment that guards them, by scb itself, in jobs that write nothing": [
    ["environment: signing", "environment: other"],
    ["  plan:\n    name: plan\n", "  plan:\n    name: plan\n    secrets: inherit\n"],
    ["timeout-minutes: 15", "timeout-minutes: 15\n    env: { ALL: '${{ toJSON(secrets) }}' }"],
    ['run: scb build --out "$RUNNER_TEMP/build"', "run: env"],
    [
      "TOKEN: ${{ github.token }}\n        run: scb publish",
      "TOKEN: ${{ secrets.SCB_CA_KEY }}\n        run: scb publish",
    ],
  ],
  "no token is left on the disk": [["persist-credentials: false", "persist-credentials: true"]],
  "who holds keys, or writes what is published, does so for main alone": [
    ["if: github.ref == 'refs/heads/main'", "if: github.ref_protected"],
    ["if: needs.plan.outputs.due == 'true'", "if: always()"],
  ],
  "a workflow says what may run at once": [["concurrency:\n  group: publish\n  cancel-in-progress: false\n", ""]],
  "a job ends": [["timeout-minutes: 15", "timeout-minutes: 600"]],
}

describe("the house rules for workflows", () => {
  it("are asked of all files", () => {
    expect(files.map(({ path }) => path)).toEqual(expect.arrayContaining([PUBLISH, SETUP, ".github/workflows/ci.yml"]))
  })

  it.each(WORKFLOW_RULES.map(each => [each.rows, each.rule, each] as const))("%s: %s", (_rows, _rule, { broken }) => {
    expect(files.flatMap(file => broken(file).map(what => `${file.path}: ${what}`))).toEqual([])
  })

  it.each(WORKFLOW_RULES.map(each => [each.rule, each] as const))("finds what breaks it: %s", (rule, { broken }) => {
    const plants = PLANTED[rule] ?? []
    expect(plants.length).toBeGreaterThan(0)
    for (const [from, to] of plants) {
      const [path, text] =
        [PUBLISH, SETUP].map(each => [each, textOf(each)] as const).find(([, each]) => each.includes(from)) ?? []
      expect(text, from).toBeDefined()
      expect(broken(parseWorkflowFile(path ?? "", text?.replace(from, () => to) ?? "")), to).not.toEqual([])
    }
  })
})

function textOf(path: string): string {
  return readFileSync(`${ROOT}${path}`, "utf8")
}
