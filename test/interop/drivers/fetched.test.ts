import { createPrivateKey } from "node:crypto"
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { freePorts } from "../../../scripts/demo/free-ports.ts"
import { instantFromMillis } from "../../../src/domain/instant.ts"
import { type Gateway, startGateway } from "../../../src/gateway/gateway.ts"
import { demoEnvironment, type Environment, openShell, type Shell } from "../../support/cli.ts"
import { type CqlNode, startCqlNode } from "../../support/cql-node.ts"
import { Tables } from "../../support/cql-tables.ts"
import { type DnsResponder, startDnsResponder } from "../../support/dns-responder.ts"
import { connectWith, DRIVERS } from "./installed.ts"

const NOW = instantFromMillis(Date.now()) // drivers read the real clock
const BUNDLES = [
  { name: "checkout", key: "RSA-2048", role: "checkout_rw" },
  { name: "reporting", key: "P-256, kept by its owner", role: "reporting_ro" },
]

let shell: Shell
let env: Environment
let firstPort: number
let nodes: readonly CqlNode[]
let gateway: Gateway
let dns: DnsResponder

/** The whole way: init, apply, fetch; then the cluster `shop-prod` as its YAML describes it. */
beforeAll(async () => {
  shell = openShell()
  firstPort = await freePorts(8)
  const port = String(firstPort)
  expect((await shell.scb(["init", "demo", "--demo", "--demo-port", port], { now: NOW })).code).toBe(0)
  env = demoEnvironment(join(shell.folder, "demo-keys"))
  expect((await shell.scb(["apply"], { in: "demo", env, now: NOW })).code).toBe(0)
  for (const { name } of BUNDLES) {
    const fetched = await shell.scb(["fetch", `shop-prod/${name}`, "--out", `../${name}.zip`], {
      in: "demo",
      env,
      now: NOW,
    })
    expect(fetched.stdout).toContain("complete     yes")
  }
  nodes = await startNodes()
  gateway = await startShopGateway()
  dns = await startDnsResponder([HOST])
})

afterAll(async () => {
  await Promise.all([gateway.stop(0), dns.stop(), ...nodes.map(node => node.stop())])
  shell.remove()
})

describe.each(BUNDLES)("a fetched bundle, key $key,", ({ name, role }) => {
  describe.each(DRIVERS)("and $name", driver => {
    describe.runIf(driver.installed)("installed", () => {
      it("reach every node through the gateway, write and read", async () => {
        const report = await connectWith(driver, { bundle: join(shell.folder, `${name}.zip`), host: HOST, dns })
        expect(report.hostIds).toEqual(HOST_IDS)
        expect(report.words).toMatch(/^hello from /)
        const identity = `spiffe://example.com/shop-prod/${name}`
        expect(
          nodes.flatMap(node => node.sessions).some(session => session.identity === identity && session.role === role),
        ).toBe(true)
      })
    })
  })
})

const HOST = "cassandra.shop-prod.example.com"
const HOST_IDS = ["00000002-0000-4000-8000-000000000001", "00000002-0000-4000-8000-000000000002"]

const inKeys = (file: string): string => readFileSync(join(shell.folder, "demo-keys", file), "utf8")
const issuer = (): string => readFileSync(join(shell.folder, "demo/bundles/shop-prod/ca/issuer.crt"), "utf8")

function serverKey(): string {
  const key = createPrivateKey({ key: inKeys("server.key"), passphrase: env["SCB_GATEWAY_KEY_PASSPHRASE"] ?? "" })
  return key.export({ format: "pem", type: "pkcs8" }).toString()
}

function startNodes(): Promise<readonly CqlNode[]> {
  const identities = HOST_IDS.map((hostId, index) => ({ hostId, rpcAddress: `10.0.0.${index + 1}` }))
  const tables = new Tables()
  return Promise.all(
    identities.map((identity, index) =>
      startCqlNode({
        identity,
        peers: identities.filter(peer => peer !== identity),
        tables,
        port: firstPort + 6 + index,
        datacenter: "dc1",
        certificatePem: inKeys("server.crt"),
        keyPem: serverKey(),
        clientCaPem: issuer(),
        authentication: {
          kind: "mutual-tls",
          roles: Object.fromEntries(BUNDLES.map(({ name, role }) => [`spiffe://example.com/shop-prod/${name}`, role])),
        },
      }),
    ),
  )
}

function startShopGateway(): Promise<Gateway> {
  return startGateway({
    host: HOST,
    datacenter: "dc1",
    nodes: nodes.map(({ clusterNode }) => clusterNode),
    metadata: {
      listen: { address: "127.0.0.1", port: firstPort + 4 },
      certificatePem: inKeys("server.crt"),
      privateKeyPem: serverKey(),
      clientCaPem: issuer(),
    },
    cql: { listen: { address: "127.0.0.1", port: firstPort + 5 } },
  })
}
