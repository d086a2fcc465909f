import { describe, expect, it } from "vitest"
import { authorize } from "../../src/domain/authorization/authorize.ts"
import { blastRadius, classifyChange } from "../../src/domain/authorization/classify.ts"
import type { Verdict } from "../../src/domain/authorization/evidence.ts"
import type { Repository } from "../../src/domain/repository.ts"
import { parseRepository } from "../../src/schema/repository.ts"
import { codesOf, evidence, inputOf, verdict } from "../support/authorization.ts"
import { FILES, treeOf } from "../support/repository-files.ts"

const PEOPLE = `apiVersion: scb/v1
kind: People
principals:
  - { name: dora, github: 1, openpgp: { fingerprint: ${"A".repeat(40)}, key: keys/alice.asc } }
  - { name: sara, github: 3 }
  - { name: sven, github: 4 }
  - { name: asks, github: 6 }
groups:
  team: [dora]
  database: [dora]
  security: [sara, sven]
`
const policy = (revision: number, more = "") => `apiVersion: scb/v1
kind: Approvals
revision: ${revision}
evidence: github-reviews
repository: acme/bundles
branch: main
rules:
  - { name: policies, paths: [policies/**, .github/**], require: { security: 2 } }
${more}otherwise: { database: 1 }
reductions: { maximumBundles: 5, require: { security: 1 } }
`
const RELAXED = "  - { name: anything, require: {} }\n"
const BUNDLE = "bundles/prod/checkout.yaml"
const BASE: Readonly<Record<string, string>> = {
  ...FILES,
  [BUNDLE]: FILES[BUNDLE],
  "bundles/prod/reports.yaml": FILES["bundles/prod/reports.yaml"],
  "policies/people.yaml": PEOPLE,
  "policies/approvals.yaml": policy(4),
}
const OPENED = { [BUNDLE]: FILES[BUNDLE].replace("[team]", "[team, asks]") }

function repositoryOf(files: Readonly<Record<string, string>>): Repository {
  const { repository } = parseRepository(treeOf(files))
  if (repository === undefined) throw new Error("not readable")
  return repository
}

function decideOn(edits: Readonly<Record<string, string>>, said: readonly Verdict[], paths = Object.keys(edits)) {
  const [before, after] = [repositoryOf(BASE), repositoryOf({ ...BASE, ...edits })]
  const { approvals, people, emergencies } = before.policies
  if (approvals === undefined) throw new Error("no policy")
  const next = after.policies.approvals
  const items = classifyChange(before, after, paths)
  return authorize({
    ...inputOf([]),
    items,
    blastRadius: blastRadius(items),
    policy: approvals,
    people,
    emergencies,
    ...(next === undefined ? {} : { nextPolicy: next }),
    evidence: evidence(said),
  })
}

describe("B12: a change that weakens the policy and makes use of it", () => {
  it("needs what the policy before it asks for", () => {
    const edits = { "policies/approvals.yaml": policy(5, RELAXED), ...OPENED }
    expect(codesOf(decideOn(edits, []))).toEqual(["quorum-missing", "quorum-missing"])
    expect(codesOf(decideOn(edits, [verdict("dora")]))).toEqual(["quorum-missing"])
    expect(codesOf(decideOn(edits, [verdict("dora"), verdict("sara")]))).toEqual(["quorum-missing"])
    expect(decideOn(edits, [verdict("dora"), verdict("sara"), verdict("sven")]).verdict).toBe("authorized")
  })

  it("counts nobody whom the change itself puts into a group", () => {
    const edits = { "policies/people.yaml": PEOPLE.replace("security: [sara, sven]", "security: [sara, sven, dora]") }
    expect(codesOf(decideOn(edits, [verdict("sara"), verdict("dora")]))).toEqual(["quorum-missing"])
  })

  it("counts nobody whom the change itself gives another account", () => {
    const edits = { "policies/people.yaml": PEOPLE.replace("github: 4", "github: 2") }
    expect(codesOf(decideOn(edits, [verdict("sara"), verdict("dave")]))).toEqual(["quorum-missing"])
  })

  it("needs the same to do away with the policy", () => {
    const { "policies/approvals.yaml": _, ...rest } = BASE
    const [before, after] = [repositoryOf(BASE), repositoryOf(rest)]
    const items = classifyChange(before, after, ["policies/approvals.yaml"])
    const { approvals, people } = before.policies
    if (approvals === undefined) throw new Error("no policy")
    const { nextPolicy: _next, ...input } = inputOf([])
    const decision = authorize({ ...input, items, policy: approvals, people, evidence: evidence([verdict("sara")]) })
    expect(codesOf(decision)).toEqual(["quorum-missing"])
  })

  it("needs the same to change the workflows that ask for approvals", () => {
    expect(codesOf(decideOn({}, [verdict("dora")], [".github/workflows/publish.yml"]))).toEqual(["quorum-missing"])
  })
})
