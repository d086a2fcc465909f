import { type AddressInfo, createServer, type Socket } from "node:net"
import type { ConnectionConfig } from "../../../src/artifact/config-json.ts"
import { formatCqlshrc } from "../../../src/artifact/cqlshrc.ts"
import { encodePem } from "../../../src/artifact/pem.ts"
import { readZip } from "../../../src/artifact/zip-read.ts"
import { type CqlNode, startCqlNode } from "../cql-node.ts"
import { Tables } from "../cql-tables.ts"
import { configured, type GoodBundle } from "../mutations.ts"
import { type LiveServer, listenAnywhere } from "./live-server.ts"
import { startMetadataServer } from "./metadata-server.ts"
import { type Ground, HOST_IDS, type Setting, tlsOptions } from "./setting.ts"
import { startSniRouter } from "./sni-router.ts"

export interface BrokenCloud {
  /** The ZIP that leads there. */
  readonly bundle: Uint8Array
  readonly metadataPort: number
  readonly cqlPort: number
  stop(): Promise<void>
}

/** Starts what a setting describes, on free ports. */
export async function startBrokenCloud(ground: Ground, setting: Setting): Promise<BrokenCloud> {
  const { outside } = setting
  const nodes =
    outside === undefined ? await Promise.all(setting.nodes.map((_, index) => startNode(setting, index))) : []
  const places = outside?.nodes ?? nodes.map(node => ({ address: "127.0.0.1", port: node?.port ?? CLOSED_PORT }))
  const router = await startPort(setting.cqlPort, () => startSniRouter(places, setting.routing))
  const contact = {
    hostIds: outside?.nodes.map(({ hostId }) => hostId) ?? HOST_IDS,
    proxy: setting.proxy.replace("{port}", String(router.port)),
    datacenter: outside?.datacenter ?? "dc1",
  }
  const metadata = await startPort(setting.metadataPort, () =>
    startMetadataServer(tlsOptions(setting.metadataTls), setting.answering(contact)),
  )
  const good = goodBundleFor(ground.good, {
    host: setting.host,
    metadataPort: metadata.port,
    cqlPort: router.port,
    datacenter: "dc1",
  })
  return {
    bundle: setting.bundle(good),
    metadataPort: metadata.port,
    cqlPort: router.port,
    async stop() {
      await Promise.all([metadata.stop(), router.stop(), ...nodes.map(node => node?.stop())])
    },
  }
}

/** The same bundle for another address. */
export function goodBundleFor(good: GoodBundle, address: ConnectionConfig): GoodBundle {
  const cqlshrc = Buffer.from(formatCqlshrc(address))
  const { host, metadataPort: port, cqlPort: cql_port } = address
  const zip = configured({ ...good, files: new Map([...good.files, ["cqlshrc", cqlshrc]]) }, { host, port, cql_port })
  return {
    ...good,
    zip,
    files: new Map(readZip(zip).entries.map(({ name, data }) => [name, data ?? new Uint8Array()])),
  }
}

/** Nobody listens below 1024 here. */
const CLOSED_PORT = 9

async function startNode(setting: Setting, index: number): Promise<CqlNode | undefined> {
  const identity = setting.nodes[index]
  if (identity === undefined || identity.isDown) return undefined
  const { chain, privateKey, clientCa } = setting.cqlTls
  return startCqlNode({
    datacenter: "dc1",
    certificatePem: chain.map(der => encodePem("CERTIFICATE", der)).join(""),
    keyPem: encodePem("PRIVATE KEY", privateKey),
    clientCaPem: (clientCa ?? []).map(der => encodePem("CERTIFICATE", der)).join(""),
    authentication: setting.authentication,
    identity,
    peers: setting.nodes.filter(node => node !== identity),
    tables: new Tables(),
    tls: tlsOptions(setting.cqlTls),
    ...(identity.atStartup === undefined ? {} : { atStartup: identity.atStartup }),
  })
}

async function startPort(instead: Setting["metadataPort"], start: () => Promise<LiveServer>): Promise<LiveServer> {
  if (instead === undefined) return start()
  if (instead === "closed") return { port: await freePort(), stop: async () => undefined }
  const open = new Set<Socket>()
  const server = createServer(socket => {
    open.add(socket)
    socket.once("close", () => open.delete(socket)).on("error", () => socket.destroy())
    if (instead === "plain") socket.end("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
  })
  return listenAnywhere(server, open)
}

/** Free a moment ago; nobody else takes ports here while the corpus runs. */
async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>(resolve => server.listen(0, "127.0.0.1", resolve))
  const { port } = server.address() as AddressInfo
  await new Promise(resolve => server.close(resolve))
  return port
}
