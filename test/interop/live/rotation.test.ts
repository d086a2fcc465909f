import { setTimeout as pause } from "node:timers/promises"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { instantFromMillis } from "../../../src/domain/instant.ts"
import { CASSANDRA_IS_INSTALLED } from "../../support/cassandra-node.ts"
import { leafOf } from "../../support/leaf-of.ts"
import { type LiveRepository, openLiveRepository, type ServedGateway } from "../../support/live-repository.ts"
import { makePki, type Pki } from "../../support/pki.ts"
import { type SharedCluster, sharedCluster } from "../../support/shared-clusters.ts"
import { type ClientAnswer, type RunningClient, startClient } from "../clients/client.ts"
import { newest } from "./newest.ts"

const DRIVERS = ["nodejs", "java", "python", "gocql-astra"].map(newest).filter(({ installed }) => installed)
const LOGIN = { username: "ledger", password: "not-looked-at" }
const CLUSTER_FILE = "bundles/shop-prod/cluster.yaml"
const LEDGER_FILE = "bundles/shop-prod/ledger.yaml"

describe.runIf(CASSANDRA_IS_INSTALLED)("rotation without outage, with sessions that stay open", () => {
  let cluster: SharedCluster
  let next: Pki
  let repository: LiveRepository
  let gateway: ServedGateway
  /** Versions of one bundle, as applications hold them. */
  let first: string
  let second: string
  let third: string
  let open: readonly OpenSession[]
  let clients: readonly RunningClient[]

  beforeAll(async () => {
    cluster = await sharedCluster("mutual-tls")
    next = await makePki({ name: "Next", host: cluster.pki.host, now: instantFromMillis(Date.now()) })
    repository = await openLiveRepository(cluster)
    await repository.grantIn(cluster)
    gateway = await repository.serve()
    first = await repository.fetch("ledger")
    clients = await Promise.all(DRIVERS.map(startClient))
    // one makes the table that all of them use: Cassandra does not take the same DDL from several at once
    await clients[0]?.ask({ task: "session", bundle: first, keyspace: "shop", ...LOGIN })
    await everyone({ ok: true }, first)
    open = await Promise.all(DRIVERS.map(program => openSession(program, first)))
  })

  afterAll(async () => {
    await Promise.all((open ?? []).map(session => session.end()))
    await Promise.all((clients ?? []).map(client => client.stop()))
    await gateway?.stop()
    const { server, root } = cluster.pki
    await cluster.replaceTls({ chainPem: server.chainPem, keyPem: server.keyPem, clientCaPem: root.certificatePem })
    repository?.remove()
  })

  it("a new version has another key and the same identity: new sessions take it, or the old one", async () => {
    repository.commit({ [LEDGER_FILE]: `${repository.read(LEDGER_FILE)}lifetime: 20d\n` })
    await repository.scb("apply")
    second = await repository.fetch("ledger")
    const [before, after] = await Promise.all([leafOf(first), leafOf(second)])
    expect(after.publicKey.equals(before.publicKey)).toBe(false)
    expect(after.subjectAltName).toBe(before.subjectAltName)
    await everyone({ ok: true, hostIds: cluster.hostIds }, second)
    await everyone({ ok: true, hostIds: cluster.hostIds }, first)
  })

  it("nodes and gateway trust the old and the next CA: a bundle of the next one connects", async () => {
    await trust(cluster.pki, next)
    repository.commit({
      "bundles/shop-prod/ca/next-root.crt": next.root.certificatePem,
      [CLUSTER_FILE]: repository
        .read(CLUSTER_FILE)
        .replace("[ca/server-root.crt]", "[ca/server-root.crt, ca/next-root.crt]"),
    })
    repository.acceptIssuer()
    repository.issueBy(next)
    await repository.scb("apply")
    third = await repository.fetch("ledger")
    await everyone({ ok: true, hostIds: cluster.hostIds }, third)
    await everyone({ ok: true, hostIds: cluster.hostIds }, second)
  })

  it("nodes and gateway present certificates of the next CA: the new bundle trusts both", async () => {
    const { chainPem, keyPem } = next.server
    await cluster.replaceTls({ chainPem, keyPem })
    await gateway.reload({ server: next.server })
    await everyone({ ok: true, hostIds: cluster.hostIds }, third)
  })

  it("nodes and gateway trust the next CA alone: the old bundle is refused", async () => {
    await trust(next)
    await everyone({ ok: true, hostIds: cluster.hostIds }, third)
    await everyone({ ok: false }, second)
  })

  it("no session that was opened before all this has missed a query", async () => {
    for (const session of open) {
      const { name, answers } = await session.end()
      expect(answers.length, name).toBeGreaterThan(20)
      expect(
        answers.filter(({ ok }) => !ok),
        name,
      ).toEqual([])
    }
  })

  async function trust(...pkis: readonly Pki[]): Promise<void> {
    const clientCaPem = pkis.map(({ root }) => root.certificatePem).join("")
    await cluster.replaceTls({ clientCaPem })
    await gateway.reload({ clientCaPem })
  }

  async function everyone(expected: Partial<ClientAnswer>, bundle: string): Promise<void> {
    const ask = (client: RunningClient): Promise<ClientAnswer> =>
      client.ask({ task: "session", bundle, keyspace: "shop", ...LOGIN })
    const answers = await Promise.all(clients.map(ask))
    for (const [index, answer] of answers.entries()) expect(answer, DRIVERS[index]?.name).toMatchObject(expected)
  }
})

interface OpenSession {
  /** Its queries so far are its last. */
  end(): Promise<{ readonly name: string; readonly answers: readonly ClientAnswer[] }>
}

/** A session that writes and reads several times a second. */
async function openSession(program: (typeof DRIVERS)[number], bundle: string): Promise<OpenSession> {
  const client = await startClient(program)
  const opened = await client.ask({ task: "open", bundle, ...LOGIN })
  if (!opened.ok) throw new Error(`${program.name}: ${opened.error}`)
  const { session = "" } = opened
  const answers: ClientAnswer[] = []
  let goesOn = true
  const asking = (async () => {
    for (; goesOn; await pause(200)) answers.push(await client.ask({ task: "query", session, keyspace: "shop" }))
  })()
  return {
    async end() {
      goesOn = false
      await asking
      await client.stop()
      return { name: program.name, answers }
    },
  }
}
