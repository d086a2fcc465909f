import { writeFile } from "node:fs/promises"
import { join } from "node:path"
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest"
import { writeTrustStore } from "../../../src/artifact/jks.ts"
import { instantFromMillis } from "../../../src/domain/instant.ts"
import { type AstraBundle, astraBundle } from "../../support/astra-bundle.ts"
import { CASSANDRA_IS_INSTALLED } from "../../support/cassandra-node.ts"
import { temporaryDirectory } from "../../support/git.ts"
import { type LiveRepository, openLiveRepository, type ServedGateway } from "../../support/live-repository.ts"
import { type SharedCluster, sharedCluster } from "../../support/shared-clusters.ts"
import { type ClientAnswer, type RunningClient, startClient } from "../clients/client.ts"
import { newest } from "./newest.ts"

const NOW = instantFromMillis(Date.now())
const DRIVERS = ["nodejs", "java", "python", "gocql-astra"].map(newest).filter(({ installed }) => installed)
const LOGIN = { username: "cassandra", password: "cassandra" }

/** RC2 in its PKCS#12, ten years, a common name alone, PKCS#1. */
describe.runIf(CASSANDRA_IS_INSTALLED)("a bundle in the shape of Astra's, on a cluster with", () => {
  const folder = temporaryDirectory()
  let astra: AstraBundle

  beforeAll(async () => {
    astra = await astraBundle(NOW)
  })
  afterAll(() => folder.remove())

  describe.each(["password", "mutual-tls"] as const)("authentication %s", authentication => {
    let cluster: SharedCluster
    let repository: LiveRepository
    let gateway: ServedGateway
    let bundle: string
    let client: RunningClient | undefined

    beforeAll(async () => {
      cluster = await sharedCluster(authentication)
      const trusted = cluster.pki.root.certificatePem + astra.material.caPem
      await cluster.replaceTls({ clientCaPem: trusted })
      repository = await openLiveRepository(cluster)
      gateway = await repository.serve()
      await gateway.reload({ clientCaPem: trusted })
      bundle = join(folder.path, `${authentication}.zip`)
      await writeFile(bundle, astra.pack(whereabouts()), { mode: 0o600 })
    })

    afterEach(() => client?.stop())
    afterAll(async () => {
      await gateway?.stop()
      await cluster?.replaceTls({ clientCaPem: cluster.pki.root.certificatePem })
      repository?.remove()
    })

    it.each(DRIVERS)(OUTCOMES[authentication].rule, async program => {
      client = await startClient(program)
      expect(await client.ask({ task: "connect", bundle, ...LOGIN })).toMatchObject(
        OUTCOMES[authentication].answer(cluster.hostIds),
      )
    })

    /** This cluster in place of Astra's. */
    function whereabouts(): Readonly<Record<string, Uint8Array>> {
      const { host, root } = cluster.pki
      const { keyStore, trustStore, pfx } = astra.material.passwords
      const passwords = { keyStorePassword: keyStore, trustStorePassword: trustStore, pfxCertPassword: pfx }
      const { metadataPort: port, cqlPort: cql_port } = repository
      const trust = { certificates: [root.certificate], password: trustStore, createdAt: NOW }
      return {
        "ca.crt": Buffer.from(root.certificatePem),
        "trustStore.jks": writeTrustStore(trust),
        "config.json": Buffer.from(
          JSON.stringify({ host, port, cql_port, keyspace: "ks", localDC: "dc1", ...passwords }),
        ),
      }
    }
  })
})

/** MutualTlsAuthenticator finds no identity in a certificate without SPIFFE ID. */
const OUTCOMES: Readonly<Record<"password" | "mutual-tls", Outcome>> = {
  password: { rule: "$name connects", answer: hostIds => ({ ok: true, hostIds }) },
  "mutual-tls": {
    rule: "$name is refused",
    answer: () => ({ ok: false, error: expect.stringMatching(/Unable to extract Spiffe from the certificate/) }),
  },
}

interface Outcome {
  readonly rule: string
  answer(hostIds: readonly string[]): Partial<ClientAnswer>
}
