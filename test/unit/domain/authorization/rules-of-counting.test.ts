import { describe, expect, it } from "vitest"
import { assign } from "../../../../src/domain/authorization/quorums.ts"
import { matchesPath } from "../../../../src/domain/authorization/requirements.ts"
import { mayDo, principalOf } from "../../../../src/domain/authorization/roles.ts"
import type { PeoplePolicy, Principal } from "../../../../src/domain/policies.ts"
import { actor, approvals, PEOPLE } from "../../../support/authorization.ts"

const person = (name: string): Principal => {
  const found = PEOPLE.principals.get(name)
  if (found === undefined) throw new Error(`there is no ${name}`)
  return found
}

describe("people to quorums", () => {
  it.each([
    ["each where there is room", [2, 1], [["a", "b"], ["c"]], [["a", "b"], ["c"]]],
    ["nobody twice", [1, 1], [["a"], ["a"]], [["a"], []]],
    ["somebody makes room for who can go nowhere else", [1, 1], [["a", "b"], ["a"]], [["b"], ["a"]]],
    ["over several steps", [1, 1, 1], [["a", "c"], ["a", "b"], ["b"]], [["c"], ["a"], ["b"]]],
    ["no more than asked for", [1], [["a", "b", "c"]], [["a"]]],
    ["none where none is asked for", [0], [["a"]], [[]]],
  ] as const)("%s", (_, counts, willing, expected) => {
    expect(assign(counts, willing)).toEqual(expected)
  })
})

describe("paths", () => {
  it.each([
    ["policies/*.yaml", "policies/people.yaml", true],
    ["policies/*.yaml", "policies/campaigns/a.yaml", false],
    ["policies/**", "policies/campaigns/a.yaml", true],
    ["policies/**", "policies", false],
    ["**", ".github/workflows/publish.yml", true],
    ["**/*.csr", "bundles/prod/reports.csr", true],
    ["**/*.csr", "reports.csr", true],
    ["bundles/**/ca/*", "bundles/prod/ca/root.crt", true],
    ["bundles/*-prod/**", "bundles/payments-prod/checkout.yaml", true],
    ["bundles/*-prod/**", "bundles/payments-prod-old/checkout.yaml", false],
    ["a.b", "aXb", false],
    ["policies/people.yaml", "x/policies/people.yaml", false],
  ])("%s against %s", (glob, path, expected) => {
    expect(matchesPath(glob, path)).toBe(expected)
  })
})

describe("who an actor is", () => {
  it("is told by account or by key, never by a name", () => {
    expect(principalOf(actor("dora"), PEOPLE)?.name).toBe("dora")
    expect(principalOf(actor("dora", "key"), PEOPLE)?.name).toBe("dora")
    expect(principalOf({ label: "dora", isBot: false }, PEOPLE)).toBeUndefined()
  })

  it("is nobody when account and key are of two people", () => {
    const both = { ...actor("dora"), ...actor("dave", "key"), github: actor("dora").github ?? 0 }
    expect(principalOf(both, PEOPLE)).toBeUndefined()
  })

  it("is one person where two principals share an account", () => {
    const dora = person("dora")
    const twin: Principal = {
      name: "twin",
      kind: "person",
      github: dora.github ?? 0,
      openpgp: { fingerprint: "F".repeat(40), file: "f" },
    }
    const people: PeoplePolicy = { ...PEOPLE, principals: new Map([...PEOPLE.principals, ["twin", twin]]) }
    expect(principalOf({ openpgp: "F".repeat(40), label: "twin", isBot: false }, people)?.name).toBe("dora")
  })
})

describe("a right", () => {
  const limited = approvals({
    roles: new Map([
      ["dba", { name: "dba", members: ["database"], may: ["approve"], clusters: ["payments-*"], versions: "<2.0.0" }],
    ]),
  })
  const ask = (who: string, right: "approve" | "request", where: Parameters<typeof mayDo>[2]) =>
    mayDo(right, person(who), where, { policy: limited, people: PEOPLE })

  it("that no role gives is everybody's", () => {
    expect(ask("sara", "request", { cluster: "other" })).toBe(true)
  })

  it("that a role gives belongs to its members alone", () => {
    expect(ask("dora", "approve", { cluster: "payments-prod", version: "1.4.0" })).toBe(true)
    expect(ask("sara", "approve", { cluster: "payments-prod", version: "1.4.0" })).toBe(false)
  })

  it.each([
    ["another cluster", { cluster: "other", version: "1.4.0" }],
    ["another version", { cluster: "payments-prod", version: "2.0.0" }],
    ["no version", { cluster: "payments-prod" }],
    ["no cluster", { version: "1.4.0" }],
  ])("within limits is not given for %s", (_, where) => {
    expect(ask("dora", "approve", where)).toBe(false)
  })
})
