/** The YAML and the notes that a new bundle repository starts with. */

export interface StarterCluster {
  readonly name: string
  readonly environment: string
  readonly region: string
  readonly host: string
  readonly metadataPort: number
  readonly cqlPort: number
  readonly datacenter: string
  readonly nodes: readonly { readonly hostId: string; readonly address: string }[]
}

export interface StarterBundle {
  readonly cluster: string
  readonly name: string
  readonly owner: string
  readonly recipients: readonly string[]
  readonly drivers: readonly string[]
  readonly role: string
  readonly keyspace: string
  /** YAML of the `key` value. */
  readonly key: string
}

export interface StarterPrincipal {
  readonly name: string
  readonly kind: "person" | "machine"
  /** Of the key to which bundles are encrypted. */
  readonly fingerprint?: string
  /** Numeric user id. */
  readonly github?: number
  readonly login?: string
}

export function clusterYaml(cluster: StarterCluster): string {
  const nodes = cluster.nodes
    .map(({ hostId, address }) => `  - { hostId: ${hostId}, address: "${address}" }\n`)
    .join("")
  return `${schemaLine("../../policies", "cluster")}apiVersion: scb/v1
kind: Cluster
name: ${cluster.name} # must equal the folder
environment: ${cluster.environment}
region: ${cluster.region}
endpoint: # one DNS name for both roles: drivers disagree about which of the two they verify
  host: ${cluster.host}
  metadataPort: ${cluster.metadataPort}
  cqlPort: ${cluster.cqlPort}
datacenter: ${cluster.datacenter} # exactly as Cassandra spells it
nodes: # host_id from \`nodetool status\`, address as the gateway reaches it
${nodes}trust: [ca/server-root.crt] # what drivers trust, root first
issuer: # who signs the applications' certificates; its key never enters Git
  kind: local
  certificate: ca/issuer.crt
  key: env:SCB_CA_KEY
authentication: mutual-tls
`
}

export function bundleYaml(bundle: StarterBundle): string {
  return `${schemaLine("../../policies", "bundle")}apiVersion: scb/v1
kind: Bundle
name: ${bundle.name} # must equal the file
application: ${bundle.name}
owner: ${bundle.owner} # a group in policies/people.yaml
identity: spiffe://example.com/${bundle.cluster}/${bundle.name} # Cassandra: ADD IDENTITY '…' TO ROLE '${bundle.role}'
role: ${bundle.role}
keyspace: ${bundle.keyspace}
drivers: [${bundle.drivers.join(", ")}]
key: ${bundle.key}
recipients: [${bundle.recipients.join(", ")}] # who can open it: names in policies/people.yaml
channels:
  candidate: { follow: latest }
  stable: { follow: candidate }
`
}

export function peopleYaml(
  principals: readonly StarterPrincipal[],
  groups: Readonly<Record<string, readonly string[]>>,
): string {
  const people = principals
    .map(({ name, kind, fingerprint, github, login }) =>
      [
        `  - name: ${name}\n    kind: ${kind}\n`,
        github === undefined ? "" : `    github: ${github}\n`,
        login === undefined ? "" : `    login: ${login}\n`,
        fingerprint === undefined ? "" : `    openpgp: { fingerprint: "${fingerprint}", key: keys/${name}.asc }\n`,
      ].join(""),
    )
    .join("")
  const teams = Object.entries(groups).map(([name, members]) => `  ${name}: [${members.join(", ")}]\n`)
  return `${schemaLine(".", "people")}apiVersion: scb/v1
kind: People
principals:
${people}groups:
${teams.join("")}`
}

/** `releases` is the YAML of the place where releases go, with its comment. */
export function policyFiles(releases: string, signerFingerprint: string): ReadonlyMap<string, string> {
  return new Map([
    [
      "policies/cryptography.yaml",
      `${schemaLine(".", "cryptography")}apiVersion: scb/v1
kind: Cryptography
keyAlgorithms: [P-256, P-384, RSA-2048, RSA-3072, RSA-4096]
maximumLifetime: 90d
backdate: 5m # for clocks that run late
openpgp: { minimumRsaBits: 3072 }
`,
    ],
    [
      "policies/drivers.yaml",
      `${schemaLine(".", "drivers")}apiVersion: scb/v1
kind: Drivers
supported:
  java: ">=4.17.0"
  python: ">=3.28.0"
  nodejs: ">=4.7.0"
  csharp: ">=3.19.0"
  cpp: ">=2.16.0"
  gocql-astra: ">=1.0.0"
  spring-boot: ">=3.2.0"
  spark: ">=3.4.0"
  cqlsh: ">=6.0.0"
`,
    ],
    [
      "policies/distribution.yaml",
      `${schemaLine(".", "distribution")}apiVersion: scb/v1
kind: Distribution
releases: ${releases}
catalogLifetime: 7d
signers: # whose signature makes a release a release
  - { name: release, fingerprint: "${signerFingerprint}", key: keys/release.asc }
`,
    ],
    [
      "policies/renewal.yaml",
      `${schemaLine(".", "renewal")}apiVersion: scb/v1
kind: Renewal
defaultLifetime: 30d # for bundles that do not say their own
afterPercent: 66 # renewed when two thirds of its life are over, at the latest
backoff: { first: 1h, most: 32h } # between attempts that fail
`,
    ],
    [
      "policies/versioning.yaml",
      `${schemaLine(".", "versioning")}apiVersion: scb/v1
kind: Versioning
raise: {} # e.g. bundle.keyspace: major, where applications take their keyspace from the bundle
`,
    ],
    [
      "policies/lifecycle.yaml",
      `${schemaLine(".", "lifecycle")}apiVersion: scb/v1
kind: Lifecycle
phases: { deprecated: 90d, limited: 60d, securityOnly: 30d } # then comes the end of life
archiveAfter: 365d
maximumActive: 5 # versions of one bundle; the oldest that nothing leads to are deprecated
maximumExtension: 90d # by which an emergency may put the end off
`,
    ],
    [
      "policies/rollout.yaml",
      `${schemaLine(".", "rollout")}apiVersion: scb/v1
kind: Rollout
environments: [] # e.g. [staging, production]: a change of an application settles in one before it comes to the next
freezes: [] # when nothing is promoted; renewals go on
maximumOverride: 7d # for how long somebody may open a gate by hand
`,
    ],
    [
      "policies/health.yaml",
      `${schemaLine(".", "health")}apiVersion: scb/v1
kind: Health
whenUnknown: time-alone # or pause: nothing is promoted of which nothing is known
minimumSamples: 20 # connections; fewer say nothing
maximumFailurePercent: 1
staleAfter: 24h
rollback: { failurePercent: 20, minimumSamples: 20, failedProbes: 3 } # takes a version back by itself
`,
    ],
    [
      "policies/quality.yaml",
      `${schemaLine(".", "quality")}apiVersion: scb/v1
kind: Quality
release: # what must pass before a version is released; its evidence is kept in the ledger
  - check: offline-verification
  - check: weak-cryptography
  - { check: size, maximumBytes: 65536 } # secret stores and CI variables take no more
promotion: []
reviewers: []
`,
    ],
  ])
}

export function directoryReleasesYaml(path: string): string {
  return `{ kind: directory, path: ${JSON.stringify(path)} } # relative to this repository`
}

export function githubReleasesYaml(repository: string, repositoryId: number): string {
  return `
  kind: github
  repository: ${repository}
  repositoryId: ${repositoryId} # gh api repos/${repository} --jq .id: a name can be taken over by another repository`
}

/** Two people for everything, one of them from those who answer for the policies where policies change. */
export function approvalsYaml(repository: string): string {
  return `${schemaLine(".", "approvals")}apiVersion: scb/v1
kind: Approvals
revision: 1 # one more with every edit of this file
evidence: github-reviews
repository: ${repository}
branch: main
rules: # all that apply have to be met; authors, committers, pushers and bots never count
  - { name: policies, classes: [policy, other], require: { maintainers: 2 } }
  - { name: production, environments: [production], require: { approvers: 2 } }
otherwise: { approvers: 1 } # where no rule applies
reductions: { maximumBundles: 25, require: { approvers: 1 } } # one person takes away from so many; more needs another
emergency: # while a file in policies/emergencies/ says so
  require: { approvers: 1 }
  classes: [major, minor, patch, promotion, mark]
  maximum: 24h
  reviewWithin: 72h
`
}

export function readme(name: string): string {
  return `# ${name}

Who may connect to which Cassandra cluster, as YAML. Change it by pull request; \`scb apply\` does the rest.

| where | what |
|---|---|
| \`bundles/<cluster>/cluster.yaml\` | a cluster: its endpoint, nodes, trust roots, issuer |
| \`bundles/<cluster>/<bundle>.yaml\` | the right of one application to connect to it |
| \`policies/*.yaml\` | people and their keys, algorithms, lifetimes, drivers, where releases go |
| branch \`ledger\` | what has happened: every version ever published, signed |

    scb validate     # what is wrong with the files on disk: file, line and column
    scb plan         # what apply would do: what HEAD asks for that has not happened yet
    scb apply        # build, sign, encrypt, publish, verify; names the keys that it lacks
    scb status       # what there is, until when, and what is due
`
}

/** Private keys have no business here, even by accident. */
export const GITIGNORE = `*.key
*.key.asc
*.p12
*.pfx
*.jks
*.zip
build/
`

function schemaLine(policies: string, kind: string): string {
  return `# yaml-language-server: $schema=${policies}/schemas/${kind}.schema.json\n`
}
