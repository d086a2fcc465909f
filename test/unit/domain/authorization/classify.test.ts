import { describe, expect, it } from "vitest"
import { blastRadius, classifyChange } from "../../../../src/domain/authorization/classify.ts"
import type { ChangeItem } from "../../../../src/domain/authorization/decision.ts"
import { type Standing, standingSeen } from "../../../../src/domain/authorization/standing.ts"
import type { Repository } from "../../../../src/domain/repository.ts"
import { parseRepository } from "../../../../src/schema/repository.ts"
import { FILES, treeOf } from "../../../support/repository-files.ts"

const BUNDLE = "bundles/prod/checkout.yaml"
const CLUSTER = "bundles/prod/cluster.yaml"
const PEOPLE = "policies/people.yaml"
const APPROVALS = `apiVersion: scb/v1
kind: Approvals
revision: 1
evidence: signed-approvals
repository: acme/bundles
branch: main
rules: [{ name: production, environments: [production], require: { deciders: 1 } }]
otherwise: { deciders: 1 }
reductions: { maximumBundles: 5, require: { deciders: 1 } }
emergency: { require: { deciders: 1 }, classes: [patch], maximum: 24h, reviewWithin: 7d }
`
const BASE: Readonly<Record<string, string>> = {
  ...FILES,
  [PEOPLE]: FILES[PEOPLE].replace("nobody: []", "nobody: []\n  deciders: [carol]"),
  "policies/approvals.yaml": APPROVALS,
}

type Files = Readonly<Record<string, string | undefined>>

function repositoryOf(files: Files): Repository {
  const { repository, findings } = parseRepository(treeOf(files))
  if (repository === undefined) throw new Error(JSON.stringify(findings))
  expect(findings).toEqual([])
  return repository
}

function itemsOf(before: Files, after: Files, standing?: Standing): readonly ChangeItem[] {
  const paths = [...new Set([...Object.keys(before), ...Object.keys(after)])].filter(
    path => before[path] !== after[path],
  )
  return classifyChange(repositoryOf(before), repositoryOf(after), paths, standing)
}

/** One file with `from` replaced. */
function edited(path: string, from: string, to: string, standing?: Standing): readonly string[] {
  const text = BASE[path] ?? ""
  if (!text.includes(from)) throw new Error(`${path} holds no ${from}`)
  return shown(itemsOf(BASE, { ...BASE, [path]: text.replace(from, to) }, standing))
}

const shown = (items: readonly ChangeItem[]) => items.map(each => `${each.class} ${each.effect}: ${each.what}`)

describe("a bundle", () => {
  it("says where it happens", () => {
    expect(itemsOf(BASE, { ...BASE, [BUNDLE]: (BASE[BUNDLE] ?? "").replace("[team]", "[team, bob]") })).toEqual([
      {
        path: BUNDLE,
        class: "patch",
        effect: "grant",
        cluster: "prod",
        environment: "production",
        bundle: "prod/checkout",
        what: "prod/checkout: recipient bob added",
      },
    ])
  })

  const LAST = "recipients: [team]"
  it.each<[string, string, string, readonly string[]]>([
    [
      "another recipient",
      LAST,
      "recipients: [bob]",
      ["patch grant: prod/checkout: recipient bob added", "patch reduce: prod/checkout: recipient team removed"],
    ],
    ["a shorter life", "30d", "20d", ["patch reduce: prod/checkout: lifetime, was 30d, is 20d"]],
    ["a longer life", "30d", "40d", ["patch grant: prod/checkout: lifetime, was 30d, is 40d"]],
    ["another role", "checkout_rw", "admin", ["major grant: prod/checkout: bundle.role, was checkout_rw, is admin"]],
    [
      "another identity",
      "com/checkout",
      "com/other",
      ["major grant: prod/checkout: bundle.identity, was spiffe://example.com/checkout, is spiffe://example.com/other"],
    ],
    ["a driver less", "[java, python]", "[java]", ["major grant: prod/checkout: bundle.drivers, was python"]],
    [
      "another kind of key",
      "P-256",
      "RSA-3072",
      ["major grant: prod/checkout: bundle.key.algorithm, was P-256, is RSA-3072"],
    ],
    [
      "a request for a key",
      "{ source: generated, algorithm: P-256 }",
      "{ source: csr, csr: checkout.csr }",
      ["major grant: prod/checkout: bundle.key.source, was generated, is csr"],
    ],
    ["a keyspace", LAST, `${LAST}\nkeyspace: shop`, ["minor grant: prod/checkout: bundle.keyspace, is shop"]],
    ["a bump", LAST, `${LAST}\nbump: major`, ["major grant: prod/checkout: the next release is at least major"]],
    [
      "a reissue",
      LAST,
      `${LAST}\nreissue: { before: 2026-11-01, reason: leak }`,
      ["patch grant: prod/checkout: to be issued again"],
    ],
    [
      "a revocation",
      LAST,
      `${LAST}\nversions: { 1.0.0: { revoked: { reason: keyCompromise } } }`,
      ["mark reduce: prod/checkout: 1.0.0 revoked, keyCompromise"],
    ],
    [
      "a deprecation",
      LAST,
      `${LAST}\nversions: { 1.0.0: { deprecated: { from: 2026-12-01, reason: old, replacement: 1.1.0 } } }`,
      ["mark reduce: prod/checkout: 1.0.0 deprecated"],
    ],
    [
      "a deprecation that is put off at once",
      LAST,
      `${LAST}\nversions: { 1.0.0: { deprecated: { from: 2026-12-01, reason: old, replacement: 1.1.0, extended: { until: 2027-12-01, reason: x } } } }`,
      ["mark grant: prod/checkout: deprecation of 1.0.0 put off"],
    ],
    [
      "a retry",
      LAST,
      `${LAST}\nversions: { 1.0.0: { retry: { reason: mended } } }`,
      ["mark grant: prod/checkout: retry of 1.0.0"],
    ],
    [
      "a channel",
      LAST,
      `${LAST}\nchannels: { slow: { follow: stable } }`,
      ["promotion grant: prod/checkout: channel slow added"],
    ],
    [
      "a faster rollout",
      LAST,
      `${LAST}\nchannels: { stable: { follow: latest } }`,
      ["promotion grant: prod/checkout: channel stable changed"],
    ],
    [
      "an override",
      LAST,
      `${LAST}\noverrides: [{ gate: freeze, reason: x, until: 2026-12-01 }]`,
      ["promotion grant: prod/checkout: gate freeze opened by hand"],
    ],
    [
      "a hold where nobody knows what stands there",
      LAST,
      `${LAST}\nchannels: { stable: { pin: 1.0.0, reason: x } }`,
      ["promotion grant: prod/checkout: channel stable held at 1.0.0"],
    ],
  ])("%s", (_, from, to, expected) => {
    expect(edited(BUNDLE, from, to)).toEqual(expected)
  })

  it.each([
    ["1.1.0", "promotion reduce: prod/checkout: channel stable held at 1.1.0, was 1.2.0"],
    ["1.2.0", "promotion reduce: prod/checkout: channel stable held at 1.2.0, was 1.2.0"],
    ["1.3.0", "promotion grant: prod/checkout: channel stable held at 1.3.0, was 1.2.0"],
  ])("held at %s while 1.2.0 stands there", (version, expected) => {
    const pin = `${LAST}\nchannels: { stable: { pin: ${version}, reason: x } }`
    expect(edited(BUNDLE, LAST, pin, () => "1.2.0")).toEqual([expected])
  })

  it("remembers where the channel stood, so that it can be judged again later", () => {
    const pin = `${LAST}\nchannels: { stable: { pin: 1.1.0, reason: x } }`
    const after = { ...BASE, [BUNDLE]: (BASE[BUNDLE] ?? "").replace(LAST, pin) }
    const items = itemsOf(BASE, after, () => "1.2.0")
    expect(items[0]).toMatchObject({ effect: "reduce", held: { channel: "stable", stood: "1.2.0" } })
    expect(itemsOf(BASE, after, standingSeen(items))).toEqual(items)
  })

  it("led from one hold to another goes back only where that is older", () => {
    const pinned = (version: string) => ({
      ...BASE,
      [BUNDLE]: (BASE[BUNDLE] ?? "").replace(LAST, `${LAST}\nchannels: { stable: { pin: ${version}, reason: x } }`),
    })
    expect(shown(itemsOf(pinned("1.2.0"), pinned("1.1.0")))).toEqual([
      "promotion reduce: prod/checkout: channel stable held at 1.1.0, was 1.2.0",
    ])
    expect(shown(itemsOf(pinned("1.1.0"), pinned("1.2.0"), () => "1.3.0"))).toEqual([
      "promotion grant: prod/checkout: channel stable held at 1.2.0, was 1.1.0",
    ])
  })

  it("whose hold is lifted, whose gate closes, whose revocation is unwritten", () => {
    const before = `${BASE[BUNDLE]}versions: { 1.0.0: { revoked: { reason: keyCompromise } } }
channels: { stable: { pin: 1.0.0, reason: x } }
overrides: [{ gate: freeze, reason: x, until: 2026-12-01 }]
`
    expect(shown(itemsOf({ ...BASE, [BUNDLE]: before }, BASE))).toEqual([
      "mark grant: prod/checkout: revocation of 1.0.0 removed",
      "promotion grant: prod/checkout: channel stable no longer held",
      "promotion reduce: prod/checkout: gate freeze no longer opened by hand",
    ])
  })

  it("that comes, and that goes", () => {
    const { [BUNDLE]: _, ...without } = BASE
    expect(shown(itemsOf(without, BASE))).toEqual(["major grant: prod/checkout: added"])
    expect(shown(itemsOf(BASE, without))).toEqual(["major reduce: prod/checkout: removed"])
  })

  it("counts as more where policies/versioning.yaml says so", () => {
    const versioning = "apiVersion: scb/v1\nkind: Versioning\nraise: { bundle.recipients: minor }\n"
    const before = { ...BASE, "policies/versioning.yaml": versioning }
    const after = { ...before, [BUNDLE]: (BASE[BUNDLE] ?? "").replace("[team]", "[team, bob]") }
    expect(shown(itemsOf(before, after))).toEqual(["minor grant: prod/checkout: recipient bob added"])
  })

  it("under a new name is one that comes and one that goes", () => {
    const { [BUNDLE]: text = "", ...rest } = BASE
    const after = { ...rest, "bundles/prod/shop.yaml": text.replace("name: checkout", "name: shop") }
    expect(shown(itemsOf(BASE, after))).toEqual([
      "major reduce: prod/checkout: removed",
      "major grant: prod/shop: added",
    ])
  })
})

describe("a cluster", () => {
  it.each([
    [
      "host",
      "cass.example",
      "evil.example",
      ["major grant: prod: cluster.host, was cass.example.com, is evil.example.com"],
    ],
    ["node", "10.0.0.1:", "10.9.9.9:", ["minor grant: prod: nodes changed"]],
    ["name of the issuer's key", "env:SCB_CA_KEY", "env:OTHER", ["policy grant: prod: issuer changed"]],
    ["issuer's certificate", "ca/clients.crt", "ca/other.crt", ["policy grant: prod: issuer changed"]],
    [
      "way to log in",
      "mutual-tls",
      "password",
      ["major grant: prod: cluster.authentication, was mutual-tls, is password"],
    ],
    ["region", "eu-west-1", "eu-west-2", ["patch grant: prod: cluster.region, was eu-west-1, is eu-west-2"]],
  ])("with another %s", (_, from, to, expected) => {
    expect(edited(CLUSTER, from, to)).toEqual(expected)
  })

  it("that moves to another environment is a matter of policy, in both", () => {
    const after = { ...BASE, [CLUSTER]: (BASE[CLUSTER] ?? "").replace("production", "staging") }
    const items = itemsOf(BASE, after)
    expect(items.map(({ class: kind, environment }) => [kind, environment])).toEqual([
      ["policy", "production"],
      ["policy", "staging"],
    ])
  })

  it("that is new is a matter of policy: it says itself by whose rules it is approved, and could share an issuer", () => {
    const staging = (BASE[CLUSTER] ?? "").replace("name: prod", "name: copy").replace("production", "staging")
    const items = itemsOf(BASE, { ...BASE, "bundles/copy/cluster.yaml": staging })
    expect(shown(items)).toEqual(["policy grant: copy: added"])
  })

  it("that goes takes its bundles along", () => {
    const gone = Object.fromEntries(Object.entries(BASE).filter(([path]) => !path.startsWith("bundles/")))
    const items = itemsOf(BASE, gone)
    expect(new Set(items.map(({ effect }) => effect))).toEqual(new Set(["reduce"]))
    expect(blastRadius(items)).toBe(2)
  })

  it("has files, and what is in them counts although their names are the same", () => {
    const [before, after] = [repositoryOf(BASE), repositoryOf(BASE)]
    const paths = [
      "bundles/prod/ca/clients.crt",
      "bundles/prod/ca/root.crt",
      "bundles/prod/reports.csr",
      "bundles/prod/README.md",
    ]
    expect(shown(classifyChange(before, after, paths))).toEqual([
      "other grant: prod: README.md changed",
      "policy grant: prod: ca/clients.crt changed",
      "major grant: prod: ca/root.crt changed",
      "major grant: prod/reports: reports.csr changed",
    ])
  })

  it("has files that count as what they are, whatever they are called", () => {
    const cluster = (BASE[CLUSTER] ?? "").replaceAll("ca/clients.crt", "ca/clients.yaml")
    const tree = repositoryOf({ ...BASE, [CLUSTER]: cluster, "bundles/prod/ca/clients.yaml": "x\n" })
    expect(shown(classifyChange(tree, tree, ["bundles/prod/ca/clients.yaml"]))).toEqual([
      "policy grant: prod: ca/clients.yaml changed",
    ])
  })
})

describe("people", () => {
  it("who come, or become members, get something", () => {
    expect(edited(PEOPLE, "team: [alice]", "team: [alice, carol]")).toEqual([
      "policy grant: people: carol added to team",
    ])
    expect(edited(PEOPLE, "- name: carol", "- name: carol\n  - name: eve")).toEqual(["policy grant: people: eve added"])
  })

  it("who leave those who open bundles lose something, in each of these bundles", () => {
    const before = { ...BASE, [PEOPLE]: (BASE[PEOPLE] ?? "").replace("team: [alice]", "team: [alice, bob]") }
    const items = itemsOf(before, BASE)
    expect(shown(items)).toEqual(["policy reduce: people: bob removed from team"])
    expect(blastRadius(items)).toBe(2)
  })

  it("who leave those who approve make it easier for the others", () => {
    expect(edited(PEOPLE, "deciders: [carol]", "deciders: []")).toEqual([
      "policy grant: people: carol removed from deciders, who is among those who approve",
    ])
  })

  it("with another account or key are somebody else", () => {
    expect(edited(PEOPLE, "github: 1\n", "github: 2\n")).toEqual(["policy grant: people: alice changed"])
  })
})

describe("other policies", () => {
  it("give, whatever is changed: a quorum, a right, or that there are any", () => {
    const { "policies/approvals.yaml": _, ...without } = BASE
    expect(edited("policies/approvals.yaml", "otherwise: { deciders: 1 }", "otherwise: { deciders: 2 }")).toEqual([
      "policy grant: approvals: changed",
    ])
    expect(shown(itemsOf(BASE, without))).toEqual(["policy grant: approvals: removed"])
    expect(shown(itemsOf(without, BASE))).toEqual(["policy grant: approvals: added"])
    expect(edited("policies/cryptography.yaml", "90d", "80d")).toEqual(["policy grant: cryptography: changed"])
  })

  it("freeze at once", () => {
    const rollout = (freezes: string, override = "7d") =>
      `apiVersion: scb/v1\nkind: Rollout\nenvironments: []\nfreezes: [${freezes}]\nmaximumOverride: ${override}\n`
    const freeze = "{ name: peak, from: 2026-12-01, until: 2026-12-31, reason: peak }"
    const file = "policies/rollout.yaml"
    const [none, one] = [
      { ...BASE, [file]: rollout("") },
      { ...BASE, [file]: rollout(freeze) },
    ]
    expect(shown(itemsOf(none, one))).toEqual(["policy reduce: rollout: freeze peak added"])
    expect(shown(itemsOf(one, none))).toEqual(["policy grant: rollout: changed"])
    expect(shown(itemsOf(none, { ...BASE, [file]: rollout(freeze, "9d") }))).toEqual([
      "policy reduce: rollout: freeze peak added",
      "policy grant: rollout: changed",
    ])
    expect(blastRadius(itemsOf(none, one))).toBe(0)
  })

  it("revoke by campaign, and count all that it could meet", () => {
    const file = "policies/campaigns/leak.yaml"
    const text =
      "apiVersion: scb/v1\nkind: Campaign\nname: leak\nselect: { clusters: [prod] }\nrevoke: { reason: keyCompromise }\nreason: x\n"
    const items = itemsOf(BASE, { ...BASE, [file]: text })
    expect(shown(items)).toEqual(["mark reduce: campaign leak added"])
    expect(blastRadius(items)).toBe(2)
    expect(shown(itemsOf({ ...BASE, [file]: text }, BASE))).toEqual(["mark grant: campaign leak removed"])
    const mild = text.replace("revoke: { reason: keyCompromise }\n", "before: 2026-11-01\n")
    expect(shown(itemsOf(BASE, { ...BASE, [file]: mild }))).toEqual(["mark grant: campaign leak added"])
  })

  it("declare an emergency, within what is allowed", () => {
    const file = "policies/emergencies/outage.yaml"
    const text = (until: string) =>
      `apiVersion: scb/v1\nkind: Emergency\nname: outage\nreason: x\nincident: INC-1\nfrom: 2026-11-22\nuntil: ${until}\n`
    const declared = { ...BASE, [file]: text("2026-11-23") }
    expect(itemsOf(BASE, declared)).toEqual([
      {
        path: file,
        class: "policy",
        effect: "grant",
        declares: "emergency",
        what: "emergency outage declared until 2026-11-23T00:00:00Z",
      },
    ])
    expect(itemsOf(BASE, { ...BASE, [file]: text("2026-11-24") })[0]).not.toHaveProperty("declares")
    expect(itemsOf(declared, { ...BASE, [file]: text("2026-11-22T12:00:00Z") })[0]).not.toHaveProperty("declares")
    const reviewed = `${text("2026-11-23")}reviewed: { at: 2026-11-25, note: fine }\n`
    expect(shown(itemsOf(declared, { ...BASE, [file]: reviewed }))).toEqual(["policy grant: emergency outage reviewed"])
    expect(itemsOf(BASE, { ...BASE, [file]: reviewed })[0]).not.toHaveProperty("declares")
  })

  it("declare no emergency after another, where nobody has reviewed the first, so that together they last too long", () => {
    const lasting = (name: string, from: string, until: string, more = "") => ({
      [`policies/emergencies/${name}.yaml`]: `apiVersion: scb/v1\nkind: Emergency\nname: ${name}\nreason: x\nincident: INC-1\nfrom: ${from}\nuntil: ${until}\n${more}`,
    })
    const hurried = (before: Files, added: Files) =>
      itemsOf({ ...BASE, ...before }, { ...BASE, ...before, ...added }).map(({ declares }) => declares)
    const first = lasting("first", "2026-11-22T00:00:00Z", "2026-11-22T12:00:00Z")
    const second = lasting("second", "2026-11-22T12:00:00Z", "2026-11-23T00:00:00Z")
    const third = lasting("third", "2026-11-23T00:00:00Z", "2026-11-23T00:00:01Z")
    expect(hurried(first, second)).toEqual(["emergency"])
    expect(hurried({ ...first, ...second }, third)).toEqual([undefined])
    expect(hurried({}, { ...first, ...second, ...third })).toEqual([undefined, undefined, undefined])
    const reviewed = lasting(
      "first",
      "2026-11-22T00:00:00Z",
      "2026-11-22T12:00:00Z",
      "reviewed: { at: 2026-11-22T13:00:00Z, note: done }\n",
    )
    expect(hurried({ ...reviewed, ...second }, third)).toEqual(["emergency"])
  })
})

describe("files that say nothing about bundles", () => {
  it.each([
    [".github/workflows/publish.yml", "policy"],
    ["CODEOWNERS", "policy"],
    ["docs/CODEOWNERS", "policy"],
    ["policies/keys/alice.asc", "policy"],
    ["policies/schemas/people.schema.json", "policy"],
    ["README.md", "other"],
    ["scripts/x.sh", "other"],
    [".githubx/y", "other"],
  ])("%s is %s", (path, kind) => {
    const repository = repositoryOf(BASE)
    expect(classifyChange(repository, repository, [path])).toEqual([
      { path, class: kind, effect: "grant", what: `${path} changed` },
    ])
  })
})

describe("without anything before", () => {
  it("everything is added", () => {
    const items = classifyChange(undefined, repositoryOf(BASE), Object.keys(BASE))
    expect(new Set(items.map(({ effect }) => effect))).toEqual(new Set(["grant"]))
    expect(items).toHaveLength(Object.keys(BASE).length)
  })
})
