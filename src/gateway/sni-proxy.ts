import { connect, createServer, type Server, type Socket } from "node:net"
import type { ClusterNode } from "../domain/cluster.ts"
import { type HelloProblem, readClientHello } from "./client-hello.ts"
import type { CloseCause, OnEvent, RefusalReason } from "./events.ts"
import { type NodeMap, parseAddress, routeOf } from "./route.ts"
import { codeOf, OpenSockets, peerOf, reportLimits } from "./sockets.ts"

export interface SniProxyOptions {
  /** Lower case. */
  readonly host: string
  /** Asked for anew by every connection. */
  readonly nodes: () => NodeMap
  readonly helloTimeoutMillis: number
  readonly connectTimeoutMillis: number
  readonly idleTimeoutMillis: number
  readonly maximumConnections: number
  readonly onEvent: OnEvent
}

export interface SniProxy {
  readonly server: Server
  /** Host ids whose last connection attempt failed. */
  readonly unreachable: ReadonlySet<string>
  stop(graceMillis: number): Promise<void>
}

/** Fatal `unrecognized_name` (RFC 6066 §3, RFC 8446 §6): drivers show it, where a mere close would tell them nothing. */
const UNRECOGNIZED_NAME = Uint8Array.of(21, 3, 3, 0, 2, 2, 112)
const KEEP_ALIVE = { allowHalfOpen: true, noDelay: true, keepAlive: true, keepAliveInitialDelay: 60_000 } as const
/** TLS has no use for half-closed connections: who closes one direction soon closes the other. */
const HALF_CLOSED_MILLIS = 60_000
/** For one side to take its last bytes after the other is gone. */
const LINGER_MILLIS = 10_000

type Peeked =
  | { readonly kind: "hello"; readonly serverName: string | undefined; readonly received: Uint8Array }
  | { readonly kind: "refused"; readonly reason: HelloProblem | "hello-timeout" }
  | { readonly kind: "gone" }

/** Reads where a TLS connection wants to go and carries it there unopened: client and node see each other's certificates. */
export function createSniProxy(options: SniProxyOptions): SniProxy {
  const { onEvent } = options
  const open = new OpenSockets()
  const unreachable = new Set<string>()
  let turn = 0
  let stopping = false
  const server = createServer(KEEP_ALIVE, client => {
    open.add(client)
    client.on("error", toleratedError)
    void serve(client)
  })
  server.maxConnections = options.maximumConnections
  reportLimits(server, "cql", onEvent)

  async function serve(client: Socket): Promise<void> {
    const peer = peerOf(client)
    const peeked = await peekHello(client, options.helloTimeoutMillis)
    if (peeked.kind === "gone") return
    if (peeked.kind === "refused") return refuse(client, peer, peeked.reason)
    const { serverName, received } = peeked
    const nodes = options.nodes()
    const route = routeOf(serverName, options.host, nodes)
    if (route.kind === "refused") {
      client.write(UNRECOGNIZED_NAME)
      return refuse(client, peer, route.reason, serverName)
    }
    for (const node of route.kind === "node" ? [route.node] : inTurn([...nodes.values()])) {
      const upstream = await reach(node)
      if (upstream !== undefined) return carry(client, upstream, node, peer, received)
      if (client.destroyed) return
    }
    refuse(client, peer, "no-node-reachable", serverName)
  }

  function refuse(client: Socket, peer: string, reason: RefusalReason, serverName?: string): void {
    client.destroySoon()
    onEvent({ kind: "refused", peer, reason, ...(serverName === undefined ? {} : { serverName }) })
  }

  /** A different one first each time; those that could not be reached last. */
  function inTurn(nodes: readonly ClusterNode[]): readonly ClusterNode[] {
    const first = turn++ % nodes.length
    const rotated = [...nodes.slice(first), ...nodes.slice(0, first)]
    const failed = ({ hostId }: ClusterNode) => unreachable.has(hostId)
    return [...rotated.filter(node => !failed(node)), ...rotated.filter(failed)]
  }

  async function reach({ hostId, address }: ClusterNode): Promise<Socket | undefined> {
    try {
      const upstream = await connectTo(address, options.connectTimeoutMillis)
      open.add(upstream)
      unreachable.delete(hostId)
      return upstream
    } catch (error) {
      unreachable.add(hostId)
      onEvent({ kind: "node-unreachable", hostId, address, reason: codeOf(error) })
      return undefined
    }
  }

  function carry(client: Socket, upstream: Socket, { hostId }: ClusterNode, peer: string, received: Uint8Array): void {
    if (client.destroyed) {
      upstream.destroy()
      return
    }
    let cause: CloseCause = "ended"
    // Every byte of either direction passes the client's socket, so its timer alone knows whether the pair is idle.
    client.setTimeout(options.idleTimeoutMillis).on("timeout", () => {
      cause = "idle"
      client.destroy()
      upstream.destroy()
    })
    const halfClosed = () => client.setTimeout(Math.min(HALF_CLOSED_MILLIS, options.idleTimeoutMillis))
    const closed = (hadError: boolean, other: Socket) => {
      if (hadError) cause = "broken"
      endAfter(hadError, other)
    }
    upstream.on("close", hadError => closed(hadError, client))
    client.on("close", hadError => {
      closed(hadError, upstream)
      if (stopping && cause === "ended" && !client.readableEnded && !upstream.readableEnded) cause = "stopped"
      const { bytesRead: bytesFromClient, bytesWritten: bytesFromNode } = client
      onEvent({ kind: "closed", peer, hostId, cause, bytesFromClient, bytesFromNode })
    })
    onEvent({ kind: "connected", peer, hostId })
    upstream.write(received)
    forward(client, upstream, halfClosed)
    forward(upstream, client, halfClosed)
  }

  return {
    server,
    unreachable,
    async stop(graceMillis) {
      stopping = true
      server.close()
      await open.drain(graceMillis)
    },
  }
}

/** Leaves the socket paused. `received` was taken from it and has to go first. */
function peekHello(client: Socket, timeoutMillis: number): Promise<Peeked> {
  return new Promise(resolve => {
    let received = Buffer.alloc(0)
    const timer = setTimeout(() => finish({ kind: "refused", reason: "hello-timeout" }), timeoutMillis)
    const onData = (chunk: Buffer) => {
      received = Buffer.concat([received, chunk])
      const hello = readClientHello(received)
      if (hello.kind === "hello") finish({ ...hello, received })
      if (hello.kind === "refused") finish(hello)
    }
    const onGone = () => {
      client.destroy()
      finish({ kind: "gone" })
    }
    const finish = (peeked: Peeked) => {
      clearTimeout(timer)
      client.pause().off("data", onData).off("end", onGone).off("close", onGone)
      resolve(peeked)
    }
    client.on("data", onData).once("end", onGone).once("close", onGone)
  })
}

function connectTo(address: string, timeoutMillis: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const target = parseAddress(address)
    if (target === undefined) throw new Error(`node address: expected address:port, got ${address}`)
    const socket = connect({ ...target, ...KEEP_ALIVE }).on("error", toleratedError)
    const timer = setTimeout(
      () => socket.destroy(Object.assign(new Error("no answer"), { code: "ETIMEDOUT" })),
      timeoutMillis,
    )
    const settle = (error?: Error) => {
      clearTimeout(timer)
      socket.off("error", settle).off("connect", settle)
      if (error === undefined) resolve(socket)
      else reject(error)
    }
    socket.on("error", settle).on("connect", settle)
  })
}

/** Without a listener an error would end the process; what follows from it happens on `close`. */
function toleratedError(): void {}

/** As `pipe` does, which would keep four times as many listeners for each of thousands of connections. */
function forward(from: Socket, to: Socket, onEnd: () => void): void {
  from.on("data", chunk => {
    if (!to.write(chunk)) from.pause()
  })
  to.on("drain", () => from.resume())
  const ended = () => {
    to.end()
    onEnd()
  }
  if (from.readableEnded) ended()
  else from.on("end", ended).resume()
}

/** When one socket is gone the other still sends what it holds, unless the first broke. */
function endAfter(hadError: boolean, other: Socket): void {
  if (hadError) other.destroy()
  else other.setTimeout(LINGER_MILLIS, () => other.destroy()).destroySoon()
}
