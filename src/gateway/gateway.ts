import type { ClusterNode } from "../domain/cluster.ts"
import { ScbError } from "../domain/errors.ts"
import type { Instant } from "../domain/instant.ts"
import type { OnEvent } from "./events.ts"
import { metadataDocument } from "./metadata.ts"
import { createMetadataEndpoint, type MetadataTls } from "./metadata-endpoint.ts"
import { isHostId, type NodeMap, parseAddress } from "./route.ts"
import { createSniProxy } from "./sni-proxy.ts"
import { type ListenAddress, listen } from "./sockets.ts"
import { type GatewayCounters, Statistics } from "./statistics.ts"

export interface GatewayOptions {
  /** The DNS name that drivers know: `host` of their config.json. */
  readonly host: string
  /** Cassandra's name of it, letter for letter. */
  readonly datacenter: string
  /** Of this data centre. */
  readonly nodes: readonly ClusterNode[]
  readonly metadata: MetadataTls & { readonly listen: ListenAddress }
  readonly cql: {
    readonly listen: ListenAddress
    /** What drivers are told, where it differs from the port listened on. */
    readonly advertisedPort?: number
  }
  /** 10 s. For a metadata client to shake hands, and to send each request. */
  readonly requestTimeoutMillis?: number
  /** 5 s. For a client to send its whole ClientHello. */
  readonly helloTimeoutMillis?: number
  /** 5 s. For a node to accept. */
  readonly connectTimeoutMillis?: number
  /** 1 h. Drivers send a heartbeat every 30 s. */
  readonly idleTimeoutMillis?: number
  /** 10,000 CQL connections. */
  readonly maximumConnections?: number
  /** Must not throw. */
  readonly onEvent?: OnEvent
}

export interface GatewayStats extends GatewayCounters {
  readonly certificateExpiresAt: Instant
  readonly nodes: readonly NodeStats[]
}

export interface NodeStats extends ClusterNode {
  readonly openConnections: number
  /** Whether the last attempt to connect succeeded; true before the first. */
  readonly reachable: boolean
}

export interface Gateway {
  readonly metadataPort: number
  readonly cqlPort: number
  stats(): GatewayStats
  /** For new connections; those open stay with their node. Throws `gateway-misconfigured` and goes on with the old. */
  updateNodes(nodes: readonly ClusterNode[]): void
  /** For new connections to the metadata endpoint. Throws `gateway-misconfigured` and goes on with the old. */
  updateTls(tls: MetadataTls): void
  /** Accepts nothing more; resolves when the last connection has ended, after `graceMillis` by force. May be called again to hurry. */
  stop(graceMillis: number): Promise<void>
}

/**
 * The two server sides of a bundle in one process: the metadata endpoint that drivers ask first, and the proxy that takes
 * them to the node whose host id is their TLS server name. Throws `gateway-misconfigured` or `port-in-use`.
 */
export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const host = options.host.toLowerCase()
  const statistics = new Statistics()
  const onEvent = statistics.before(options.onEvent ?? (() => {}))
  let nodes = nodesByHostId(options.nodes)
  let document = ""

  const endpoint = createMetadataEndpoint({
    host,
    tls: options.metadata,
    document: () => document,
    requestTimeoutMillis: options.requestTimeoutMillis ?? 10_000,
    onEvent,
  })
  const proxy = createSniProxy({
    host,
    nodes: () => nodes,
    helloTimeoutMillis: options.helloTimeoutMillis ?? 5000,
    connectTimeoutMillis: options.connectTimeoutMillis ?? 5000,
    idleTimeoutMillis: options.idleTimeoutMillis ?? 3_600_000,
    maximumConnections: options.maximumConnections ?? 10_000,
    onEvent,
  })
  const describe = (current: NodeMap) =>
    metadataDocument({
      host,
      cqlPort: options.cql.advertisedPort ?? cqlPort,
      datacenter: options.datacenter,
      nodes: [...current.values()],
    })

  const stop = async (graceMillis: number) => {
    await Promise.all([endpoint.stop(graceMillis), proxy.stop(graceMillis)])
  }
  const cqlPort = await listen(proxy.server, options.cql.listen, "CQL proxy")
  const metadataPort = await orElse(stop, async () => {
    document = describe(nodes)
    return listen(endpoint.server, options.metadata.listen, "metadata endpoint")
  })
  onEvent({ kind: "listening", role: "cql", port: cqlPort })
  onEvent({ kind: "listening", role: "metadata", port: metadataPort })

  return {
    metadataPort,
    cqlPort,
    stats: () => ({
      ...statistics.counters,
      certificateExpiresAt: endpoint.certificateExpiresAt(),
      nodes: [...nodes.values()].map(node => ({
        ...node,
        openConnections: statistics.openConnections(node.hostId),
        reachable: !proxy.unreachable.has(node.hostId),
      })),
    }),
    updateNodes(next) {
      const checked = nodesByHostId(next)
      document = describe(checked)
      nodes = checked
    },
    updateTls: endpoint.updateTls,
    async stop(graceMillis) {
      onEvent({ kind: "stopping" })
      await stop(graceMillis)
    },
  }
}

/** Runs `start`; undoes what was begun before it when that fails. */
async function orElse<T>(undo: (graceMillis: number) => Promise<void>, start: () => Promise<T>): Promise<T> {
  try {
    return await start()
  } catch (error) {
    await undo(0)
    throw error
  }
}

function nodesByHostId(nodes: readonly ClusterNode[]): NodeMap {
  const byHostId = new Map<string, ClusterNode>()
  for (const { hostId, address } of nodes) {
    const lowerCase = hostId.toLowerCase()
    if (!isHostId(lowerCase)) throw misconfigured(`node ${hostId}: expected a host id, as \`nodetool status\` shows it`)
    if (parseAddress(address) === undefined)
      throw misconfigured(`node ${hostId}: expected address:port, got ${address}`)
    if (byHostId.has(lowerCase)) throw misconfigured(`node ${hostId}: expected once, got twice`)
    byHostId.set(lowerCase, { hostId: lowerCase, address })
  }
  if (byHostId.size === 0) throw misconfigured("nodes: expected at least one, got none")
  return byHostId
}

function misconfigured(message: string): ScbError {
  return new ScbError("gateway-misconfigured", message)
}
