import { describe, expect, it } from "vitest"
import { ScbError } from "../../../src/domain/errors.ts"
import { EMPTY_LEDGER, type LedgerState } from "../../../src/domain/release.ts"
import { formatLedger, parseLedger } from "../../../src/schema/ledger.ts"
import { instant } from "../../support/repository-facts.ts"

const SHA = "0123456789abcdef".repeat(4)
const STATE: LedgerState = {
  sequence: 3,
  epoch: 1,
  invalidations: [],
  bundles: new Map([
    [
      "prod/checkout",
      {
        bundle: "prod/checkout",
        releases: [
          {
            version: "1.0.0",
            publishedAt: instant("2026-11-22T10:00:00Z"),
            change: "major",
            reason: "first-release",
            cause: "first release",
            commit: "0".repeat(40),
            policyDigest: SHA,
            inputDigest: SHA,
            input: {
              layout: 1,
              cluster: {
                name: "prod",
                environment: "production",
                region: "eu-west-1",
                host: "cass.example.com",
                metadataPort: 29080,
                cqlPort: 29042,
                datacenter: "dc1",
                authentication: "mutual-tls",
                trust: [SHA],
                issuer: [SHA],
              },
              bundle: {
                name: "checkout",
                application: "checkout",
                owner: "team",
                identity: "spiffe://example.com/checkout",
                role: "no",
                compatibility: { java: ">=4.17.0" },
                drivers: ["java"],
                key: { source: "generated", algorithm: "P-256" },
                lifetime: "30d",
                recipients: [],
              },
            },
            certificate: {
              serial: "00ff",
              subject: "CN=checkout",
              identity: "spiffe://example.com/checkout",
              keyAlgorithm: "P-256",
              notBefore: instant("2026-11-22T09:55:00Z"),
              notAfter: instant("2026-12-22T10:00:00Z"),
              sha256: SHA,
              spkiSha256: SHA,
            },
            manifest: { name: "manifest.json", size: 4096, sha256: SHA },
            payload: { name: "secure-connect-checkout-prod.zip.gpg", size: 20480, sha256: SHA },
            skeletonSha256: SHA,
            generator: "scb/0.1.0",
          },
        ],
        marks: [
          {
            version: "1.0.0",
            kind: "revoked",
            at: instant("2026-11-23T10:00:00Z"),
            revocation: { reason: "keyCompromise", incident: "INC-12: lost laptop" },
          },
        ],
        moves: [
          {
            channel: "candidate",
            version: "1.0.0",
            at: instant("2026-11-22T10:00:00Z"),
            reason: "first",
            cause: "first release",
          },
        ],
        attempts: [],
      },
    ],
  ]),
}

const FILE = "bundles/prod/checkout.yaml"
const files = () => new Map(formatLedger(STATE))

/** Message of the error that reading the ledger throws when `from` is replaced by `to`. */
function corrupt(from: string, to: string, file = FILE): string {
  const text = files().get(file) ?? ""
  if (!text.includes(from)) throw new Error(`${file} holds no ${from}`)
  try {
    parseLedger(new Map([...files(), [file, text.replace(from, to)]]))
  } catch (error) {
    expect(error).toBeInstanceOf(ScbError)
    expect(error).toMatchObject({ code: "ledger-corrupt" })
    return (error as Error).message
  }
  throw new Error("it was accepted")
}

/** Line and column of `culprit` once `from` has been replaced by `to`. */
function placeOf(culprit: string, from: string, to: string): string {
  const text = (files().get(FILE) ?? "").replace(from, to)
  const before = text.slice(0, text.indexOf(culprit)).split("\n")
  return `${before.length}:${(before.at(-1) ?? "").length + 1}`
}

describe("the ledger as files", () => {
  it("is text that people can read", () => {
    expect(files().get("ledger.yaml")).toBe(
      "apiVersion: scb/v1\nkind: Ledger\nsequence: 3\nepoch: 1\ninvalidations: []\n",
    )
    expect(files().get(FILE)).toBe(`apiVersion: scb/v1
kind: BundleHistory
bundle: prod/checkout
releases:
  - version: 1.0.0
    publishedAt: 2026-11-22T10:00:00Z
    change: major
    reason: first-release
    cause: "first release"
    commit: "${"0".repeat(40)}"
    policyDigest: "${SHA}"
    inputDigest: "${SHA}"
    certificate:
      serial: "00ff"
      subject: "CN=checkout"
      identity: spiffe://example.com/checkout
      keyAlgorithm: P-256
      notBefore: 2026-11-22T09:55:00Z
      notAfter: 2026-12-22T10:00:00Z
      sha256: "${SHA}"
      spkiSha256: "${SHA}"
    manifest:
      name: manifest.json
      size: 4096
      sha256: "${SHA}"
    payload:
      name: secure-connect-checkout-prod.zip.gpg
      size: 20480
      sha256: "${SHA}"
    skeletonSha256: "${SHA}"
    generator: scb/0.1.0
    input:
      layout: 1
      cluster:
        name: prod
        environment: production
        region: eu-west-1
        host: cass.example.com
        metadataPort: 29080
        cqlPort: 29042
        datacenter: dc1
        authentication: mutual-tls
        trust:
          - "${SHA}"
        issuer:
          - "${SHA}"
      bundle:
        name: checkout
        application: checkout
        owner: team
        identity: spiffe://example.com/checkout
        role: "no"
        compatibility:
          java: ">=4.17.0"
        drivers:
          - java
        key:
          source: generated
          algorithm: P-256
        lifetime: 30d
        recipients: []
marks:
  - version: 1.0.0
    at: 2026-11-23T10:00:00Z
    kind: revoked
    revocation:
      reason: keyCompromise
      incident: "INC-12: lost laptop"
moves:
  - channel: candidate
    version: 1.0.0
    reason: first
    cause: "first release"
    at: 2026-11-22T10:00:00Z
attempts: []
`)
  })

  it("reads back as it was written", () => {
    expect(parseLedger(files())).toEqual(STATE)
  })

  it("is empty where there are no files", () => {
    expect(parseLedger(new Map())).toEqual(EMPTY_LEDGER)
  })

  it.each([
    ["an unknown key", "size: 4096", "size: 4096\n      colour: red", "colour"],
    ["a key twice", "size: 4096", "size: 4096\n      size: 1", "size: 1\n"],
    ["a digest that is too short", "name: secure-connect-checkout-prod.zip.gpg", "name: ../x", "../x"],
    ["a negative size", "size: 4096", "size: -1", "-1\n"],
    ["an unknown layout", "layout: 1", "layout: 2", "2\n      cluster:"],
    ["an unknown mark", "kind: revoked", "kind: forgiven", "forgiven"],
    ["an anchor", "cause: ", "cause: &x ", "&x"],
    ["a mark of another time zone", "at: 2026-11-23T10:00:00Z", "at: 2026-11-23T10:00:00+01:00", "2026-11-23"],
  ])("is corrupt with %s, and says where", (_name, from, to, culprit) => {
    expect(corrupt(from, to)).toContain(`the ledger's ${FILE}:${placeOf(culprit, from, to)} cannot be read`)
  })

  it("is corrupt with a date that does not exist", () => {
    expect(corrupt("2026-12-22T10:00:00Z", "2026-02-30T10:00:00Z")).toContain(
      "there is no instant 2026-02-30T10:00:00Z",
    )
  })

  it("is corrupt where a file speaks of another bundle", () => {
    expect(corrupt("bundle: prod/checkout", "bundle: prod/other")).toContain("it speaks of prod/other")
  })

  it("is corrupt without its head, and with a head that is not whole", () => {
    const without = files()
    without.delete("ledger.yaml")
    expect(() => parseLedger(without)).toThrow(/ledger\.yaml cannot be read: it is missing/)
    expect(corrupt("epoch: 1\n", "", "ledger.yaml")).toContain("epoch")
  })
})
