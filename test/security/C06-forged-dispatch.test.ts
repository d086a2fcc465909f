import { describe, expect, it } from "vitest"
import { foreignRun, readWorkflowRun } from "../../src/domain/forge/workflow-run.ts"
import type { ReleaseTarget } from "../../src/domain/policies.ts"

const TARGET: ReleaseTarget = {
  kind: "github",
  repository: "acme/bundles",
  repositoryId: 42,
  layout: "per-version",
  waveAbove: 20,
  catalogBranch: "catalog",
}
const OURS = {
  GITHUB_ACTIONS: "true",
  GITHUB_SERVER_URL: "https://github.com",
  GITHUB_REPOSITORY: "acme/bundles",
  GITHUB_REPOSITORY_ID: "42",
  GITHUB_REF: "refs/heads/main",
}
const verdict = (changes: Readonly<Record<string, string | undefined>>, target: ReleaseTarget = TARGET) =>
  foreignRun(readWorkflowRun({ ...OURS, ...changes }), target, "main")

describe("C06: a run that is not of this repository's main", () => {
  it("is told from one that is", () => expect(verdict({})).toBeUndefined())

  it.each([
    "refs/heads/MAIN", // GitHub's own comparison of texts, as in `if: github.ref == '…'`, ignores case
    "refs/heads/main ",
    "refs/heads/main/evil",
    "refs/tags/main",
    "refs/pull/12/merge",
    "main",
    undefined,
  ])("is refused for the ref %s", ref => {
    expect(verdict({ GITHUB_REF: ref })).toBe(`this is a run of ${ref ?? ""}, expected refs/heads/main`)
  })

  it("is refused in a fork", () => {
    expect(verdict({ GITHUB_REPOSITORY: "mallory/bundles", GITHUB_REPOSITORY_ID: "43" })).toBe(
      "this is a run of https://github.com/mallory/bundles (id 43), expected https://github.com/acme/bundles (id 42)",
    )
  })

  it.each(["43", "", undefined, "42x"])("is refused where somebody has taken over the name, and the id is %s", id => {
    expect(verdict({ GITHUB_REPOSITORY_ID: id })).toMatch(/^this is a run of /)
  })

  it("is refused on another server, where the same id means something else", () => {
    expect(verdict({ GITHUB_SERVER_URL: "https://github.evil.example" })).toMatch(/^this is a run of /)
  })

  it("may have another name, when the repository has been renamed", () => {
    expect(verdict({ GITHUB_REPOSITORY: "acme/bundles-of-old" })).toBeUndefined()
  })

  it("does not concern who is no run, or publishes into a directory", () => {
    expect(verdict({ GITHUB_ACTIONS: undefined, GITHUB_REF: "refs/heads/evil" })).toBeUndefined()
    expect(verdict({ GITHUB_REF: "refs/heads/evil" }, { kind: "directory", path: "../releases" })).toBeUndefined()
  })
})
