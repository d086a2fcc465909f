import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { buildRequest } from "../../../src/artifact/csr.ts"
import { generateKeyPair } from "../../../src/artifact/keys.ts"
import { encodePem } from "../../../src/artifact/pem.ts"
import type { Measurements } from "../../../src/domain/measurements.ts"
import type { CassandraAuthentication } from "../../support/cassandra.ts"
import { CASSANDRA_IS_INSTALLED } from "../../support/cassandra-node.ts"
import { temporaryDirectory } from "../../support/git.ts"
import { type LiveRepository, openLiveRepository } from "../../support/live-repository.ts"
import { type ProxyOptions, startHaproxy, startNginx } from "../../support/proxies.ts"
import { type SharedCluster, sharedCluster } from "../../support/shared-clusters.ts"
import { hasTool } from "../../support/tools.ts"
import { CLIENT_PROGRAMS, type RunningClient, startClient } from "../clients/client.ts"
import { type Cell, gatewayVersions, measuredProgram, nameOf, record, recorded } from "./matrix-record.ts"

/** Bundles of the repository, and the roles they log in as, by how their keys came about. */
const BUNDLES = {
  "P-256, generated": { name: "ledger", role: "ledger_rw" },
  "RSA-2048, generated": { name: "checkout", role: "checkout_rw" },
  "P-256, kept by its owner": { name: "reporting", role: "reporting_ro" },
  "RSA-2048, kept by its owner": { name: "audit", role: "reporting_ro" },
} as const
type Key = keyof typeof BUNDLES
const ALL = Object.keys(BUNDLES) as Key[]

/** The way of the first gateway is gone with every key, that of the others with one. */
const WAYS: Readonly<Record<CassandraAuthentication, Readonly<Record<string, readonly Key[]>>>> = {
  "mutual-tls": { embedded: ALL, haproxy: ["P-256, kept by its owner"], nginx: ["RSA-2048, generated"] },
  password: {
    embedded: ["RSA-2048, kept by its owner"],
    haproxy: ["P-256, generated"],
    "haproxy, terminating": ["RSA-2048, generated"],
    nginx: ["P-256, kept by its owner"],
  },
}

const WAY_COUNT = Object.values(WAYS).flatMap(gateways => Object.values(gateways).flat()).length
const PASSWORD = "test-only"
/** SCB_INTEROP_PROGRAMS, a pattern such as `python 3`, is for who has added one and will not wait for all. */
const ASKED = new RegExp(process.env["SCB_INTEROP_PROGRAMS"] ?? "")
const PROGRAMS = CLIENT_PROGRAMS.filter(program => program.installed && ASKED.test(nameOf(program)))
const passed = new Map(PROGRAMS.map(program => [program, [] as Cell[]]))
let measurements: Measurements | undefined

describe.runIf(CASSANDRA_IS_INSTALLED && hasTool("haproxy") && hasTool("nginx"))("the matrix", () => {
  describe.each(["mutual-tls", "password"] as const)("a cluster with %s", authentication => {
    let cluster: SharedCluster
    const gateways = new Map<string, RunningGateway>()

    beforeAll(async () => {
      cluster = await sharedCluster(authentication)
      for (const [gateway, keys] of Object.entries(WAYS[authentication]))
        gateways.set(gateway, await startWay(cluster, gateway, keys))
      const [first] = gateways.values()
      if (first !== undefined) await admit(cluster, first.repository)
    })
    afterAll(() => Promise.all([...gateways.values()].map(({ stop }) => stop())))

    describe.each(PROGRAMS)("and $name $version", program => {
      let client: RunningClient
      beforeAll(async () => {
        client = await startClient(program)
      })
      afterAll(() => client.stop())

      const cells = Object.entries(WAYS[authentication]).flatMap(([gateway, keys]) =>
        keys.map(key => ({ authentication, gateway, key })),
      )
      it.each(cells)("work by way of $gateway with a key that is $key", async cell => {
        const bundle = gateways.get(cell.gateway)?.bundles.get(cell.key) ?? ""
        // Cassandra 5.0 asks for a password after a certificate too, and takes any.
        const [username, password] =
          authentication === "password" ? [BUNDLES[cell.key].role, PASSWORD] : ["unused", "unused"]

        const answer = await client.ask({ task: "session", bundle, keyspace: "matrix", username, password }, 30_000)

        expect(answer).toMatchObject({ ok: true, version: program.version })
        if (!answer.ok) return
        expect(answer.words).toMatch(/^hello from /)
        if (program.keepsSessions) expect(answer.hostIds).toEqual(cluster.hostIds)
        else expect(cluster.hostIds).toEqual(expect.arrayContaining([...(answer.hostIds ?? [])]))
        passed.get(program)?.push(cell)
      })
    })

    it("says its version", async () => {
      const [row] = await cluster.execute("SELECT release_version FROM system.local")
      measurements = {
        cassandra: String(row?.["release_version"]),
        gateways: gatewayVersions(),
        programs: [...passed].map(([program, cells]) => measuredProgram(program, cells)),
      }
    })
  })

  it("is the one on record (`npm run interop -- --record` writes it anew)", () => {
    expect(measurements).toBeDefined()
    if (measurements === undefined) return
    const results = process.env["SCB_INTEROP_MATRIX"]
    if (results !== undefined) writeFileSync(results, JSON.stringify(measurements))
    if (process.env["SCB_INTEROP_RECORD"] === "true") {
      expect([...passed.values()].map(({ length }) => length)).toEqual(PROGRAMS.map(() => WAY_COUNT))
      record(measurements)
    }
    const ran = new Set(PROGRAMS.map(nameOf))
    const before = recorded().programs.filter(program => ran.has(nameOf(program)))
    expect(measurements.programs).toEqual(before.map(program => ({ ...program, measuredOn: expect.any(String) })))
  })
})

interface RunningGateway {
  readonly repository: LiveRepository
  /** Paths of ZIPs by their keys. */
  readonly bundles: ReadonlyMap<string, string>
  stop(): Promise<void>
}

/** A repository of its own for each gateway, because a bundle says where its gateway listens. */
async function startWay(cluster: SharedCluster, gateway: string, keys: readonly Key[]): Promise<RunningGateway> {
  const repository = await openLiveRepository(cluster)
  const folder = temporaryDirectory()
  const ownKey = join(folder.path, "audit.key")
  const key = await generateKeyPair("RSA-2048")
  writeFileSync(ownKey, encodePem("PRIVATE KEY", key.privateKey), { mode: 0o600 })
  const reporting = repository.read("bundles/shop-prod/reporting.yaml")
  repository.commit({
    "bundles/shop-prod/audit.yaml": reporting.replace(/reporting(?!_ro)/g, "audit"),
    "bundles/shop-prod/audit.csr": encodePem("CERTIFICATE REQUEST", buildRequest(key, "audit")),
  })
  await repository.scb("apply")
  const running = await startGatewayOf(gateway, cluster, repository)
  const bundles = new Map<string, string>()
  for (const each of keys) {
    const { name } = BUNDLES[each]
    const out = join(folder.path, `${name}.zip`)
    await repository.scb("fetch", `shop-prod/${name}`, "--out", out, ...(name === "audit" ? ["--key", ownKey] : []))
    bundles.set(each, out)
  }
  return {
    repository,
    bundles,
    async stop() {
      await running.stop()
      repository.remove()
      folder.remove()
    },
  }
}

async function startGatewayOf(
  gateway: string,
  { pki, datacenter, nodes }: SharedCluster,
  repository: LiveRepository,
): Promise<{ stop(): Promise<void> }> {
  if (gateway === "embedded") return repository.serve()
  const { metadataPort, cqlPort } = repository
  const { server, issuer, root, host } = pki
  const options: ProxyOptions = {
    host,
    datacenter,
    nodes: nodes.map(({ hostId, address, port }) => ({ hostId, address: `${address}:${port}` })),
    metadataPort,
    cqlPort,
    certificatePem: server.chainPem,
    privateKeyPem: server.keyPem,
    clientCaPem: issuer.certificatePem + root.certificatePem,
  }
  if (gateway === "nginx") return startNginx(options)
  if (gateway === "haproxy") return startHaproxy(options)
  const shown = await pki.client({ commonName: "proxy" })
  const terminate = {
    nodeCaPem: root.certificatePem,
    certificatePem: shown.chainPem,
    privateKeyPem: shown.keyPem,
  }
  return startHaproxy({ ...options, terminate })
}

async function admit(cluster: SharedCluster, repository: LiveRepository): Promise<void> {
  await repository.grantIn(cluster)
  if (cluster.authentication === "mutual-tls") return
  // Not twice: Cassandra lets a password be changed every 5 s only.
  for (const role of new Set(Object.values(BUNDLES).map(({ role }) => role)))
    await cluster.execute(`ALTER ROLE ${role} WITH PASSWORD = '${PASSWORD}'`)
}
