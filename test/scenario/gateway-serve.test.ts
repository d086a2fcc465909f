import { X509Certificate } from "node:crypto"
import { once } from "node:events"
import { copyFileSync, readFileSync, writeFileSync } from "node:fs"
import { type AddressInfo, createServer, type Server } from "node:net"
import { join } from "node:path"
import { connect } from "node:tls"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { freePorts } from "../../scripts/demo/free-ports.ts"
import { demoEnvironment, type Environment, openShell, type Shell } from "../support/cli.ts"
import { makePki } from "../support/pki.ts"
import { START } from "../support/world.ts"

const HOST = "cassandra.shop-dev.example.com"
const NODE_ID = "0badcafe-0000-4000-8000-000000000001"

let shell: Shell
let env: Environment
let port: number
let node: Server

beforeAll(async () => {
  shell = openShell()
  port = await freePorts(8)
  expect((await shell.scb(["init", "demo", "--demo", "--demo-port", String(port)])).code).toBe(0)
  env = demoEnvironment(join(shell.folder, "demo-keys"))
  for (const name of ["server.crt", "server.key"]) copyFileSync(path(`demo-keys/${name}`), path(name))
  node = createServer(socket => socket.on("error", () => {}).destroy()).listen(0, "127.0.0.1")
  await once(node, "listening")
})

afterAll(() => {
  node.close()
  shell.remove()
})

const path = (file: string) => join(shell.folder, file)
const CLUSTER = "demo/bundles/shop-dev/cluster.yaml"

const COMMAND = [
  ...["gateway", "serve", "shop-dev", "--certificate", "../server.crt"],
  ...["--listen", "127.0.0.1", "--grace", "0"],
]

type Event = Readonly<Record<string, unknown>>

/** `scb gateway serve shop-dev` in this process, until it is told to stop. */
function serve() {
  const events: Event[] = []
  const signals = { wake: () => {}, stop: () => {}, reload: () => {} }
  const ended = shell.scb([...COMMAND, "--format", "json"], {
    in: "demo",
    env: { ...env, SCB_GATEWAY_KEY_FILE: path("server.key") },
    io: {
      stdout: text => {
        events.push(JSON.parse(String(text)))
        signals.wake()
      },
      stopRequested: () =>
        new Promise(resolve => {
          signals.stop = resolve
        }),
      onReload: reload => {
        signals.reload = reload
      },
    },
  })
  return {
    /** Resolves with the next event of one of these kinds; those before it are over. */
    async next(...kinds: readonly string[]): Promise<Event> {
      for (;;) {
        const event = events.shift()
        if (event === undefined) {
          await new Promise<void>(resolve => {
            signals.wake = resolve
          })
        } else if (kinds.includes(String(event["kind"]))) return event
      }
    },
    reload: () => signals.reload(),
    async stop(): Promise<number> {
      signals.stop()
      return (await ended).code
    },
  }
}

/** Serial number of the certificate that the metadata port shows. */
async function servedSerial(): Promise<string> {
  // in TLS 1.3 a client is through before the server misses its certificate
  const socket = connect({
    port,
    host: "127.0.0.1",
    servername: HOST,
    rejectUnauthorized: false,
    minVersion: "TLSv1.3",
  })
  await once(socket, "secureConnect")
  const { serialNumber } = socket.getPeerCertificate()
  socket.on("error", () => {}).destroy()
  return serialNumber
}

const serialIn = (file: string) => new X509Certificate(readFileSync(path(file))).serialNumber

/** Knocks at the proxy as a driver that wants the node would. */
function knock(): void {
  connect({ port: port + 1, host: "127.0.0.1", servername: NODE_ID }).on("error", () => {})
}

function edit(file: string, before: string | RegExp, after: string): void {
  const text = readFileSync(path(file), "utf8")
  expect(text).toMatch(before)
  writeFileSync(path(file), text.replace(before, after))
}

describe("scb gateway serve", () => {
  it("names --client-ca when the issuer's file does not reach a root", async () => {
    const issuer = "demo/bundles/shop-dev/ca/issuer.crt"
    const chain = readFileSync(path(issuer), "utf8")
    writeFileSync(path(issuer), chain.slice(0, chain.indexOf("-----BEGIN", 1)))
    const alone = await shell.scb(COMMAND, { in: "demo", env })
    expect(alone).toMatchObject({ code: 3, stderr: expect.stringContaining("gateway-misconfigured") })
    expect(alone.stderr).toContain("--client-ca")
    writeFileSync(path("whole.crt"), chain)
    expect(await shell.scb([...COMMAND, "--client-ca", "../whole.crt"], { in: "demo", env })).toMatchObject({ code: 0 })
    writeFileSync(path(issuer), chain)
  })

  it("takes up certificate, key and nodes anew when it is told to, without a restart", async () => {
    const gateway = serve()
    expect(await gateway.next("listening")).toMatchObject({ role: "cql", port: port + 1 })
    await gateway.next("listening")
    expect(await servedSerial()).toBe(serialIn("server.crt"))
    knock()
    expect(await gateway.next("refused")).toMatchObject({ reason: "unknown-host-id", serverName: NODE_ID })

    const { server } = await makePki({ host: HOST, now: START })
    writeFileSync(path("server.crt"), server.chainPem)
    writeFileSync(path("server.key"), server.keyPem)
    const { port: nodePort } = node.address() as AddressInfo
    edit(CLUSTER, /hostId: \S+, address: \S+/, `hostId: ${NODE_ID}, address: "127.0.0.1:${nodePort}"`)
    gateway.reload()
    expect(await gateway.next("reloaded", "reload-failed")).toMatchObject({ kind: "reloaded" })
    expect(await servedSerial()).toBe(serialIn("server.crt"))
    knock()
    expect(await gateway.next("connected", "refused")).toMatchObject({ kind: "connected", hostId: NODE_ID })
    expect(await gateway.stop()).toBe(0)
  })

  it.each([
    ["a key that cannot be read", "server.key", /^.+$/s, "", "key-unreadable"],
    ["a repository with findings", CLUSTER, /name: shop-dev/, "name: shop", "invalid-repository"],
    ["another port", CLUSTER, /metadataPort: \d+/, "metadataPort: 1024", "gateway-misconfigured"],
  ])("goes on with what it had, and says why, after %s", async (_name, file, before, after, code) => {
    const good = readFileSync(path(file), "utf8")
    const gateway = serve()
    await gateway.next("listening")
    await gateway.next("listening")
    const serial = await servedSerial()
    edit(file, before, after)
    gateway.reload()
    expect(await gateway.next("reloaded", "reload-failed")).toMatchObject({ kind: "reload-failed", code })
    expect(await servedSerial()).toBe(serial)
    writeFileSync(path(file), good)
    gateway.reload()
    expect(await gateway.next("reloaded", "reload-failed")).toMatchObject({ kind: "reloaded" })
    expect(await gateway.stop()).toBe(0)
  })
})
