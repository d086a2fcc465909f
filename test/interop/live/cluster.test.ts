import { describe, expect, it } from "vitest"
import { CASSANDRA_IS_INSTALLED } from "../../support/cassandra-node.ts"
import { sharedCluster } from "../../support/shared-clusters.ts"

describe.runIf(CASSANDRA_IS_INSTALLED).each(["password", "mutual-tls"] as const)("a cluster with %s", authentication => {
  it("tells its superuser the host ids of both nodes", async () => {
    const cluster = await sharedCluster(authentication)
    const local = await cluster.execute("SELECT host_id FROM system.local")
    const peers = await cluster.execute("SELECT host_id FROM system.peers_v2")
    expect([...local, ...peers].map(row => String(row["host_id"])).sort()).toEqual(cluster.hostIds)
  })
})
