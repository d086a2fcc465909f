import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { executeAsAdmin } from "../../support/cassandra.ts"
import { CASSANDRA_IS_INSTALLED } from "../../support/cassandra-node.ts"
import {
  LIVE_BUNDLES,
  type LiveRepository,
  openLiveRepository,
  type ServedGateway,
} from "../../support/live-repository.ts"
import { type SharedCluster, sharedCluster } from "../../support/shared-clusters.ts"
import { type RunningClient, startClient } from "../clients/client.ts"
import { newest } from "./newest.ts"

describe.runIf(CASSANDRA_IS_INSTALLED).each(["password", "mutual-tls"] as const)(
  "a bundle of a real cluster with authentication %s",
  authentication => {
    let cluster: SharedCluster
    let repository: LiveRepository
    let gateway: ServedGateway
    let driver: RunningClient

    beforeAll(async () => {
      cluster = await sharedCluster(authentication)
      repository = await openLiveRepository(cluster)
      gateway = await repository.serve()
      driver = await startClient(newest("nodejs"))
      await repository.grantIn(cluster)
      if (authentication === "password")
        await cluster.execute("ALTER ROLE checkout_rw WITH PASSWORD = 'a-test-password'")
    })

    afterAll(async () => {
      await driver?.stop()
      await gateway?.stop()
      repository?.remove()
    })

    it.each(LIVE_BUNDLES)("takes a driver to every node: $name, key $key", async ({ name }) => {
      const bundle = await repository.fetch(name)
      const answer = await driver.ask({ task: "session", bundle, keyspace: "shop", ...LOGIN })
      expect(answer).toMatchObject({ ok: true, hostIds: cluster.hostIds, words: expect.stringMatching(/^hello from /) })
    })

    it("leads to the node that the TLS server name asks for", async () => {
      for (const hostId of cluster.hostIds) {
        const asked = { ...cluster, nodes: [{ hostId, address: "127.0.0.1", port: repository.cqlPort }] }
        const [local] = await executeAsAdmin(asked, "SELECT host_id FROM system.local")
        expect(String(local?.["host_id"])).toBe(hostId)
      }
    })

    // Cassandra 5.0 sends AUTHENTICATE in both modes, and MutualTlsAuthenticator does not read the answer.
    it("refuses a driver that has no login to send", async () => {
      const bundle = await repository.fetch("ledger")
      const answer = await driver.ask({ task: "connect", bundle })
      expect(answer).toMatchObject({ ok: false, error: expect.stringContaining("requires authentication") })
    })

    it("reads the login where passwords decide, and nowhere else", async () => {
      const bundle = await repository.fetch("ledger")
      const answer = await driver.ask({ task: "connect", bundle, username: "nobody", password: "a-wrong-password" })
      expect(answer).toMatchObject(
        authentication === "mutual-tls"
          ? { ok: true }
          : { ok: false, error: expect.stringContaining("Provided username nobody and/or password are incorrect") },
      )
    })
  },
)

const LOGIN = { username: "checkout_rw", password: "a-test-password" }
