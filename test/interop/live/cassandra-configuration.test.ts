import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { parse } from "yaml"
import { readTopology } from "../../../src/adapters/cluster-topology.ts"
import type { BundleName } from "../../../src/domain/names.ts"
import type { Identities } from "../../../src/domain/revocation/identities.ts"
import { renderCassandra } from "../../../src/gateway/configurations/cassandra.ts"
import { IDENTITY } from "../../support/bundle.ts"
import { type CassandraCluster, startCassandra } from "../../support/cassandra.ts"
import { CASSANDRA_IS_INSTALLED } from "../../support/cassandra-node.ts"

const BUNDLE: BundleName = "payments-prod/checkout"
const ADMITTED: Identities = {
  admitted: [{ identity: IDENTITY, role: "Check-out.rw@x", bundle: BUNDLE, keyspace: "shop", alsoRevoked: [] }],
  dropped: [],
}
const DROPPED: Identities = { admitted: [], dropped: [{ identity: IDENTITY, bundle: BUNDLE, reason: "revoked" }] }

describe.runIf(CASSANDRA_IS_INSTALLED)("Cassandra with what is rendered for it", () => {
  let cluster: CassandraCluster
  beforeAll(async () => {
    // the files are those of the test: their paths differ on every machine
    const {
      keystore: _,
      truststore: __,
      ...tls
    } = parse(rendered("cassandra-scb.yaml", ADMITTED)).client_encryption_options
    const settings = { ...parse(rendered("cassandra-scb.yaml", ADMITTED)), client_encryption_options: tls }
    cluster = await startCassandra({ authentication: "mutual-tls", nodes: 1, network: 5, settings })
    await cluster.execute(
      "CREATE KEYSPACE shop WITH replication = { 'class': 'SimpleStrategy', 'replication_factor': 1 }",
    )
  })
  afterAll(() => cluster?.stop())

  function rendered(file: string, identities: Identities): string {
    const files = renderCassandra({
      cluster: {
        file: "bundles/payments-prod/cluster.yaml",
        name: "payments-prod",
        endpoint: { host: "cass.example.com", metadataPort: 29080, cqlPort: 29042 },
        authentication: "mutual-tls",
      },
      directory: "/etc/scb/payments-prod",
      identities,
    })
    return files.find(({ name }) => name === file)?.text ?? ""
  }

  /** As `cqlsh -f` does it. */
  async function run(cql: string): Promise<void> {
    const statements = cql.replaceAll(/^--.*$/gm, "").split(";")
    for (const statement of statements) if (statement.trim() !== "") await cluster.execute(statement)
  }

  async function topology() {
    const client = await cluster.pki.client({ identity: IDENTITY })
    return readTopology({
      contacts: cluster.nodes.map(({ address, port }) => ({ host: address, port })),
      tls: {
        cert: client.chainPem,
        key: client.keyPem,
        ca: cluster.pki.root.certificatePem,
        servername: cluster.pki.host,
      },
      timeoutMillis: 10_000,
    })
  }

  it("knows an identity once grant.cql has run, twice", async () => {
    for (const _ of [1, 2]) await run(rendered("grant.cql", ADMITTED))
    const rows = await cluster.execute("SELECT role FROM system_auth.identity_to_role WHERE identity = ?", [IDENTITY])
    expect(rows.map(row => row["role"])).toEqual(["Check-out.rw@x"])
    const permissions = await cluster.execute(`LIST ALL PERMISSIONS OF "Check-out.rw@x"`)
    expect(permissions.map(row => [row["resource"], row["permission"]])).toEqual([["<keyspace shop>", "SELECT"]])
  })

  it("tells that identity where its nodes are", async () => {
    expect(await topology()).toEqual(
      cluster.nodes.map(({ hostId, address, port }) => ({
        hostId,
        datacenter: cluster.datacenter,
        rpcAddress: address,
        broadcastAddress: address,
        nativePort: port,
      })),
    )
  })

  it("knows it no more once revoke.cql has run, twice", async () => {
    for (const _ of [1, 2]) await run(rendered("revoke.cql", DROPPED))
    const rows = await cluster.execute("SELECT role FROM system_auth.identity_to_role WHERE identity = ?", [IDENTITY])
    expect(rows).toEqual([])
  })
})
