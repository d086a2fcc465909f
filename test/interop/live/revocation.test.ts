import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest"
import { instantFromMillis } from "../../../src/domain/instant.ts"
import { CASSANDRA_IS_INSTALLED } from "../../support/cassandra-node.ts"
import { leafOf } from "../../support/leaf-of.ts"
import { type LiveRepository, openLiveRepository } from "../../support/live-repository.ts"
import { startHaproxy } from "../../support/proxies.ts"
import { revocationList } from "../../support/revocation-list.ts"
import { type SharedCluster, sharedCluster } from "../../support/shared-clusters.ts"
import { hasTool } from "../../support/tools.ts"
import { type RunningClient, startClient } from "../clients/client.ts"
import { newest } from "./newest.ts"

const IDENTITY = "spiffe://example.com/shop-prod/ledger"
const NOT_AUTHORIZED = `Certificate identity '${IDENTITY}' not authorized`
const LOGIN = { username: "ledger", password: "not-looked-at" }

describe.runIf(CASSANDRA_IS_INSTALLED)("on a real cluster", () => {
  let cluster: SharedCluster
  let repository: LiveRepository
  let bundle: string
  let other: string
  let client: RunningClient | undefined

  beforeAll(async () => {
    cluster = await sharedCluster("mutual-tls")
    repository = await openLiveRepository(cluster)
    await repository.grantIn(cluster)
    bundle = await repository.fetch("ledger")
    other = await repository.fetch("checkout")
  })

  afterEach(() => client?.stop())
  afterAll(() => repository?.remove())

  const connects = async (with_: string): Promise<unknown> => client?.ask({ task: "connect", bundle: with_, ...LOGIN })

  describe.each(["nodejs", "java", "python", "gocql-astra"].map(newest))("$name $version", program => {
    describe.runIf(program.installed)("installed", () => {
      it("is refused once its identity is dropped, while others go on", async () => {
        const gateway = await repository.serve()
        client = await startClient(program)
        expect(await connects(bundle)).toMatchObject({ ok: true })
        await cluster.execute(`DROP IDENTITY '${IDENTITY}'`)
        expect(await connects(bundle)).toMatchObject({ ok: false, error: expect.stringContaining(NOT_AUTHORIZED) })
        expect(await connects(other)).toMatchObject({ ok: true })
        await cluster.execute(`ADD IDENTITY '${IDENTITY}' TO ROLE 'ledger_rw'`)
        expect(await connects(bundle)).toMatchObject({ ok: true })
        await gateway.stop()
      })

      it("is refused once a list at the gateway has its certificate, while others go on", async () => {
        const gateway = await repository.serve({ crlPem: await lists([]) })
        client = await startClient(program)
        expect(await connects(bundle)).toMatchObject({ ok: true })
        await gateway.reload({ crlPem: await lists([bundle]) })
        expect(await connects(bundle)).toMatchObject({ ok: false, error: expect.any(String) })
        expect(gateway.events()).toContain("reason=CERT_REVOKED")
        expect(await connects(other)).toMatchObject({ ok: true })
        await gateway.stop()
      })

      it.runIf(hasTool("haproxy"))(
        "is refused once a list at HAProxy has its certificate, while others go on",
        async () => {
          const { pki, nodes, datacenter } = cluster
          const proxy = await startHaproxy({
            host: pki.host,
            datacenter,
            nodes: nodes.map(({ hostId, address, port }) => ({ hostId, address: `${address}:${port}` })),
            metadataPort: repository.metadataPort,
            cqlPort: repository.cqlPort,
            certificatePem: pki.server.chainPem,
            privateKeyPem: pki.server.keyPem,
            clientCaPem: pki.issuer.certificatePem + pki.root.certificatePem,
            crlPem: await lists([]),
          })
          client = await startClient(program)
          expect(await connects(bundle)).toMatchObject({ ok: true })
          await proxy.reload({ crlPem: await lists([bundle]) })
          expect(await connects(bundle)).toMatchObject({ ok: false, error: expect.any(String) })
          expect(await connects(other)).toMatchObject({ ok: true })
          await proxy.stop()
        },
      )
    })
  })

  /** One of each CA, as OpenSSL wants them; these bundles' certificates are in them. */
  async function lists(revoked: readonly string[]): Promise<string> {
    const now = instantFromMillis(Date.now())
    const leaves = await Promise.all(revoked.map(leafOf))
    const certificates = leaves.map(({ raw }) => ({ certificate: raw }))
    return revocationList(cluster.pki.issuer, now, certificates) + revocationList(cluster.pki.root, now, [])
  }
})
