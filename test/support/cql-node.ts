import { createHash } from "node:crypto"
import type { AddressInfo } from "node:net"
import { createServer, type TLSSocket, type TlsOptions } from "node:tls"
import { OPCODE as FIRST_OPCODE } from "../../src/artifact/cql-frames.ts"
import type { ClusterNode } from "../../src/domain/cluster.ts"
import * as codec from "./cql-codec.ts"
import { type Outcome, type Rows, type Shape, Tables, type VirtualTable } from "./cql-tables.ts"

/** How a node asks who is there; both want a client certificate of `clientCaPem` first. */
export type CqlAuthentication =
  /** As Cassandra 5's MutualTlsAuthenticator with its SpiffeCertificateValidator. */
  | {
      readonly kind: "mutual-tls"
      readonly roles: Readonly<Record<string, string>>
      /** As 5.0 does: AUTHENTICATE, and any answer is good. Without it READY at once. */
      readonly asksForLogin?: boolean
    }
  /** As PasswordAuthenticator: passwords by user. */
  | { readonly kind: "password"; readonly passwords: Readonly<Record<string, string>> }

export interface CqlClusterOptions {
  readonly datacenter: string
  /** PEM; the certificate must name the gateway's host, because drivers see it through the gateway. */
  readonly certificatePem: string
  readonly keyPem: string
  readonly clientCaPem: string
  readonly authentication: CqlAuthentication
  readonly address?: string
}

/** What one node says of itself and its peers of it. */
export interface CqlNodeIdentity {
  readonly hostId: string
  /** What `system.peers` tells; clients cannot reach it and need not. */
  readonly rpcAddress: string
  /** Where it is not the cluster's. */
  readonly datacenter?: string
}

/** What a node does with STARTUP when it does not do what it should: closes, says nothing, or an error. */
export type CqlStartupFault = "close" | "silence" | { readonly code: number; readonly message: string }

export interface CqlNodeOptions extends CqlClusterOptions {
  readonly identity: CqlNodeIdentity
  readonly peers: readonly CqlNodeIdentity[]
  /** Shared by the nodes of a cluster. */
  readonly tables?: Tables
  /** 0 or absent: any free port. */
  readonly port?: number
  /** Instead of the TLS that is right. */
  readonly tls?: TlsOptions
  readonly atStartup?: CqlStartupFault
}

/** Somebody who got as far as READY or AUTH_SUCCESS. */
export interface CqlSession {
  readonly serverName: string | undefined
  readonly tls: string
  readonly identity: string | undefined
  readonly role: string
}

export interface CqlNode {
  readonly hostId: string
  readonly port: number
  /** For a gateway's list of nodes. */
  readonly clusterNode: ClusterNode
  readonly sessions: readonly CqlSession[]
  /** CQL text of every QUERY and EXECUTE that is not about system tables. */
  readonly statements: readonly string[]
  stop(): Promise<void>
}

const VERSION = 4
const HEADER_BYTES = 9
/** Java's driver sends `traceparent` in one. */
const CUSTOM_PAYLOAD = 0x04
/** What a session asks for beyond a first conversation. */
const OPCODE = { ...FIRST_OPCODE, PREPARE: 0x09, EXECUTE: 0x0a, REGISTER: 0x0b } as const
const ERROR = { protocol: 0x000a, badCredentials: 0x0100, unauthorized: 0x2100, unprepared: 0x2500 } as const
const RELEASE = "4.1.11"
const SCHEMA_VERSION = "5c5b5c5b-0000-4000-8000-000000000000"

interface Frame {
  readonly version: number
  readonly flags: number
  readonly stream: number
  readonly opcode: number
  readonly body: Buffer
}

interface Reply {
  readonly opcode: number
  readonly body: Buffer
}

/** Nodes that know each other and share their tables. Host ids end in 1, 2, …; the addresses they tell are 10.0.0.1, … */
export async function startCqlCluster(count: number, options: CqlClusterOptions): Promise<readonly CqlNode[]> {
  const tables = new Tables()
  const identities = Array.from({ length: count }, (_, index) => ({
    hostId: `aaaaaaaa-0000-4000-8000-${String(index + 1).padStart(12, "0")}`,
    rpcAddress: `10.0.0.${index + 1}`,
  }))
  return Promise.all(
    identities.map(identity =>
      startCqlNode({ ...options, identity, tables, peers: identities.filter(peer => peer !== identity) }),
    ),
  )
}

/** A stand-in for a Cassandra node: native protocol v4 over mutual TLS, enough for a driver's session with a read and a write. */
export async function startCqlNode(options: CqlNodeOptions): Promise<CqlNode> {
  const { identity, address = "127.0.0.1" } = options
  const tables = options.tables ?? new Tables()
  const sessions: CqlSession[] = []
  const statements: string[] = []
  const prepared = new Map<string, string>()
  const open = new Set<TLSSocket>()
  const server = createServer(
    {
      cert: options.certificatePem,
      key: options.keyPem,
      ca: options.clientCaPem,
      requestCert: true,
      rejectUnauthorized: true,
      minVersion: "TLSv1.2",
      ...options.tls,
    },
    socket => {
      open.add(socket)
      socket.once("close", () => open.delete(socket))
      socket.on("error", () => socket.destroy())
      const converse = conversation(socket)
      let received = Buffer.alloc(0)
      socket.on("data", chunk => {
        received = Buffer.concat([received, chunk])
        for (let frame = firstFrame(received); frame !== undefined; frame = firstFrame(received)) {
          received = received.subarray(HEADER_BYTES + frame.body.length)
          if (frame.opcode === OPCODE.STARTUP && options.atStartup === "close") socket.destroy()
          if (frame.opcode === OPCODE.STARTUP && typeof options.atStartup === "string") return
          const { opcode, body } = converse(frame)
          const header = Buffer.of(0x80 | VERSION, 0, frame.stream >> 8, frame.stream & 0xff, opcode)
          socket.write(Buffer.concat([header, codec.int(body.length), body]))
        }
      })
    },
  )

  function conversation(socket: TLSSocket): (frame: Frame) => Reply {
    const spiffeId = /URI:(spiffe:\/\/[^,\s]+)/.exec(socket.getPeerCertificate().subjectaltname ?? "")?.[1]
    let role: string | undefined
    let keyspace = ""
    const enter = (as: string) => {
      role = as
      sessions.push({
        serverName: typeof socket.servername === "string" ? socket.servername : undefined,
        tls: socket.getProtocol() ?? "",
        identity: spiffeId,
        role: as,
      })
    }
    const run = (cql: string, values: readonly (Buffer | null)[]) => {
      if (!/\b(?:system|dse)\w*\./i.test(cql)) statements.push(cql)
      const outcome = tables.run(cql, values, keyspace, virtualTables(options, tables))
      if (outcome.kind === "keyspace") keyspace = outcome.keyspace
      return result(outcome)
    }

    return ({ version, flags, opcode, body }) => {
      const input = new codec.Body(body)
      if ((flags & CUSTOM_PAYLOAD) !== 0) input.bytesMap()
      if (version !== VERSION) {
        return failure(
          ERROR.protocol,
          `Invalid or unsupported protocol version (${version}); the highest is ${VERSION}`,
        )
      }
      if (opcode === OPCODE.OPTIONS) {
        const supported = { CQL_VERSION: ["3.4.6"], COMPRESSION: [], PROTOCOL_VERSIONS: ["4/v4"] }
        return { opcode: OPCODE.SUPPORTED, body: codec.stringMultimap(supported) }
      }
      if (opcode === OPCODE.STARTUP) {
        const { authentication, atStartup } = options
        if (typeof atStartup === "object") return failure(atStartup.code, atStartup.message)
        if (authentication.kind === "password") {
          return { opcode: OPCODE.AUTHENTICATE, body: codec.string("org.apache.cassandra.auth.PasswordAuthenticator") }
        }
        const mapped = spiffeId === undefined ? undefined : authentication.roles[spiffeId]
        if (mapped === undefined) {
          return failure(ERROR.badCredentials, `Certificate identity '${spiffeId}' not authorized`)
        }
        if (authentication.asksForLogin === true) {
          return { opcode: OPCODE.AUTHENTICATE, body: codec.string("org.apache.cassandra.auth.MutualTlsAuthenticator") }
        }
        enter(mapped)
        return { opcode: OPCODE.READY, body: Buffer.alloc(0) }
      }
      if (opcode === OPCODE.AUTH_RESPONSE && options.authentication.kind === "mutual-tls") {
        enter(options.authentication.roles[spiffeId ?? ""] ?? "")
        return { opcode: OPCODE.AUTH_SUCCESS, body: codec.bytes(null) }
      }
      if (opcode === OPCODE.AUTH_RESPONSE && options.authentication.kind === "password") {
        const [, user = "", password] = input.bytes()?.toString().split("\0") ?? []
        if (password === undefined || options.authentication.passwords[user] !== password) {
          return failure(ERROR.badCredentials, `Provided username ${user} and/or password are incorrect`)
        }
        enter(user)
        return { opcode: OPCODE.AUTH_SUCCESS, body: codec.bytes(null) }
      }
      if (role === undefined) return failure(ERROR.unauthorized, "You have not logged in")
      switch (opcode) {
        case OPCODE.REGISTER:
          return { opcode: OPCODE.READY, body: Buffer.alloc(0) }
        case OPCODE.QUERY:
          return run(input.longString(), parameters(input))
        case OPCODE.PREPARE: {
          const cql = input.longString()
          const id = createHash("md5").update(keyspace).update(cql).digest()
          const shape = tables.shape(cql, keyspace, virtualTables(options, tables))
          if ("kind" in shape) return result(shape)
          prepared.set(id.toString("hex"), cql)
          return preparedResult(id, shape)
        }
        case OPCODE.EXECUTE: {
          const id = input.shortBytes()
          const cql = prepared.get(id.toString("hex"))
          if (cql === undefined) return failure(ERROR.unprepared, "unprepared", codec.shortBytes(id))
          return run(cql, parameters(input))
        }
        default:
          return failure(ERROR.protocol, `the stub does not know opcode ${opcode}`)
      }
    }
  }

  await new Promise<void>((resolve, reject) => {
    server.once("error", reject)
    server.listen({ host: address, port: options.port ?? 0 }, resolve)
  })
  const { port } = server.address() as AddressInfo
  return {
    hostId: identity.hostId,
    port,
    clusterNode: { hostId: identity.hostId, address: `${address}:${port}` },
    sessions,
    statements,
    stop: () =>
      new Promise(resolve => {
        server.close(() => resolve())
        for (const socket of open) socket.destroy()
      }),
  }
}

/** Undefined while bytes are missing. Versions 1 to 6 share this header, except that 1 and 2 are a byte shorter. */
function firstFrame(received: Buffer): Frame | undefined {
  if (received.length < HEADER_BYTES) return undefined
  const length = received.readUInt32BE(5)
  if (received.length < HEADER_BYTES + length) return undefined
  return {
    version: received.readUInt8(0) & 0x7f,
    flags: received.readUInt8(1),
    stream: received.readInt16BE(2),
    opcode: received.readUInt8(4),
    body: received.subarray(HEADER_BYTES, HEADER_BYTES + length),
  }
}

/** The bound values of QUERY and EXECUTE (native_protocol_v4.spec §4.1.4); the rest of the parameters does not matter here. */
function parameters(input: codec.Body): readonly (Buffer | null)[] {
  input.short()
  const flags = input.byte()
  if ((flags & 0x01) === 0) return []
  const named = (flags & 0x40) !== 0
  return Array.from({ length: input.short() }, () => {
    if (named) input.string()
    return input.bytes()
  })
}

function result(outcome: Outcome): Reply {
  switch (outcome.kind) {
    case "error":
      return failure(outcome.code, outcome.message)
    case "void":
      return { opcode: OPCODE.RESULT, body: codec.int(1) }
    case "keyspace":
      return { opcode: OPCODE.RESULT, body: Buffer.concat([codec.int(3), codec.string(outcome.keyspace)]) }
    case "schema-change": {
      const { target, keyspace, table } = outcome
      const names = ["CREATED", target, keyspace, ...(table === undefined ? [] : [table])]
      return { opcode: OPCODE.RESULT, body: Buffer.concat([codec.int(5), ...names.map(codec.string)]) }
    }
    case "rows": {
      const cells = outcome.rows.flatMap(row => row.map(codec.bytes))
      const body = Buffer.concat([codec.int(2), metadata(outcome), codec.int(outcome.rows.length), ...cells])
      return { opcode: OPCODE.RESULT, body }
    }
  }
}

function metadata({ keyspace, table, columns }: Omit<Rows, "rows">, keys?: readonly number[]): Buffer {
  return Buffer.concat([
    codec.int(1),
    codec.int(columns.length),
    ...(keys === undefined ? [] : [codec.int(keys.length), ...keys.map(codec.short)]),
    codec.string(keyspace),
    codec.string(table),
    ...columns.flatMap(({ name, type }) => [codec.string(name), codec.typeOption(type)]),
  ])
}

function preparedResult(id: Buffer, { keyspace, table, parameters, partitionKeyParameters, result }: Shape): Reply {
  const body = Buffer.concat([
    codec.int(4),
    codec.shortBytes(id),
    metadata({ keyspace, table, columns: parameters }, partitionKeyParameters),
    metadata({ keyspace, table, columns: result }),
  ])
  return { opcode: OPCODE.RESULT, body }
}

function failure(code: number, message: string, more: Buffer = Buffer.alloc(0)): Reply {
  return { opcode: OPCODE.ERROR, body: Buffer.concat([codec.int(code), codec.string(message), more]) }
}

/** What drivers read of the cluster. Two nodes halve the ring. */
function virtualTables(
  { identity, peers, datacenter }: CqlNodeOptions,
  tables: Tables,
): ReadonlyMap<string, VirtualTable> {
  const everyone = [identity, ...peers].map(({ hostId }) => hostId).sort()
  const tokens = (hostId: string) => [
    String(-(2n ** 63n) + BigInt(everyone.indexOf(hostId)) * (2n ** 64n / BigInt(everyone.length))),
  ]
  const table = (columns: Readonly<Record<string, codec.CqlType>>, rows: readonly (readonly codec.CqlValue[])[]) => ({
    columns: Object.entries(columns).map(([name, type]) => ({ name, type })),
    rows,
  })
  const common = {
    data_center: "text",
    host_id: "uuid",
    rack: "text",
    release_version: "text",
    schema_version: "uuid",
    tokens: { set: "text" },
  } as const
  const commonOf = ({ hostId, datacenter: own }: CqlNodeIdentity) => [
    own ?? datacenter,
    hostId,
    "rack1",
    RELEASE,
    SCHEMA_VERSION,
    tokens(hostId),
  ]
  return new Map([
    [
      "system.local",
      table(
        {
          key: "text",
          bootstrapped: "text",
          cluster_name: "text",
          cql_version: "text",
          native_protocol_version: "text",
          partitioner: "text",
          broadcast_address: "inet",
          broadcast_port: "int",
          listen_address: "inet",
          listen_port: "int",
          rpc_address: "inet",
          rpc_port: "int",
          ...common,
        },
        [
          [
            "local",
            "COMPLETED",
            "stub",
            "3.4.6",
            "4",
            "org.apache.cassandra.dht.Murmur3Partitioner",
            identity.rpcAddress,
            "7000",
            identity.rpcAddress,
            "7000",
            identity.rpcAddress,
            "9042",
            ...commonOf(identity),
          ],
        ],
      ),
    ],
    [
      "system.peers",
      table(
        { peer: "inet", preferred_ip: "inet", rpc_address: "inet", ...common },
        peers.map(peer => [peer.rpcAddress, null, peer.rpcAddress, ...commonOf(peer)]),
      ),
    ],
    [
      "system.peers_v2",
      table(
        {
          peer: "inet",
          peer_port: "int",
          preferred_ip: "inet",
          preferred_port: "int",
          native_address: "inet",
          native_port: "int",
          ...common,
        },
        peers.map(peer => [peer.rpcAddress, "7000", null, null, peer.rpcAddress, "9042", ...commonOf(peer)]),
      ),
    ],
    [
      "system_schema.keyspaces",
      table(
        { keyspace_name: "text", durable_writes: "boolean", replication: { map: ["text", "text"] } },
        [...tables.keyspaces].map(name => [
          name,
          "true",
          [
            ["class", "org.apache.cassandra.locator.SimpleStrategy"],
            ["replication_factor", "1"],
          ],
        ]),
      ),
    ],
  ])
}
