import type { ConnectionOptions } from "node:tls"
import type { CqlRow, CqlValue } from "../artifact/cql-frames.ts"
import { ScbError } from "../domain/errors.ts"
import type { LiveNode } from "../domain/live/discovery.ts"
import { type CqlConnection, cqlConnection, logIn, openTls, selectRows } from "./cql-connection.ts"

export interface TopologyOptions {
  /** `host` and `port` of nodes or of a gateway; the first that answers is asked. */
  readonly contacts: readonly { readonly host: string; readonly port: number }[]
  /** Certificates, and the server name that the certificate must carry. */
  readonly tls: Pick<ConnectionOptions, "ca" | "cert" | "key" | "servername">
  readonly login?: { readonly username: string; readonly password: string }
  readonly timeoutMillis: number
}

/** All nodes that one of them knows, itself first. Throws `server-unreachable`, `server-refused` or `server-malformed` of the last contact. */
export async function readTopology(options: TopologyOptions): Promise<readonly LiveNode[]> {
  let last: unknown = new ScbError("server-unreachable", "no address to ask")
  for (const contact of options.contacts) {
    try {
      return await askOne(contact, options)
    } catch (error) {
      if (!(error instanceof ScbError)) throw error
      last = error
    }
  }
  throw last
}

async function askOne(
  contact: TopologyOptions["contacts"][number],
  { tls, login, timeoutMillis }: TopologyOptions,
): Promise<readonly LiveNode[]> {
  const connection = cqlConnection(await openTls({ ...tls, ...contact }, timeoutMillis), timeoutMillis)
  try {
    await logIn(connection, login)
    const local = await selectRows(connection, "SELECT * FROM system.local")
    return [...local.map(liveNode), ...(await readPeers(connection)).map(liveNode)]
  } finally {
    connection.close()
  }
}

/** `peers_v2` is there from Cassandra 4.0 on. */
async function readPeers(connection: CqlConnection): Promise<readonly CqlRow[]> {
  const answer = await connection.ask({ kind: "query", cql: "SELECT * FROM system.peers_v2" })
  return answer.kind === "rows" ? answer.rows : selectRows(connection, "SELECT * FROM system.peers")
}

/** Columns of `system.local`, `system.peers_v2` and `system.peers`, in this order. */
function liveNode(row: CqlRow): LiveNode {
  const text = (...columns: readonly string[]): string => {
    const value = firstOf(row, columns)
    if (typeof value === "string") return value
    throw new ScbError("server-malformed", `a node tells no ${columns[0]}: expected it in its system tables`)
  }
  const port = firstOf(row, ["rpc_port", "native_port"])
  return {
    hostId: text("host_id").toLowerCase(),
    datacenter: text("data_center"),
    rpcAddress: text("native_address", "rpc_address"),
    broadcastAddress: text("broadcast_address", "peer"),
    ...(typeof port === "number" ? { nativePort: port } : {}),
  }
}

function firstOf(row: CqlRow, columns: readonly string[]): CqlValue | undefined {
  return columns.map(column => row[column]).find(value => value !== undefined && value !== null)
}
