import { afterAll, beforeAll, describe, expect, it } from "vitest"
import type { KeyAlgorithm } from "../../../src/domain/bundle.ts"
import { IDENTITY } from "../../support/bundle.ts"
import { type Cloud, startCloud } from "../../support/cloud.ts"
import { CLIENT_PROGRAMS, type ClientAnswer, type RunningClient, startClient } from "../clients/client.ts"

/** What stand-in nodes and the embedded gateway tell of a driver's connections, which no real cluster tells. */
const HOST_IDS = ["aaaaaaaa-0000-4000-8000-000000000001", "aaaaaaaa-0000-4000-8000-000000000002"]
const OWN_CODE = new Set(["nodejs", "python", "java", "gocql-astra", "cpp"])
const DRIVERS = CLIENT_PROGRAMS.filter(({ name, installed }) => installed && OWN_CODE.has(name))

const clients = new Map<string, RunningClient>()
beforeAll(async () => {
  for (const program of DRIVERS) clients.set(`${program.name} ${program.version}`, await startClient(program))
})
afterAll(() => Promise.all([...clients.values()].map(client => client.stop())))

/** The answer of one driver to `bundle`. */
function session(
  { name, version }: (typeof DRIVERS)[number],
  bundle: string,
  password?: string,
): Promise<ClientAnswer> {
  const client = clients.get(`${name} ${version}`)
  if (client === undefined) throw new Error(`${name} ${version} is not running`)
  const login = password === undefined ? {} : { username: "checkout", password }
  return client.ask({ task: "session", bundle, keyspace: "shop", ...login })
}

describe.each(["P-256", "P-384", "RSA-2048"] satisfies readonly KeyAlgorithm[])("a bundle with a %s key", algorithm => {
  let cloud: Cloud
  beforeAll(async () => {
    cloud = await startCloud({ algorithm })
  })
  afterAll(() => cloud.stop())

  it.each(DRIVERS)("leads $name $version to every node, to write and to read", async driver => {
    const answer = await session(driver, cloud.bundle)

    expect(answer).toMatchObject({ ok: true, hostIds: HOST_IDS, version: driver.version })
    expect(answer).toHaveProperty("words", expect.stringMatching(/^hello from /))
  })

  it("gives each node its own connections, known by the identity of the certificate", () => {
    for (const node of cloud.nodes) {
      expect(node.sessions.length).toBeGreaterThan(0)
      for (const session of node.sessions) {
        expect(session).toMatchObject({ serverName: node.hostId, identity: IDENTITY, role: "checkout_rw" })
      }
    }
    expect(cloud.gateway.stats()).toMatchObject({ metadataRefused: 0, refused: {}, dropped: 0 })
  })
})

describe("a cluster that asks for passwords", () => {
  let cloud: Cloud
  beforeAll(async () => {
    const authentication = { kind: "password", passwords: { checkout: "test-only" } } as const
    cloud = await startCloud({ algorithm: "P-256", authentication })
  })
  afterAll(() => cloud.stop())

  it.each(DRIVERS)("takes those of $name $version on top of the bundle", async driver => {
    expect(await session(driver, cloud.bundle, "test-only")).toMatchObject({ ok: true, hostIds: HOST_IDS })
  })

  it.each(DRIVERS)("refuses a wrong one of $name $version", async driver => {
    expect(await session(driver, cloud.bundle, "wrong")).toMatchObject({
      ok: false,
      error: expect.stringMatching(/password are incorrect|authenticat|credentials/i),
    })
  })
})

describe("a bundle whose identity has no role", () => {
  let cloud: Cloud
  beforeAll(async () => {
    cloud = await startCloud({ algorithm: "P-256", authentication: { kind: "mutual-tls", roles: {} } })
  })
  afterAll(() => cloud.stop())

  it.each(DRIVERS)("is refused by the nodes, as $name $version says", async driver => {
    const error = expect.stringMatching(/not authorized/)
    expect(await session(driver, cloud.bundle)).toMatchObject({ ok: false, error })
  })
})

describe("a node that the gateway does not know", () => {
  let cloud: Cloud
  beforeAll(async () => {
    cloud = await startCloud({ algorithm: "P-256" })
    cloud.gateway.updateNodes(cloud.nodes.slice(0, 1).map(({ clusterNode }) => clusterNode))
  })
  afterAll(() => cloud.stop())

  it.each(DRIVERS)("is down for $name $version, which goes on with the others", async driver => {
    const before = cloud.gateway.stats().refused["unknown-host-id"] ?? 0

    expect(await session(driver, cloud.bundle)).toMatchObject({ ok: true, hostIds: HOST_IDS.slice(0, 1) })
    expect(cloud.gateway.stats().refused["unknown-host-id"]).toBeGreaterThan(before)
  })
})
