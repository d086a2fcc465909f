import { describe, expect, it } from "vitest"
import { parseRepository } from "../../../src/schema/repository.ts"
import { codesAt, FILES, FINGERPRINTS, spoiled, treeOf } from "../../support/repository-files.ts"

const DAY = 86_400_000
const found = (files: Readonly<Record<string, string | undefined>>) =>
  parseRepository(treeOf(files)).findings.map(({ code, at }) => `${code} ${at?.file}:${at?.line}:${at?.column}`)

describe("parseRepository", () => {
  it("gives the meaning of what is written", () => {
    const { repository } = parseRepository(treeOf(FILES))
    expect(repository?.clusters.get("prod")).toEqual({
      file: "bundles/prod/cluster.yaml",
      name: "prod",
      environment: "production",
      region: "eu-west-1",
      endpoint: { host: "cass.example.com", metadataPort: 29080, cqlPort: 29042 },
      datacenter: "dc1",
      nodes: [
        { hostId: "aaaaaaaa-0000-4000-8000-000000000001", address: "10.0.0.1:9042" },
        { hostId: "aaaaaaaa-0000-4000-8000-000000000002", address: "10.0.0.2:9042" },
      ],
      trust: ["bundles/prod/ca/root.crt"],
      issuer: { kind: "local", certificate: "bundles/prod/ca/clients.crt", key: "env:SCB_CA_KEY" },
      authentication: "mutual-tls",
    })
    expect(repository?.bundles.get("prod/checkout")).toEqual({
      file: "bundles/prod/checkout.yaml",
      fullName: "prod/checkout",
      cluster: "prod",
      name: "checkout",
      application: "checkout",
      owner: "team",
      identity: "spiffe://example.com/checkout",
      role: "checkout_rw",
      drivers: ["java", "python"],
      key: { kind: "generated", algorithm: "P-256" },
      lifetime: 30 * DAY,
      recipients: ["team"],
      versions: new Map(),
      channels: new Map([
        ["candidate", { follow: "latest", after: 0, rollout: { kind: "at-once" } }],
        ["stable", { follow: "candidate", after: 0, rollout: { kind: "at-once" } }],
      ]),
      overrides: [],
    })
    expect(repository?.bundles.get("prod/reports")?.key).toEqual({ kind: "csr", request: "bundles/prod/reports.csr" })
    expect(repository?.policies.people.principals.get("bob")).toEqual({
      name: "bob",
      kind: "machine",
      openpgp: { fingerprint: FINGERPRINTS.bob, file: "policies/keys/bob.asc" },
    })
    expect(repository?.policies.people.groups.get("team")).toEqual(["alice"])
    expect(repository?.policies.cryptography).toEqual({
      file: "policies/cryptography.yaml",
      keyAlgorithms: ["P-256", "RSA-3072"],
      maximumLifetime: 90 * DAY,
      backdate: 300_000,
      minimumOpenPgpRsaBits: 3072,
    })
    expect(repository?.policies.distribution.signers).toEqual([
      { name: "release", fingerprint: FINGERPRINTS.signer, file: "policies/keys/release.asc" },
    ])
  })

  it("takes the lifetime from the renewal policy where a bundle says none", () => {
    const { repository } = parseRepository(spoiled("bundles/prod/checkout.yaml", "lifetime: 30d\n", ""))
    expect(repository?.bundles.get("prod/checkout")?.lifetime).toBe(60 * DAY)
  })

  it("reads decisions about versions", () => {
    const decisions = "versions:\n  1.10.0: { revoked: { reason: keyCompromise, incident: INC-12 } }\n  2.0.0: {}"
    const { repository } = parseRepository(spoiled("bundles/prod/checkout.yaml", "lifetime: 30d", decisions))
    expect(repository?.bundles.get("prod/checkout")?.versions).toEqual(
      new Map([
        ["1.10.0", { revoked: { reason: "keyCompromise", incident: "INC-12" } }],
        ["2.0.0", {}],
      ]),
    )
  })

  it("refuses a cluster that is not called like its folder, and leaves it out", () => {
    const { repository, findings } = parseRepository(
      spoiled("bundles/prod/cluster.yaml", "name: prod", "name: production"),
    )
    expect(codesAt(findings)).toEqual(["R01 3:7"])
    expect(repository?.clusters.size).toBe(0)
  })

  it("refuses a bundle that is not called like its file", () => {
    expect(
      codesAt(parseRepository(spoiled("bundles/prod/checkout.yaml", "name: checkout", "name: other")).findings),
    ).toEqual(["R01 3:7"])
  })

  it("refuses a bundle in a folder without a cluster", () => {
    expect(found({ ...FILES, "bundles/prod/cluster.yaml": undefined })).toEqual([
      "R02 bundles/prod/checkout.yaml:1:1",
      "R02 bundles/prod/reports.yaml:1:1",
    ])
  })

  it("wants every policy, and gives no repository without it", () => {
    expect(found({ ...FILES, "policies/people.yaml": undefined })).toEqual(["R03 policies/people.yaml:1:1"])
    expect(parseRepository(treeOf({})).findings.map(finding => finding.code)).toEqual([
      "R03",
      "R03",
      "R03",
      "R03",
      "R03",
    ])
    expect(parseRepository(treeOf({})).repository).toBeUndefined()
  })

  it("warns of files that nothing reads", () => {
    const { findings } = parseRepository(treeOf({ ...FILES, "bundles/prod/other.yml": "", "policies/poeple.yaml": "" }))
    expect(codesAt(findings)).toEqual(["R04 1:1", "R04 1:1"])
    expect(findings.map(({ code, severity, subject, hint }) => [code, severity, subject, hint])).toEqual([
      ["R04", "warning", "bundles/prod/other.yml", "the files are called .yaml here"],
      ["R04", "warning", "policies/poeple.yaml", undefined],
    ])
  })

  it("accepts keys, certificates, requests, schemas and read-me files in their places", () => {
    const paths = [
      "policies/keys/alice.asc",
      "policies/schemas/cluster.schema.json",
      "policies/README.md",
      "bundles/prod/ca/root.crt",
      "bundles/prod/reports.csr",
    ]
    expect(found({ ...FILES, ...Object.fromEntries(paths.map(path => [path, ""])) })).toEqual([])
  })

  it("keeps the readable parts when one bundle is broken", () => {
    const { repository } = parseRepository(spoiled("bundles/prod/checkout.yaml", "role: checkout_rw", "role: [x]"))
    expect([...(repository?.bundles.keys() ?? [])]).toEqual(["prod/reports"])
  })

  it("reports what the tree could not read", () => {
    const tree = Object.assign(new Map(treeOf(FILES)), {
      problems: [{ path: "bundles/prod/x.csr", problem: "a symbolic link" }],
    })
    expect(parseRepository(tree).findings).toMatchObject([
      { code: "R08", severity: "error", at: { file: "bundles/prod/x.csr", line: 1, column: 1 } },
    ])
  })

  it("locates values in every file", () => {
    const { repository } = parseRepository(treeOf(FILES))
    expect(repository?.locate("bundles/prod/checkout.yaml", ["recipients", 0])).toEqual({
      file: "bundles/prod/checkout.yaml",
      line: 11,
      column: 14,
    })
    expect(repository?.locate("bundles/none.yaml", ["x"])).toEqual({ file: "bundles/none.yaml", line: 1, column: 1 })
  })
})
