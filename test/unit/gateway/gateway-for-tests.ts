import { once } from "node:events"
import { type AddressInfo, connect, createServer, type Socket } from "node:net"
import { onTestFinished } from "vitest"
import type { ClusterNode } from "../../../src/domain/cluster.ts"
import { instantFromMillis } from "../../../src/domain/instant.ts"
import type { GatewayEvent } from "../../../src/gateway/events.ts"
import { type Gateway, type GatewayOptions, startGateway } from "../../../src/gateway/gateway.ts"
import { makePki, type Pki } from "../../support/pki.ts"

export const HOST = "cass.example.com"
export const hostId = (index: number): string => `aaaaaaaa-0000-4000-8000-${String(index).padStart(12, "0")}`

/** Valid today, because OpenSSL asks the clock. */
export const pkiOfToday = (name = "Test"): Promise<Pki> => makePki({ name, host: HOST, now: instantFromMillis(TODAY) })
const TODAY = Date.now()

export interface RunningGateway extends Gateway {
  readonly events: readonly GatewayEvent[]
  /** Resolves with the first event of that kind, past or to come. */
  event<K extends GatewayEvent["kind"]>(kind: K): Promise<Extract<GatewayEvent, { readonly kind: K }>>
}

/** On free ports of loopback; stopped when the test ends. */
export async function runGateway(overrides: Partial<GatewayOptions> = {}): Promise<RunningGateway> {
  const { server, root } = await pkiOfToday()
  const events: GatewayEvent[] = []
  const waiting: (() => void)[] = []
  const gateway = await startGateway({
    host: HOST,
    datacenter: "dc1",
    nodes: [{ hostId: hostId(1), address: "127.0.0.1:1" }],
    metadata: {
      listen: { address: "127.0.0.1", port: 0 },
      certificatePem: server.chainPem,
      privateKeyPem: server.keyPem,
      clientCaPem: root.certificatePem,
    },
    cql: { listen: { address: "127.0.0.1", port: 0 } },
    onEvent: event => {
      events.push(event)
      for (const look of waiting) look()
    },
    ...overrides,
  })
  onTestFinished(() => gateway.stop(0))
  return {
    ...gateway,
    events,
    event: kind =>
      new Promise(resolve => {
        const look = () => {
          const found = events.find(event => event.kind === kind)
          if (found !== undefined) resolve(found as Extract<GatewayEvent, { readonly kind: typeof kind }>)
        }
        waiting.push(look)
        look()
      }),
  }
}

export interface PlainNode extends ClusterNode {
  readonly port: number
  readonly sockets: readonly Socket[]
  /** The connection that comes next, or came unasked for. */
  accepted(): Promise<Socket>
}

/** Something to carry bytes to: a TCP server that does with each connection what the test says. */
export async function plainNode(index: number, onConnection: (socket: Socket) => void = () => {}): Promise<PlainNode> {
  const sockets: Socket[] = []
  const unclaimed: Socket[] = []
  const server = createServer({ allowHalfOpen: true }, socket => {
    sockets.push(socket)
    socket.on("error", () => socket.destroy())
    onConnection(socket)
    unclaimed.push(socket)
    server.emit("claimable")
  })
  server.listen(0, "127.0.0.1")
  await once(server, "listening")
  onTestFinished(() => {
    server.close()
    for (const socket of sockets) socket.destroy()
  })
  const { port } = server.address() as AddressInfo
  return {
    hostId: hostId(index),
    address: `127.0.0.1:${port}`,
    port,
    sockets,
    async accepted() {
      while (unclaimed.length === 0) await once(server, "claimable")
      return unclaimed.shift() as Socket
    },
  }
}

/** A node nobody listens at. */
export async function deadNode(index: number): Promise<ClusterNode> {
  const server = createServer().listen(0, "127.0.0.1")
  await once(server, "listening")
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, "close")
  return { hostId: hostId(index), address: `127.0.0.1:${port}` }
}

export async function openTcp(port: number): Promise<Socket> {
  const socket = connect({ port, host: "127.0.0.1", allowHalfOpen: true })
  socket.on("error", () => socket.destroy())
  onTestFinished(() => void socket.destroy())
  await once(socket, "connect")
  return socket
}

/** Reads exactly `length` bytes, or what came before the end. */
export async function readBytes(socket: Socket, length: number): Promise<Buffer> {
  let received = Buffer.alloc(0)
  while (received.length < length) {
    const chunk: Buffer | null = socket.read()
    if (chunk !== null) received = Buffer.concat([received, chunk])
    else if (socket.readableEnded || socket.destroyed) break
    else await moved(socket)
  }
  return received
}

/** Resolves when there is something to read, or an end of it. */
function moved(socket: Socket): Promise<void> {
  return new Promise(resolve => {
    const settle = () => {
      for (const event of ["readable", "end", "close"]) socket.off(event, settle)
      resolve()
    }
    for (const event of ["readable", "end", "close"]) socket.on(event, settle)
  })
}

export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await sleep(5)
}

export const sleep = (millis: number): Promise<void> => new Promise(resolve => setTimeout(resolve, millis))
