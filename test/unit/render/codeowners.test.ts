import { describe, expect, it } from "vitest"
import type { Cluster } from "../../../src/domain/cluster.ts"
import type { Principal } from "../../../src/domain/policies.ts"
import { renderCodeowners } from "../../../src/render/codeowners.ts"
import { renderRuleset } from "../../../src/render/ruleset.ts"
import { approvals, PEOPLE } from "../../support/authorization.ts"
import { policies } from "../../support/policies.ts"

const people = {
  ...PEOPLE,
  principals: new Map(
    [...PEOPLE.principals].map(([name, each]): [string, Principal] => [
      name,
      name === "beth" ? each : { ...each, login: `${name}-gh` },
    ]),
  ),
  teams: new Map([["security", "acme/security"]]),
}
const cluster = (name: string, environment: string): [string, Cluster] => [name, { name, environment } as Cluster]
const repository = {
  policies: policies({ people }),
  clusters: new Map([cluster("pay-prod", "production"), cluster("pay-dev", "development")]),
}
const policy = approvals({
  rules: [
    {
      name: "production",
      environments: ["production"],
      require: [
        { from: "database", count: 2 },
        { from: "security", count: 1 },
      ],
    },
    { name: "policies", classes: ["policy"], require: [{ from: "security", count: 2 }] },
    { name: "lists", paths: ["policies/people.yaml"], require: [{ from: "asks", count: 1 }] },
    { name: "keys", paths: ["bundles/*-prod/**"], require: [{ from: "asks", count: 1 }] },
    { name: "docs", paths: ["docs/**"], require: [{ from: "beth", count: 1 }] },
  ],
  otherwise: [{ from: "database", count: 1 }],
})

describe("CODEOWNERS", () => {
  it("names all who could be asked, the broadest first, since the last line that matches counts", () => {
    expect(renderCodeowners(policy, repository)).toEqual({
      text: `# Made by: scb settings codeowners. What counts is policies/approvals.yaml; this is whom GitHub asks.
*                     @dave-gh @dora-gh
/bundles/pay-prod/    @acme/security @asks-gh @dave-gh @dora-gh
/bundles/pay-dev/     @dave-gh @dora-gh
/policies/            @acme/security
/.github/             @acme/security
/policies/people.yaml @acme/security @asks-gh
/bundles/*-prod/**    @acme/security @asks-gh @dave-gh @dora-gh
`,
      unnamed: ["beth"],
    })
  })
})

describe("rulesets", () => {
  const target = {
    kind: "github",
    repository: "acme/bundles",
    repositoryId: 42,
    layout: "automatic",
    waveAbove: 50,
    catalogBranch: "catalog",
  } as const
  const parsed = (name: "branch" | "tags" | "records", own = policy) => JSON.parse(renderRuleset(name, own, target))

  it("let nobody past them", () => {
    for (const name of ["branch", "tags", "records"] as const) {
      expect(parsed(name)).toMatchObject({ enforcement: "active", bypass_actors: [] })
    }
  })

  it("are about the branch of the policy, all tags, and the branches that only grow", () => {
    expect(parsed("branch", { ...policy, branch: "trunk" }).conditions.ref_name.include).toEqual(["refs/heads/trunk"])
    expect(parsed("tags")).toMatchObject({ target: "tag", conditions: { ref_name: { include: ["~ALL"] } } })
    expect(parsed("records").conditions.ref_name.include).toEqual(["refs/heads/ledger", "refs/heads/catalog"])
    expect(parsed("records", { ...policy, evidence: "signed-approvals" }).conditions.ref_name.include).toContain(
      "refs/heads/approvals",
    )
  })
})
