import { describe, expect, it } from "vitest"
import { type Finding, sortFindings } from "../../../../src/domain/findings.ts"
import { later } from "../../../../src/domain/instant.ts"
import { checkRepository } from "../../../../src/domain/rules/check-repository.ts"
import type { FindingCode } from "../../../../src/domain/rules/finding-rules.ts"
import { parseRepository } from "../../../../src/schema/repository.ts"
import {
  ALICE,
  BOB,
  certificateFacts,
  type FactChanges,
  factsWith,
  ISSUER,
  instant,
  NOW,
  REQUEST,
  ROOT,
  requestFacts,
  SIGNER,
} from "../../../support/repository-facts.ts"
import {
  CSR_BUNDLE,
  codesAt,
  FILES,
  FINGERPRINTS,
  type FileName,
  PLATFORMS,
  spoiled,
  treeOf,
} from "../../../support/repository-files.ts"

const DAY = 86_400_000

function check(files: ReadonlyMap<string, Uint8Array>, facts = factsWith()): readonly Finding[] {
  const { repository, findings } = parseRepository(files)
  if (repository === undefined) throw new Error(`unreadable: ${codesAt(findings).join(" ")}`)
  return sortFindings(checkRepository(repository, facts, { files, platforms: PLATFORMS, now: NOW }))
}

describe("checkRepository", () => {
  it("finds nothing in the small repository", () => {
    expect(check(treeOf(FILES))).toEqual([])
  })

  const CLUSTER = "bundles/prod/cluster.yaml"
  const BUNDLE = "bundles/prod/checkout.yaml"
  const REPORTS = "bundles/prod/reports.yaml"
  const PEOPLE = "policies/people.yaml"
  const DRIVERS = "policies/drivers.yaml"
  const DISTRIBUTION = "policies/distribution.yaml"
  const HOST = "cass.example.com"

  /** What is wrong, in which file, what stands there in the good one, what stands there instead, and what is found. */
  const written: readonly (readonly [
    string,
    FileName,
    string,
    string,
    readonly `${FindingCode} ${number}:${number}`[],
  ])[] = [
    ["a host that is an IPv4 address", CLUSTER, HOST, "10.0.0.1", ["R10 6:19"]],
    ["a host that is an IPv6 address", CLUSTER, HOST, '"fd00::1"', ["R10 6:19"]],
    ["localhost", CLUSTER, HOST, "localhost", ["R10 6:19"]],
    ["a host with upper-case letters", CLUSTER, HOST, "Cass.example.com", ["R10 6:19"]],
    ["a host with an underscore", CLUSTER, HOST, "cass_1.example.com", ["R10 6:19"]],
    ["one port for both", CLUSTER, "29080", "29042", ["R11 6:67"]],
    ["two nodes with one host id", CLUSTER, "000000000002", "000000000001", ["R13 10:15"]],
    ["two nodes with one address", CLUSTER, "10.0.0.2", "10.0.0.1", ["R14 10:62"]],
    ["no trust", CLUSTER, "[ca/root.crt]", "[]", ["R15 11:1"]],
    [
      "servers that show a root that is not trusted",
      CLUSTER,
      "[ca/root.crt]",
      "[ca/root.crt]\nserving: { root: ca/clients.crt, reason: CHG-12 }",
      ["R86 12:18"],
    ],
    ["a further issuer that is missing", CLUSTER, "kind: local,", "kind: local, accepts: [ca/no.crt],", ["R05 12:34"]],
    ["an owner that nobody knows", BUNDLE, "owner: team", "owner: tema", ["R20 5:8"]],
    ["an owner that is a principal", BUNDLE, "owner: team", "owner: alice", ["R20 5:8"]],
    ["no recipients", BUNDLE, "recipients: [team]", "recipients: []", ["R21 11:1"]],
    ["recipients that are an empty group", BUNDLE, "recipients: [team]", "recipients: [nobody]", ["R21 11:1"]],
    ["a recipient that nobody knows", BUNDLE, "recipients: [team]", "recipients: [team, eve]", ["R22 11:20"]],
    ["a recipient without a key", BUNDLE, "recipients: [team]", "recipients: [team, carol]", ["R23 11:20"]],
    ["a lifetime above the policy", BUNDLE, "lifetime: 30d", "lifetime: 91d", ["R24 10:11"]],
    ["an algorithm that is not allowed", BUNDLE, "P-256", "P-384", ["R26 9:38"]],
    ["an identity with a trailing slash", BUNDLE, "example.com/checkout", "example.com/checkout/", ["R30 6:11"]],
    [
      "one identity for two roles",
      REPORTS,
      "spiffe://example.com/reports",
      "spiffe://example.com/checkout",
      ["R31 6:11"],
    ],
    ["no drivers", BUNDLE, "[java, python]", "[]", ["R33 8:1"]],
    ["a driver that the policy does not support", BUNDLE, "[java, python]", "[java, nodejs]", ["R33 8:17"]],
    ["a driver that nobody knows", BUNDLE, "[java, python]", "[java, perl]", ["R33 8:17"]],
    ["a group member that nobody knows", PEOPLE, "team: [alice]", "team: [alice, eve]", ["R41 12:17"]],
    ["a group in a group", PEOPLE, "team: [alice]", "team: [alice, nobody]", ["R41 12:17"]],
    ["one key for two principals", PEOPLE, FINGERPRINTS.bob, FINGERPRINTS.alice, ["R46 9:5", "R42 9:29"]],
    ["another fingerprint", PEOPLE, FINGERPRINTS.alice, "D".repeat(40), ["R42 6:29"]],
    ["a platform that nobody knows", DRIVERS, "python:", "perl:", ["R33 8:17", "R33 8:17", "R32 5:9"]],
    ["a range that is none", DRIVERS, ">=4.17.0", "new enough", ["R50 4:9"]],
    ["a signer whose time is over", DISTRIBUTION, "key: keys", "validUntil: 2026-11-22, key: keys", ["R51 4:1"]],
    ["a signer whose time has not come", DISTRIBUTION, "key: keys", "validFrom: 2026-11-23, key: keys", ["R51 4:1"]],
    [
      "a signer's time that ends before it begins",
      DISTRIBUTION,
      "key: keys",
      "validFrom: 2026-11-20, validUntil: 2026-11-19, key: keys",
      ["R51 4:1", "R53 5:112"],
    ],
    ["another fingerprint of a signer", DISTRIBUTION, FINGERPRINTS.signer, "D".repeat(40), ["R42 5:35"]],
    ["releases inside the repository", DISTRIBUTION, "../releases", "releases/../out", ["R56 3:36"]],
    ["a default lifetime above the policy", "policies/renewal.yaml", "60d", "91d", ["R55 3:18"]],
  ]
  it.each(written)("refuses %s", (_name, file, from, to, codes) => {
    expect(codesAt(check(spoiled(file, from, to)))).toEqual(codes)
  })

  it("refuses reviewers that are no group", () => {
    const quality = "apiVersion: scb/v1\nkind: Quality\nrelease: []\npromotion: []\nreviewers: [team, alice]\n"
    expect(codesAt(check(treeOf({ ...FILES, "policies/quality.yaml": quality })))).toEqual(["R85 5:19"])
  })

  it("tells of problems nobody who is not known", () => {
    const notifications =
      "apiVersion: scb/v1\nkind: Notifications\nseverities: [error]\nmaximumIssues: 5\nmention: true\notherwise: [nobody-here]\n"
    const codes = codesAt(check(treeOf({ ...FILES, "policies/notifications.yaml": notifications })))
    expect(codes).toEqual(["R89 6:13"])
  })

  /** What is wrong with the files that the YAML points at, and what is found. */
  const material: readonly (readonly [string, FactChanges, readonly `${FindingCode} ${number}:${number}`[]])[] = [
    ["a trusted root that is missing", { missing: [ROOT] }, ["R05 11:9"]],
    ["an issuer that is missing", { missing: [ISSUER] }, ["R05 12:37"]],
    ["a recipient's key that is missing", { missing: [ALICE] }, ["R05 6:76"]],
    ["a signer's key that is missing", { missing: [SIGNER] }, ["R05 5:82"]],
    ["a request that is missing", { missing: [REQUEST] }, ["R05 9:26"]],
    ["a trusted root that is unreadable", { unreadable: [ROOT] }, ["R06 11:9"]],
    ["a recipient's key that is unreadable", { unreadable: [ALICE] }, ["R06 6:76"]],
    ["a request that is unreadable", { unreadable: [REQUEST] }, ["R06 9:26"]],
    ["a first root that is not self-signed", { root: { selfSigned: false } }, ["R15 11:9"]],
    ["a root that is no CA", { root: { isCa: false } }, ["R15 11:9"]],
    ["a root that has expired", { root: { notAfter: NOW } }, ["R16 11:9"]],
    ["a root of tomorrow", { root: { notBefore: later(NOW, DAY) } }, ["R16 11:9"]],
    ["an issuer that is no CA", { issuer: { isCa: false } }, ["R17 12:37"]],
    ["an issuer that has expired", { issuer: { notAfter: NOW } }, ["R18 12:37"]],
    [
      "a certificate that would outlive its issuer by a day",
      { issuer: { notAfter: later(NOW, 29 * DAY) } },
      ["R25 10:11", "R25 10:11"],
    ],
    ["a recipient's key that is revoked", { alice: { revoked: true } }, ["R43 6:76"]],
    ["a recipient's key that has expired", { alice: { expiresAt: NOW } }, ["R43 6:76"]],
    ["a recipient's key of tomorrow", { alice: { createdAt: later(NOW, DAY) } }, ["R43 6:76"]],
    ["a recipient's key that cannot encrypt", { alice: { canEncrypt: false } }, ["R44 6:76"]],
    ["a recipient's RSA key that is too small", { alice: { rsaBits: 2048 } }, ["R45 6:76"]],
    ["a recipient's key that is private", { alice: { isPrivate: true } }, ["R07 1:1"]],
    ["a signer's key that cannot sign", { signer: { canSign: false } }, ["R44 5:82"]],
    ["a signer's key that is revoked", { signer: { revoked: true } }, ["R43 5:82"]],
    ["a request without proof of possession", { request: { provesPossession: false } }, ["R27 9:26"]],
    ["a request over a weak key", { request: { keyAlgorithm: "other", keyBits: 1024 } }, ["R28 9:26"]],
    ["a request over a key that is not allowed", { request: { keyAlgorithm: "P-384" } }, ["R26 9:26"]],
  ]
  it.each(material)("refuses %s", (_name, changes, codes) => {
    expect(codesAt(check(treeOf(FILES), factsWith(changes)))).toEqual(codes)
  })

  it("accepts a certificate that ends with its issuer, to the second", () => {
    expect(check(treeOf(FILES), factsWith({ issuer: { notAfter: later(NOW, 30 * DAY) } }))).toEqual([])
  })

  it("accepts an RSA key of the smallest size that the policy allows", () => {
    expect(check(treeOf(FILES), factsWith({ alice: { rsaBits: 3072 } }))).toEqual([])
  })

  it("only warns of a key that no bundle uses", () => {
    const findings = check(treeOf(FILES), factsWith({ bob: { revoked: true, rsaBits: 1024 } }))
    expect(findings.map(({ code, severity }) => [code, severity])).toEqual([
      ["R43", "warning"],
      ["R45", "warning"],
    ])
    expect(BOB).toBe(findings[0]?.message.match(/policies\/\S+/)?.[0])
  })

  it("warns only of addresses twice, not of a wrong cluster", () => {
    expect(check(spoiled(CLUSTER, "10.0.0.2", "10.0.0.1"))).toMatchObject([{ code: "R14", severity: "warning" }])
  })

  it("lets the key of a signer die whose time is over, for old releases need it", () => {
    const second = `  - { name: next, fingerprint: ${FINGERPRINTS.signer}, key: keys/next.asc }\n`
    const files = spoiled(
      DISTRIBUTION,
      "key: keys/release.asc }\n",
      `key: keys/release.asc, validUntil: 2026-06-01 }\n${second}`,
    )
    const facts = factsWith({ signer: { expiresAt: instant("2026-07-01T00:00:00Z") } })
    const next = { ok: true, value: { ...keyOf(facts, SIGNER), expiresAt: later(NOW, DAY) } } as const
    expect(
      check(files, { ...facts, openPgpKeys: new Map([...facts.openPgpKeys, ["policies/keys/next.asc", next]]) }),
    ).toEqual([])
  })

  it("refuses a cluster without nodes and a repository without signers", () => {
    const nodes = FILES[CLUSTER].replace(/nodes:\n.*\n.*\n/, "nodes: []\n")
    expect(codesAt(check(treeOf({ ...FILES, [CLUSTER]: nodes })))).toEqual(["R12 8:1"])
    const signers = FILES[DISTRIBUTION].replace(/signers:\n.*\n/, "signers: []\n")
    expect(codesAt(check(treeOf({ ...FILES, [DISTRIBUTION]: signers })))).toEqual(["R51 4:1"])
  })

  it("wants only the first certificate of a trust file to be self-signed, and all to be CAs", () => {
    const facts = factsWith()
    const trust = (...certificates: readonly ReturnType<typeof certificateFacts>[]) =>
      codesAt(
        check(treeOf(FILES), {
          ...facts,
          certificates: new Map([...facts.certificates, [ROOT, { ok: true, value: certificates }]]),
        }),
      )
    expect(trust(certificateFacts(), certificateFacts({ selfSigned: false }))).toEqual([])
    expect(trust(certificateFacts(), certificateFacts({ isCa: false }))).toEqual(["R15 11:9"])
    expect(trust(certificateFacts({ selfSigned: false }), certificateFacts())).toEqual(["R15 11:9"])
  })

  it("finds everything at once", () => {
    const files = treeOf({
      ...FILES,
      [CLUSTER]: FILES[CLUSTER].replace(HOST, "localhost"),
      [BUNDLE]: FILES[BUNDLE].replace("owner: team", "owner: x").replace("30d", "100d"),
    })
    const facts = factsWith({ alice: { revoked: true }, request: { provesPossession: false } })
    expect(codesAt(check(files, facts))).toEqual(["R20 5:8", "R24 10:11", "R10 6:19", "R27 9:26", "R43 6:76"])
  })

  it("allows one identity in two bundles of one role", () => {
    const files = treeOf({
      ...FILES,
      "bundles/prod/other.yaml": FILES[BUNDLE].replace("name: checkout", "name: other"),
    })
    expect(check(files)).toEqual([])
  })

  it("says nothing of the cluster of a bundle when that cluster is unreadable", () => {
    expect(check(spoiled(CLUSTER, "mutual-tls", "none"))).toEqual([])
  })

  it("refuses one request key for two bundles", () => {
    const files = treeOf({ ...FILES, "bundles/prod/zebra.yaml": CSR_BUNDLE.replaceAll("reports", "zebra") })
    const facts = factsWith()
    const requests = new Map([
      ...facts.requests,
      ["bundles/prod/zebra.csr", { ok: true, value: requestFacts() }] as const,
    ])
    expect(check(files, { ...facts, requests })).toMatchObject([
      { code: "R29", subject: "prod/zebra", severity: "error" },
    ])
  })
})

function keyOf(facts: ReturnType<typeof factsWith>, path: string) {
  const found = facts.openPgpKeys.get(path)
  if (found?.ok !== true) throw new Error(`no key ${path}`)
  return found.value
}
