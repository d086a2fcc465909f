import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Client, policies, type types } from "cassandra-driver"
import { instantFromMillis } from "../../src/domain/instant.ts"
import {
  CassandraProcess,
  CQL_PORT,
  DATACENTER,
  overlay,
  type ServerTls,
  type Settings,
  until,
} from "./cassandra-node.ts"
import { makePki, type Pki } from "./pki.ts"

export interface CassandraOptions {
  readonly authentication: CassandraAuthentication
  readonly nodes?: 1 | 2
  /** Laid over cassandra.yaml, maps key by key: a server that is set up wrongly on purpose. */
  readonly settings?: Settings
  /** Its server certificate is the nodes', its root is whom they trust about clients. The default's host is `cass.example.com`. */
  readonly pki?: Pki
  /** Trusted about clients instead. */
  readonly clientCaPem?: string
  /** The nodes are 127.0.0.{10n+1} and 127.0.0.{10n+2}: clusters that run at the same time take different ones. Default 1. */
  readonly network?: number
}

/**
 * `password`: PasswordAuthenticator. `mutual-tls`: MutualTlsAuthenticator with SpiffeCertificateValidator. Both with
 * CassandraAuthorizer, and with a client certificate required.
 */
export type CassandraAuthentication = "password" | "mutual-tls"

export interface CassandraNode {
  readonly hostId: string
  readonly address: string
  /** CQL in TLS. */
  readonly port: number
}

/** What another process needs to know of a running cluster; survives JSON. */
export interface ClusterAccess {
  readonly authentication: CassandraAuthentication
  readonly datacenter: string
  readonly nodes: readonly CassandraNode[]
  /** Sorted. */
  readonly hostIds: readonly string[]
  readonly admin: AdminAccess
}

/** A client certificate that the nodes trust, with the identity of role `cassandra`. */
export interface AdminAccess {
  readonly certPem: string
  readonly keyPem: string
}

export interface CassandraCluster extends ClusterAccess {
  readonly pki: Pki
  /** Runs CQL as superuser, on the first node. */
  execute(query: string, parameters?: readonly unknown[]): Promise<readonly types.Row[]>
  /** Replaces what all nodes present and whom they trust, as they run. */
  replaceTls(change: Partial<ServerTls>): Promise<void>
  /** Ends all nodes and starts them again on their data, with other settings laid over cassandra.yaml. */
  restart(settings?: Settings): Promise<void>
  /** All nodes' logs. */
  log(): string
  /** Ends the processes and removes their files. */
  stop(): Promise<void>
}

/** Starts Apache Cassandra 5.0, one JVM for each node. Rejects with the end of a log when a node does not begin to serve. */
export async function startCassandra(options: CassandraOptions): Promise<CassandraCluster> {
  const { authentication, network = 1 } = options
  const now = instantFromMillis(Date.now())
  const [pki, adminPki] = await Promise.all([options.pki ?? makePki({ now }), makePki({ now, name: "Admin" })])
  const adminClient = await adminPki.client({ commonName: "cassandra", identity: ADMIN_IDENTITY })
  const admin = { certPem: adminClient.chainPem, keyPem: adminClient.keyPem }
  let tls: ServerTls = {
    chainPem: pki.server.chainPem,
    keyPem: pki.server.keyPem,
    clientCaPem: options.clientCaPem ?? pki.root.certificatePem,
  }

  const folder = await mkdtemp(join(tmpdir(), "scb-cassandra-"))
  const addresses = [1, 2].slice(0, options.nodes).map(last => `127.0.0.${10 * network + last}`)
  const nodes = addresses.map(address => new CassandraProcess(address, addresses, join(folder, address)))
  const access = (): ClusterAccess => {
    const facts = nodes.map(({ hostId, address }) => ({ hostId, address, port: CQL_PORT }))
    const hostIds = facts.map(({ hostId }) => hostId).sort()
    return { authentication, datacenter: DATACENTER, nodes: facts, hostIds, admin }
  }
  const writeTls = (): Promise<unknown> => {
    const clientCaPem = tls.clientCaPem + adminPki.root.certificatePem
    return Promise.all(nodes.map(node => node.writeTls({ ...tls, clientCaPem })))
  }
  const stop = async (): Promise<void> => {
    await Promise.all(nodes.map(node => node.stop()))
    await rm(folder, { recursive: true, force: true })
  }
  // A node that has made one may lose it when the other joins, which then makes it anew: it is there when it can log in.
  const superuserIsThere = (): Promise<void> => until(() => canLogIn(access()), "a superuser")
  const startAll = (settings: Settings): Promise<unknown> => Promise.all(nodes.map(node => node.start(settings)))
  const enrolAdmin = async (): Promise<void> => {
    await startAll(AUTHENTICATORS.password)
    await superuserIsThere()
    await executeAsAdmin(access(), `ADD IDENTITY '${ADMIN_IDENTITY}' TO ROLE 'cassandra'`)
    await Promise.all(nodes.map(node => node.stop()))
  }

  try {
    await writeTls()
    // Identities are rows, and who writes them has to log in: before certificates decide, a first start with passwords.
    if (authentication === "mutual-tls") await enrolAdmin()
    await startAll(overlay(AUTHENTICATORS[authentication], options.settings ?? {}))
    if (authentication === "password") await superuserIsThere()
  } catch (error) {
    await stop()
    throw error
  }
  return {
    ...access(),
    pki,
    execute: (query, parameters) => executeAsAdmin(access(), query, parameters),
    async replaceTls(change) {
      tls = { ...tls, ...change }
      await writeTls()
      await Promise.all(nodes.map(node => node.nodetool("reloadssl")))
    },
    async restart(settings = {}) {
      await Promise.all(nodes.map(node => node.stop()))
      await startAll(overlay(AUTHENTICATORS[authentication], settings))
    },
    log: () => nodes.map(node => node.log).join("\n"),
    stop,
  }
}

/** Runs CQL as superuser on the first node of a cluster, whoever started it. */
export async function executeAsAdmin(
  { nodes, datacenter, admin }: ClusterAccess,
  query: string,
  parameters: readonly unknown[] = [],
): Promise<readonly types.Row[]> {
  const [node] = nodes
  if (node === undefined) throw new Error("a cluster without nodes")
  const contactPoints = [`${node.address}:${node.port}`]
  const { RoundRobinPolicy, AllowListPolicy } = policies.loadBalancing
  const client = new Client({
    contactPoints,
    localDataCenter: datacenter,
    policies: { loadBalancing: new AllowListPolicy(new RoundRobinPolicy(), contactPoints) },
    sslOptions: {
      cert: admin.certPem,
      key: admin.keyPem,
      servername: node.hostId,
      rejectUnauthorized: false,
    },
    // Cassandra 5.0 asks for them in both modes; MutualTlsAuthenticator does not look at the answer.
    credentials: { username: "cassandra", password: "cassandra" },
  })
  try {
    return (await client.execute(query, [...parameters], { prepare: parameters.length > 0 })).rows
  } finally {
    await client.shutdown()
  }
}

function canLogIn(access: ClusterAccess): Promise<boolean> {
  return executeAsAdmin(access, "SELECT host_id FROM system.local").then(
    () => true,
    () => false,
  )
}

const ADMIN_IDENTITY = "spiffe://admin.example.com/cassandra"

const AUTHENTICATORS: Readonly<Record<CassandraAuthentication, Settings>> = {
  password: { authenticator: { class_name: "org.apache.cassandra.auth.PasswordAuthenticator" } },
  "mutual-tls": {
    authenticator: {
      class_name: "org.apache.cassandra.auth.MutualTlsAuthenticator",
      parameters: { validator_class_name: "org.apache.cassandra.auth.SpiffeCertificateValidator" },
    },
  },
}
