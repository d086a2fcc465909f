import { buildRequest } from "../artifact/csr.ts"
import { generateKeyPair } from "../artifact/keys.ts"
import { type GeneratedOpenPgpKey, generateOpenPgpKey } from "../artifact/openpgp.ts"
import { readOpenPgpKey } from "../artifact/openpgp-facts.ts"
import { randomPassword } from "../artifact/passwords.ts"
import { encodePem } from "../artifact/pem.ts"
import { encryptedPem, makeThrowawayAuthority } from "../artifact/throwaway-authority.ts"
import { ScbError } from "../domain/errors.ts"
import type { Instant } from "../domain/instant.ts"
import { decodeUtf8 } from "../domain/utf8.ts"
import { EDITOR_SCHEMAS } from "../schema/editor-schemas.generated.ts"
import {
  approvalsYaml,
  bundleYaml,
  clusterYaml,
  directoryReleasesYaml,
  GITIGNORE,
  githubReleasesYaml,
  peopleYaml,
  policyFiles,
  readme,
  type StarterCluster,
  type StarterPrincipal,
} from "./starter-files.ts"

/** What a new bundle repository consists of, before anything is written. */
export interface NewRepository {
  /** By path in the repository. */
  readonly files: ReadonlyMap<string, string>
  /** Demonstrations only: private keys, all encrypted, and the environment that names them; for a folder outside Git. */
  readonly keys: ReadonlyMap<string, string>
  /** What to do next, a line each. */
  readonly next: readonly string[]
}

export interface StarterRequest {
  /** Name of the repository's folder. */
  readonly name: string
  readonly cluster: string
  readonly bundle: string
  readonly host: string
  /** Public material that the user has at hand; what is missing is named by `scb validate` afterwards. */
  readonly signerKey?: Uint8Array
  readonly recipientKey?: Uint8Array
  readonly issuer?: string
  readonly serverRoot?: string
  readonly github?: GithubHome
  readonly now: Instant
}

/** Where a bundle repository lives on GitHub. */
export interface GithubHome {
  /** `owner/name`. */
  readonly repository: string
  readonly repositoryId: number
  /** Who approves changes; no one's own count. */
  readonly approvers: readonly { readonly login: string; readonly id: number }[]
}

/** A repository for real use: one cluster and one bundle to edit. Whatever was not given is referenced, and `validate` asks for it. */
export async function starterRepository(request: StarterRequest): Promise<NewRepository> {
  const { name, cluster, bundle, host, now } = request
  const signer = await publicKey(request.signerKey, "release", now)
  const recipient = await publicKey(request.recipientKey, "oncall", now)
  const files = new Map<string, string>([
    ...sharedFiles(name, request.github, signer.fingerprint),
    [
      "policies/people.yaml",
      peopleYaml(
        [{ name: "oncall", kind: "person", fingerprint: recipient.fingerprint }, ...approversOf(request.github)],
        { "app-team": ["oncall"], ...approverGroups(request.github) },
      ),
    ],
    [`bundles/${cluster}/cluster.yaml`, clusterYaml(exampleCluster(cluster, host))],
    [
      `bundles/${cluster}/${bundle}.yaml`,
      bundleYaml({
        cluster,
        name: bundle,
        owner: "app-team",
        recipients: ["oncall"],
        drivers: ["java", "python", "nodejs"],
        role: `${bundle.replaceAll("-", "_")}_rw`,
        keyspace: bundle.replaceAll("-", "_"),
        key: "{ algorithm: P-256, source: generated }",
      }),
    ],
  ])
  const missing: string[] = []
  const supply = (path: string, text: string | undefined, what: string, also = "") => {
    if (text === undefined) missing.push(`put ${what} at ${path}${also}`)
    else files.set(path, text)
  }
  supply(
    "policies/keys/release.asc",
    signer.armored,
    "the OpenPGP public key that will sign releases",
    " (gpg --armor --export), its fingerprint into policies/distribution.yaml",
  )
  supply(
    "policies/keys/oncall.asc",
    recipient.armored,
    "the OpenPGP public key of the first recipient",
    ", its fingerprint into policies/people.yaml",
  )
  supply(`bundles/${cluster}/ca/issuer.crt`, request.issuer, "the certificate that issues client certificates")
  supply(`bundles/${cluster}/ca/server-root.crt`, request.serverRoot, "the root that your nodes' certificates chain to")
  return {
    files,
    keys: new Map(),
    next: [
      ...missing,
      `edit bundles/${cluster}/cluster.yaml: host, nodes, data centre`,
      "scb validate, until nothing is found; then commit",
      "scb plan, then scb apply; scb apply --help names the keys that it needs",
    ],
  }
}

export interface DemoRequest {
  readonly name: string
  /** Absolute path of the folder that will hold the keys; it is written into the environment file. */
  readonly keysFolder: string
  /** First port of the demonstration; each cluster takes two and each node one, counting up. */
  readonly firstPort: number
  readonly random: (length: number) => Uint8Array
  readonly now: Instant
}

const DEMO_ENVIRONMENT_FILE = "env.sh"

/** Two clusters, three bundles (P-256, RSA-2048, and one whose owner keeps the key), a CA and OpenPGP keys, all to be thrown away. */
export async function demoRepository(request: DemoRequest): Promise<NewRepository> {
  const { name, keysFolder, now, random } = request
  const passphrase = randomPassword(random)
  const clusters = demoClusters(request.firstPort)
  const [authority, release, alice, ci, ownersKey] = await Promise.all([
    makeThrowawayAuthority({ name, hosts: clusters.map(cluster => cluster.host), passphrase, now, days: 730 }),
    demoKey("Release signer (throw-away)", passphrase, now),
    demoKey("Alice (throw-away)", passphrase, now),
    demoKey("Checkout CI (throw-away)", passphrase, now),
    generateKeyPair("P-256"),
  ])
  const principals: readonly StarterPrincipal[] = [
    { name: "alice", kind: "person", fingerprint: alice.fingerprint },
    { name: "checkout-ci", kind: "machine", fingerprint: ci.fingerprint },
  ]
  const files = new Map<string, string>([
    ...sharedFiles(name, undefined, release.fingerprint),
    ["policies/people.yaml", peopleYaml(principals, { "shop-team": ["alice"], "data-team": ["alice"] })],
    ["policies/keys/release.asc", release.publicKeyArmored],
    ["policies/keys/alice.asc", alice.publicKeyArmored],
    ["policies/keys/checkout-ci.asc", ci.publicKeyArmored],
    ...clusters.flatMap(cluster => [
      [`bundles/${cluster.name}/cluster.yaml`, clusterYaml(cluster)] as const,
      [`bundles/${cluster.name}/ca/issuer.crt`, authority.issuerChain] as const,
      [`bundles/${cluster.name}/ca/server-root.crt`, authority.root] as const,
    ]),
    ...demoBundles(),
    ["bundles/shop-prod/reporting.csr", encodePem("CERTIFICATE REQUEST", buildRequest(ownersKey, "reporting"))],
  ])
  const keys = new Map([
    ["README", "Throw-away keys of a demonstration. They protect nothing; delete the folder when you are done.\n"],
    ["ca.key", authority.issuerKey],
    ["root.crl", authority.rootRevocationList],
    ["server.crt", authority.serverChain],
    ["server.key", authority.serverKey],
    ["release.key.asc", release.privateKeyArmored],
    ["alice.key.asc", alice.privateKeyArmored],
    ["checkout-ci.key.asc", ci.privateKeyArmored],
    ["reporting.key", encryptedPem(ownersKey, passphrase)],
    [DEMO_ENVIRONMENT_FILE, environmentFile(keysFolder, passphrase)],
  ])
  return {
    files,
    keys,
    next: [
      `. ${keysFolder}/${DEMO_ENVIRONMENT_FILE}`,
      "scb validate, scb plan",
      "scb apply, and again: scb apply, scb status",
      "scb fetch shop-dev/checkout",
      `scb gateway serve shop-dev --certificate ${keysFolder}/server.crt --listen 127.0.0.1`,
    ],
  }
}

function demoClusters(firstPort: number): readonly StarterCluster[] {
  const cluster = (environment: string, port: number, host: number): StarterCluster => ({
    name: `shop-${environment}`,
    environment: environment === "prod" ? "production" : "development",
    region: "eu-west-1",
    host: `cassandra.shop-${environment}.example.com`,
    metadataPort: port,
    cqlPort: port + 1,
    datacenter: "dc1",
    nodes: [1, 2].map(node => ({
      hostId: `0000000${host}-0000-4000-8000-00000000000${node}`,
      address: `127.0.0.1:${port + 1 + node}`,
    })),
  })
  return [cluster("dev", firstPort, 1), cluster("prod", firstPort + 4, 2)]
}

function demoBundles(): readonly (readonly [string, string])[] {
  const checkout = {
    name: "checkout",
    owner: "shop-team",
    recipients: ["alice", "checkout-ci"],
    role: "checkout_rw",
    keyspace: "shop",
  }
  return [
    [
      "bundles/shop-dev/checkout.yaml",
      bundleYaml({
        ...checkout,
        cluster: "shop-dev",
        drivers: ["nodejs", "java", "python", "cqlsh"],
        key: "{ algorithm: P-256, source: generated }",
      }),
    ],
    [
      "bundles/shop-prod/checkout.yaml",
      bundleYaml({
        ...checkout,
        cluster: "shop-prod",
        drivers: ["nodejs", "java"],
        key: "{ algorithm: RSA-2048, source: generated }",
      }),
    ],
    [
      "bundles/shop-prod/reporting.yaml",
      bundleYaml({
        cluster: "shop-prod",
        name: "reporting",
        owner: "data-team",
        recipients: ["alice"],
        drivers: ["python", "spark"],
        role: "reporting_ro",
        keyspace: "shop",
        key: "{ source: csr, csr: reporting.csr } # the private key never leaves its owner",
      }),
    ],
  ]
}

function sharedFiles(
  name: string,
  github: GithubHome | undefined,
  signerFingerprint: string,
): readonly (readonly [string, string])[] {
  const releases =
    github === undefined
      ? directoryReleasesYaml(`../${name}-releases`)
      : githubReleasesYaml(github.repository, github.repositoryId)
  return [
    ["README.md", readme(name)],
    [".gitignore", GITIGNORE],
    ...policyFiles(releases, signerFingerprint),
    ...(github === undefined ? [] : [["policies/approvals.yaml", approvalsYaml(github.repository)] as const]),
    ...[...EDITOR_SCHEMAS].map(([file, text]) => [`policies/schemas/${file}`, text] as const),
  ]
}

/** Logins are shown in lower case, and are names of principals then. */
function approversOf(github: GithubHome | undefined): readonly StarterPrincipal[] {
  return (github?.approvers ?? []).map(({ login, id }) => ({
    name: login.toLowerCase(),
    kind: "person",
    github: id,
    login,
  }))
}

function approverGroups(github: GithubHome | undefined): Readonly<Record<string, readonly string[]>> {
  if (github === undefined) return {}
  const names = approversOf(github).map(({ name }) => name)
  return { approvers: names, maintainers: names }
}

function exampleCluster(name: string, host: string): StarterCluster {
  return {
    name,
    environment: "production",
    region: "eu-west-1",
    host,
    metadataPort: 29080,
    cqlPort: 29042,
    datacenter: "dc1",
    nodes: [{ hostId: "aaaaaaaa-0000-4000-8000-000000000001", address: "10.0.0.1:9042" }],
  }
}

function environmentFile(folder: string, passphrase: string): string {
  const quote = (text: string) => `'${text.replaceAll("'", "'\\''")}'`
  const key = (variable: string, file: string) =>
    `export ${variable}_FILE=${quote(`${folder}/${file}`)}\nexport ${variable}_PASSPHRASE=${quote(passphrase)}\n`
  return `# Throw-away keys of a demonstration.\n${key("SCB_CA_KEY", "ca.key")}${key("SCB_SIGNING_KEY", "release.key.asc")}${key("SCB_IDENTITY_KEY", "alice.key.asc")}${key("SCB_PRIVATE_KEY", "reporting.key")}${key("SCB_GATEWAY_KEY", "server.key")}`
}

function demoKey(userId: string, passphrase: string, now: Instant): Promise<GeneratedOpenPgpKey> {
  return generateOpenPgpKey({ userId, kind: "ecc", createdAt: now, passphrase })
}

/** Forty zeros stand for a fingerprint that is not known yet: no key has it, so `validate` asks for the right one. */
const UNKNOWN_FINGERPRINT = "0".repeat(40)

async function publicKey(
  bytes: Uint8Array | undefined,
  name: string,
  now: Instant,
): Promise<{ readonly fingerprint: string; readonly armored?: string }> {
  if (bytes === undefined) return { fingerprint: UNKNOWN_FINGERPRINT }
  const facts = await readOpenPgpKey(bytes, now)
  if (!facts.ok || facts.value.isPrivate) {
    const problem = facts.ok ? "it is a secret key" : facts.problem
    throw new ScbError("key-unreadable", `the key for ${name} cannot be used: ${problem}`, {
      hint: "export the public key: gpg --armor --export FINGERPRINT",
    })
  }
  return { fingerprint: facts.value.fingerprint, armored: decodeUtf8(bytes) }
}
