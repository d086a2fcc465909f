/** A small valid repository as text, to be spoiled in one place at a time. */
import { readdirSync, readFileSync, statSync } from "node:fs"
import { fileURLToPath } from "node:url"
import type { Finding } from "../../src/domain/findings.ts"

export const PLATFORMS: ReadonlySet<string> = new Set(["java", "python", "nodejs"])

export const FINGERPRINTS = {
  alice: "A".repeat(40),
  bob: "B".repeat(40),
  signer: "C".repeat(40),
} as const

export const CLUSTER = `apiVersion: scb/v1
kind: Cluster
name: prod
environment: production
region: eu-west-1
endpoint: { host: cass.example.com, metadataPort: 29080, cqlPort: 29042 }
datacenter: dc1
nodes:
  - { hostId: aaaaaaaa-0000-4000-8000-000000000001, address: 10.0.0.1:9042 }
  - { hostId: aaaaaaaa-0000-4000-8000-000000000002, address: 10.0.0.2:9042 }
trust: [ca/root.crt]
issuer: { kind: local, certificate: ca/clients.crt, key: env:SCB_CA_KEY }
authentication: mutual-tls
`

export const BUNDLE = `apiVersion: scb/v1
kind: Bundle
name: checkout
application: checkout
owner: team
identity: spiffe://example.com/checkout
role: checkout_rw
drivers: [java, python]
key: { source: generated, algorithm: P-256 }
lifetime: 30d
recipients: [team]
`

export const CSR_BUNDLE = BUNDLE.replaceAll("checkout", "reports").replace(
  "{ source: generated, algorithm: P-256 }",
  "{ source: csr, csr: reports.csr }",
)

export const PEOPLE = `apiVersion: scb/v1
kind: People
principals:
  - name: alice
    github: 1
    openpgp: { fingerprint: ${FINGERPRINTS.alice}, key: keys/alice.asc }
  - name: bob
    kind: machine
    openpgp: { fingerprint: ${FINGERPRINTS.bob}, key: keys/bob.asc }
  - name: carol
groups:
  team: [alice]
  nobody: []
`

export const CRYPTOGRAPHY = `apiVersion: scb/v1
kind: Cryptography
keyAlgorithms: [P-256, RSA-3072]
maximumLifetime: 90d
backdate: 5m
openpgp: { minimumRsaBits: 3072 }
`

export const DRIVERS = `apiVersion: scb/v1
kind: Drivers
supported:
  java: ">=4.17.0"
  python: ">=3.28.0"
`

export const DISTRIBUTION = `apiVersion: scb/v1
kind: Distribution
releases: { kind: directory, path: ../releases }
signers:
  - { name: release, fingerprint: ${FINGERPRINTS.signer}, key: keys/release.asc }
catalogLifetime: 7d
`

export const RENEWAL = `apiVersion: scb/v1
kind: Renewal
defaultLifetime: 60d
`

export const FILES = {
  "policies/people.yaml": PEOPLE,
  "policies/cryptography.yaml": CRYPTOGRAPHY,
  "policies/drivers.yaml": DRIVERS,
  "policies/distribution.yaml": DISTRIBUTION,
  "policies/renewal.yaml": RENEWAL,
  "bundles/prod/cluster.yaml": CLUSTER,
  "bundles/prod/checkout.yaml": BUNDLE,
  "bundles/prod/reports.yaml": CSR_BUNDLE,
} as const

export type FileName = keyof typeof FILES

export function treeOf(files: Readonly<Record<string, string | undefined>>): ReadonlyMap<string, Uint8Array> {
  return new Map(
    Object.entries(files).flatMap(([path, text]) =>
      text === undefined ? [] : [[path, new TextEncoder().encode(text)] as const],
    ),
  )
}

/** The small repository with `from` (which must be there) replaced by `to` in one file. */
export function spoiled(file: FileName, from: string, to: string): ReadonlyMap<string, Uint8Array> {
  if (!FILES[file].includes(from)) throw new Error(`${file} holds no ${from}`)
  return treeOf({ ...FILES, [file]: FILES[file].replace(from, to) })
}

/** `code line:column`, or `code file` for those that speak of a whole file elsewhere. */
export function codesAt(findings: readonly Finding[]): readonly string[] {
  return findings.map(({ code, at }) => (at === undefined ? code : `${code} ${at.line}:${at.column}`))
}

/** The sample repository at the top of this project. */
export function sampleRepository(): ReadonlyMap<string, Uint8Array> {
  const root = fileURLToPath(new URL("../..", import.meta.url))
  return new Map(
    ["policies", "bundles"].flatMap(folder =>
      readdirSync(`${root}${folder}`, { recursive: true, encoding: "utf8" })
        .map(path => `${folder}/${path.replaceAll("\\", "/")}`)
        .filter(path => statSync(`${root}${path}`).isFile())
        .map(path => [path, new Uint8Array(readFileSync(`${root}${path}`))] as const),
    ),
  )
}
