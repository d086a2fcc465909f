import { describe, expect, it } from "vitest"
import type { FindingCode } from "../../../src/domain/rules/finding-rules.ts"
import { parseRepository } from "../../../src/schema/repository.ts"
import { codesAt, FILES, type FileName, spoiled, treeOf } from "../../support/repository-files.ts"

/** What is wrong, what stands there in the good file, what stands there instead, and the codes with line and column. */
type Case = readonly [string, string, string, readonly `${FindingCode} ${number}:${number}`[]]

const CASES: readonly (readonly [FileName, readonly Case[]])[] = [
  [
    "bundles/prod/cluster.yaml",
    [
      ["another apiVersion", "scb/v1", "scb/v2", ["T05 1:13"]],
      ["another kind", "kind: Cluster", "kind: Clutser", ["T05 2:7"]],
      ["a name with upper-case letters", "name: prod", "name: Prod", ["T04 3:7"]],
      ["a number as name", "name: prod", "name: 7", ["T01 3:7"]],
      ["Norway as region", "region: eu-west-1", "region: NO", ["Y12 5:9"]],
      ["null as region", "region: eu-west-1", "region:", ["T01 5:8"]],
      ["a list as endpoint", "{ host: cass.example.com, metadataPort: 29080, cqlPort: 29042 }", "[a]", ["T01 6:1"]],
      ["a port in quotes", "cqlPort: 29042", 'cqlPort: "29042"', ["T01 6:67"]],
      ["a port of 0", "cqlPort: 29042", "cqlPort: 0", ["T06 6:67"]],
      ["a port of 65536", "cqlPort: 29042", "cqlPort: 65536", ["T06 6:67"]],
      ["a fractional port", "cqlPort: 29042", "cqlPort: 29042.5", ["T01 6:67"]],
      ["an octal port", "cqlPort: 29042", "cqlPort: 0o17", ["Y12 6:67"]],
      ["a port with underscores", "cqlPort: 29042", "cqlPort: 29_042", ["Y12 6:67"]],
      ["a boolean port", "cqlPort: 29042", "cqlPort: on", ["Y12 6:67"]],
      ["no port", ", cqlPort: 29042", "", ["T03 6:1"]],
      ["an unknown key", "cqlPort: 29042", "cqlPort: 29042, cqlport: 1", ["T02 6:74"]],
      ["an unknown key at the top", "region:", "regoin:", ["T03 1:1", "T02 5:1"]],
      [
        "an upper-case host id",
        "aaaaaaaa-0000-4000-8000-000000000001",
        "AAAAAAAA-0000-4000-8000-000000000001",
        ["T04 9:15"],
      ],
      ["an address without a port", "10.0.0.1:9042", "10.0.0.1", ["T04 9:62"]],
      ["nodes as a map", "nodes:\n  - {", "nodes:\n  a: {", ["Y01 10:1"]],
      ["a trust path that climbs", "ca/root.crt", "../root.crt", ["T04 11:9"]],
      ["an absolute trust path", "ca/root.crt", "/etc/root.crt", ["T04 11:9"]],
      ["a trust path twice", "[ca/root.crt]", "[ca/root.crt, ca/root.crt]", ["T07 11:22"]],
      ["an unknown issuer", "kind: local", "kind: vault", ["T05 12:17"]],
      ["an issuer without a kind", "kind: local, ", "", ["T03 12:1"]],
      ["an issuer key of another scheme", "env:SCB_CA_KEY", "vault:x", ["T04 12:58"]],
      ["an unknown authentication", "mutual-tls", "mtls", ["T05 13:17"]],
    ],
  ],
  [
    "bundles/prod/checkout.yaml",
    [
      ["an identity that is no URI of SPIFFE", "spiffe://example.com/checkout", "https://example.com", ["T04 6:11"]],
      ["a role with a space", "role: checkout_rw", "role: checkout rw", ["T04 7:7"]],
      ["drivers as text", "drivers: [java, python]", "drivers: java", ["T01 8:10"]],
      ["a driver twice", "[java, python]", "[java, python, java]", ["T07 8:25"]],
      ["an unknown key source", "source: generated", "source: vault", ["T05 9:16"]],
      ["an unknown algorithm", "algorithm: P-256", "algorithm: P256", ["T05 9:38"]],
      ["a csr beside generated", "algorithm: P-256", "algorithm: P-256, csr: a.csr", ["T02 9:45"]],
      ["a csr source without a csr", "source: generated, algorithm: P-256", "source: csr", ["T03 9:1"]],
      ["a lifetime without a unit", "lifetime: 30d", "lifetime: 30", ["T01 10:11"]],
      ["a lifetime of zero", "lifetime: 30d", "lifetime: 0d", ["T04 10:11"]],
      ["a lifetime of hours and minutes", "lifetime: 30d", "lifetime: 12:30", ["Y12 10:11"]],
      ["a keyspace that CQL would fold", "lifetime: 30d", "keyspace: MyKeys", ["T04 10:11"]],
      ["an empty keyspace", "lifetime: 30d", 'keyspace: ""', ["T04 10:11"]],
      [
        "a channel that follows one that is not there",
        "lifetime: 30d",
        "channels: { stable: { follow: beta } }",
        ["R60 10:31"],
      ],
      [
        "channels that follow each other",
        "lifetime: 30d",
        "channels: { a: { follow: b }, b: { follow: a } }",
        ["R60 10:26", "R60 10:44"],
      ],
      ["a hold without a reason", "lifetime: 30d", "channels: { stable: { pin: 1.0.0 } }", ["R61 10:28"]],
      ["a reason without a hold", "lifetime: 30d", "channels: { stable: { reason: why } }", ["R61 10:31"]],
      [
        "stages that end before everybody has it",
        "lifetime: 30d",
        "channels: { stable: { rollout: [{ percent: 10 }] } }",
        ["R62 10:23"],
      ],
      [
        "stages without a length",
        "lifetime: 30d",
        "channels: { stable: { rollout: [{ percent: 10 }, { percent: 100 }] } }",
        ["R62 10:33"],
      ],
      [
        "stages beside blue-green",
        "lifetime: 30d",
        "channels: { stable: { rollout: [{ percent: 100 }], blueGreen: { keep: 1d } } }",
        ["R62 10:52"],
      ],
      [
        "a version of two parts",
        "lifetime: 30d",
        "versions: { 1.10: { revoked: { reason: superseded } } }",
        ["Y10 10:13"],
      ],
      [
        "a version of two parts in quotes",
        "lifetime: 30d",
        'versions: { "1.10": { revoked: { reason: superseded } } }',
        ["T04 10:13"],
      ],
      ["an unknown reason", "lifetime: 30d", "versions: { 1.0.0: { revoked: { reason: stolen } } }", ["T05 10:41"]],
      ["a revocation without a reason", "lifetime: 30d", "versions: { 1.0.0: { revoked: {} } }", ["T03 10:22"]],
      [
        "a deprecation that says nothing",
        "lifetime: 30d",
        "versions: { 1.0.0: { deprecated: {} } }",
        ["T03 10:22", "T03 10:22", "T03 10:22"],
      ],
      [
        "a deprecation from a day that does not exist",
        "lifetime: 30d",
        "versions: { 1.0.0: { deprecated: { from: 2027-02-30, reason: old, replacement: 1.1.0 } } }",
        ["T08 10:42"],
      ],
      ["an override without an end", "lifetime: 30d", "overrides: [{ gate: freeze, reason: INC-7 }]", ["T03 10:13"]],
    ],
  ],
  [
    "policies/people.yaml",
    [
      ["a short fingerprint", `fingerprint: ${"A".repeat(40)}`, "fingerprint: AAAAAAAA", ["T04 6:29"]],
      ["a lower-case fingerprint", `fingerprint: ${"A".repeat(40)}`, `fingerprint: ${"a".repeat(40)}`, ["T04 6:29"]],
      [
        "a fingerprint with spaces",
        `fingerprint: ${"A".repeat(40)}`,
        `fingerprint: ${"AAAA ".repeat(10).trim()}`,
        ["T04 6:29"],
      ],
      [
        "a fingerprint of digits that is a number",
        `fingerprint: ${"A".repeat(40)}`,
        `fingerprint: ${"1".repeat(40)}`,
        ["T01 6:29"],
      ],
      ["a login instead of an id", "github: 1", "github: alice", ["T01 5:13"]],
      ["an unknown kind of principal", "kind: machine", "kind: robot", ["T05 8:11"]],
      ["a principal twice", "name: carol", "name: alice", ["R40 10:11"]],
      ["a group called like a principal", "nobody: []", "carol: []", ["R40 13:3"]],
      ["a member twice", "team: [alice]", "team: [alice, alice]", ["T07 12:17"]],
      ["a key path with a backslash", "keys/alice.asc", "'keys\\alice.asc'", ["T04 6:76"]],
    ],
  ],
  [
    "policies/cryptography.yaml",
    [
      ["an unknown algorithm", "P-256", "Ed25519", ["T05 3:17"]],
      ["too few RSA bits", "3072 }", "1024 }", ["T06 6:28"]],
      ["a lifetime in years", "90d", "1y", ["T04 4:18"]],
      ["no backdate", "backdate: 5m\n", "", ["T03 1:1"]],
    ],
  ],
  ["policies/drivers.yaml", [["a range that is a number", '">=4.17.0"', "4.17", ["T01 4:9"]]]],
  [
    "policies/distribution.yaml",
    [
      ["another kind of releases", "kind: directory", "kind: s3", ["T05 3:19"]],
      [
        "a date that does not exist",
        "key: keys/release.asc",
        "key: keys/release.asc, validFrom: 2026-02-30",
        ["T08 5:111"],
      ],
      ["a local time", "key: keys/release.asc", "key: keys/release.asc, validFrom: 2026-02-20T10:00:00", ["T04 5:111"]],
    ],
  ],
  ["policies/renewal.yaml", [["a week", "60d", "8w", ["T04 3:18"]]]],
]

describe("the form of each kind", () => {
  it("lets the small repository pass", () => {
    expect(parseRepository(treeOf(FILES)).findings).toEqual([])
  })

  describe.each(CASES)("%s", (file, cases) => {
    it.each(cases)("refuses %s", (_name, from, to, codes) => {
      expect(codesAt(parseRepository(spoiled(file, from, to)).findings)).toEqual(codes)
    })
  })

  it("asks whether a known key was meant", () => {
    const { findings } = parseRepository(spoiled("bundles/prod/cluster.yaml", "region:", "regoin:"))
    expect(findings.map(finding => finding.hint)).toContain('did you mean "region"?')
  })

  it("says how many parts a version has", () => {
    const versions = "versions: { 1.10: { revoked: { reason: superseded } } }"
    const { findings } = parseRepository(spoiled("bundles/prod/checkout.yaml", "lifetime: 30d", versions))
    expect(findings[0]?.hint).toBe("YAML reads 1.10 as a number; a version has three parts: 1.10.0")
  })

  it("finds everything in all files at once", () => {
    const files = { ...FILES }
    const tree = treeOf({
      ...files,
      "policies/renewal.yaml": files["policies/renewal.yaml"].replace("60d", "8w"),
      "bundles/prod/cluster.yaml": files["bundles/prod/cluster.yaml"].replace("29042", "0").replace("mutual-tls", "x"),
      "bundles/prod/checkout.yaml": "a: [",
    })
    expect(codesAt(parseRepository(tree).findings)).toEqual(["Y01 1:5", "T06 6:67", "T05 13:17", "T04 3:18"])
  })
})
